//! What the machine can do at best.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use formwork::Threads;
use serde_json::{Value, json};

/// Sums under way at once: enough to hide the latency of a multiply-add, few enough for the registers.
const SUMS: usize = 12;

/// Elements of each of the three arrays of the memory test; together they exceed every cache.
const STREAM: usize = 16 << 20;

/// GFLOP/s of multiply-adds in registers and GB/s of two reads and a write, with all threads at work.
pub fn measure(time: Duration) -> Value {
    let threads = Threads::global().count();
    let gflops: f64 = together(threads, |_| operations(time)).iter().sum();
    let mut arrays: Vec<[Vec<f32>; 3]> = (0..threads)
        .map(|_| [vec![1.0; STREAM / threads], vec![2.0; STREAM / threads], vec![0.0; STREAM / threads]])
        .collect();
    let bytes: f64 = together_mut(&mut arrays, |arrays| stream(arrays, time)).iter().sum();
    json!({ "threads": threads, "gflops": gflops / 1e9, "gbytes": bytes / 1e9 })
}

/// The most memory that this process had so far, in bytes; none where the system does not tell.
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

fn together(threads: usize, work: impl Fn(usize) -> f64 + Sync) -> Vec<f64> {
    let mut places: Vec<usize> = (0..threads).collect();
    together_mut(&mut places, |place| work(*place))
}

/// Runs `work` for each item on a thread of its own, all at once.
fn together_mut<I: Send>(items: &mut [I], work: impl Fn(&mut I) -> f64 + Sync) -> Vec<f64> {
    let barrier = Barrier::new(items.len());
    thread::scope(|scope| {
        let start = |item| {
            scope.spawn(|| {
                barrier.wait();
                work(item)
            })
        };
        let running: Vec<_> = items.iter_mut().map(start).collect();
        running.into_iter().map(|thread| thread.join().expect("it does not panic")).collect()
    })
}

/// Operations a second; the best of many short stretches, because others may use the machine.
fn operations(time: Duration) -> f64 {
    const ROUNDS: usize = 20_000;
    let (begin, mut best) = (Instant::now(), 0.0_f64);
    while begin.elapsed() < time {
        let start = Instant::now();
        let lanes = multiply_adds(ROUNDS);
        best = best.max((2 * SUMS * lanes * ROUNDS) as f64 / start.elapsed().as_secs_f64());
    }
    best
}

/// `rounds` multiply-adds in each lane of each sum; the number of lanes.
macro_rules! rounds {
    ($rounds:expr, $lanes:literal, $start:expr, |$sum:ident, $a:ident, $b:ident| $multiply_add:expr) => {{
        let ($a, $b) = (black_box($start), black_box($start));
        let mut sums = [$a; SUMS];
        for _ in 0..$rounds {
            for $sum in &mut sums {
                *$sum = $multiply_add;
            }
        }
        black_box(sums);
        $lanes
    }};
}

/// Runs them with the widest registers.
#[cfg(target_arch = "x86_64")]
fn multiply_adds(rounds: usize) -> usize {
    use std::arch::x86_64::*;

    #[target_feature(enable = "avx512f")]
    fn avx512(rounds: usize) -> usize {
        rounds!(rounds, 16, _mm512_set1_ps(0.5), |sum, a, b| _mm512_fmadd_ps(*sum, a, b))
    }
    #[target_feature(enable = "avx2,fma")]
    fn avx2(rounds: usize) -> usize {
        rounds!(rounds, 8, _mm256_set1_ps(0.5), |sum, a, b| _mm256_fmadd_ps(*sum, a, b))
    }
    #[target_feature(enable = "sse2")]
    fn sse2(rounds: usize) -> usize {
        rounds!(rounds, 4, _mm_set1_ps(0.5), |sum, a, b| _mm_add_ps(_mm_mul_ps(*sum, a), b))
    }
    if is_x86_feature_detected!("avx512f") {
        // SAFETY: the processor has these instructions.
        unsafe { avx512(rounds) }
    } else if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        // SAFETY: the processor has these instructions.
        unsafe { avx2(rounds) }
    } else {
        // SAFETY: every x86-64 processor has these instructions.
        unsafe { sse2(rounds) }
    }
}

#[cfg(target_arch = "aarch64")]
fn multiply_adds(rounds: usize) -> usize {
    use std::arch::aarch64::*;
    rounds!(rounds, 4, vdupq_n_f32(0.5), |sum, a, b| vfmaq_f32(b, *sum, a))
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn multiply_adds(rounds: usize) -> usize {
    rounds!(rounds, 1, 0.5_f32, |sum, a, b| *sum * a + b)
}

/// Bytes a second of `c = a + 3 b`.
fn stream([a, b, c]: &mut [Vec<f32>; 3], time: Duration) -> f64 {
    let (begin, mut best) = (Instant::now(), 0.0_f64);
    while begin.elapsed() < time {
        let start = Instant::now();
        for ((c, a), b) in c.iter_mut().zip(a.iter()).zip(b.iter()) {
            *c = a + 3.0 * b;
        }
        black_box(&mut *c);
        best = best.max((12 * a.len()) as f64 / start.elapsed().as_secs_f64());
    }
    best
}
