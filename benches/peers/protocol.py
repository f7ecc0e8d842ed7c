"""How a peer answers `cargo xtask bench`: a line `MODEL SECONDS` in, a line of JSON out."""

import json
import sys
import time


def median_ms(call, seconds):
    """The median time of a warm call in milliseconds."""
    for _ in range(3):
        call()
    start, times = time.perf_counter(), []
    while time.perf_counter() - start < seconds or len(times) < 5:
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    times.sort()
    return times[len(times) // 2] * 1e3


def serve(peer, threads, models):
    """Answers until the end of input. `models` maps a name to a function that makes a dictionary of calls."""
    made = {}
    for line in sys.stdin:
        name, seconds = line.split()
        answer = {}
        if name in models:
            if name not in made:
                made[name] = models[name]()
            answer = {step: median_ms(call, float(seconds)) for step, call in made[name].items()}
            answer.update(peer=peer, model=name, threads=threads)
        print(json.dumps(answer), flush=True)
