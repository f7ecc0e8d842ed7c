use std::sync::atomic::AtomicUsize;

use super::*;

#[test]
fn each_index_is_called_once() {
    for count in 0..5 {
        let threads = Threads::new(count);
        assert_eq!(threads.count(), count.max(1));
        for tasks in [0, 1, 2, 3, 7, 100] {
            let calls: Vec<AtomicUsize> = (0..tasks).map(|_| AtomicUsize::new(0)).collect();
            threads.run(tasks, &|index| {
                calls[index].fetch_add(1, Ordering::Relaxed);
            });
            assert!(calls.iter().all(|call| call.load(Ordering::Relaxed) == 1), "{count} threads, {tasks} tasks");
        }
    }
}

#[test]
fn many_forks_in_a_row_and_after_a_pause() {
    let threads = Threads::new(3);
    let total = AtomicUsize::new(0);
    for round in 0..20_000 {
        if round % 5_000 == 0 {
            thread::sleep(Duration::from_millis(2));
        }
        threads.run(3, &|index| {
            total.fetch_add(index, Ordering::Relaxed);
        });
    }
    assert_eq!(total.into_inner(), 60_000);
}

#[test]
fn chunks_cover_the_data_once() {
    let threads = Threads::new(2);
    for (len, chunk) in [(0, 3), (1, 3), (9, 3), (10, 3), (5, 100)] {
        let mut data = vec![0; len];
        threads.chunks_mut(&mut data, chunk, &|index, part| part.iter_mut().for_each(|value| *value += index + 1));
        let expected: Vec<usize> = (0..len).map(|position| position / chunk + 1).collect();
        assert_eq!(data, expected);
    }
}

#[test]
fn nested_runs_are_serial() {
    let threads = Threads::new(2);
    let calls = AtomicUsize::new(0);
    threads.run(4, &|_| {
        let outer = thread::current().id();
        threads.run(5, &|_| {
            assert_eq!(thread::current().id(), outer);
            calls.fetch_add(1, Ordering::Relaxed);
        });
    });
    assert_eq!(calls.into_inner(), 20);
}

#[test]
fn two_callers_share_one_pool() {
    let threads = Threads::new(2);
    let calls = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..1000 {
                    threads.run(4, &|_| {
                        calls.fetch_add(1, Ordering::Relaxed);
                    });
                }
            });
        }
    });
    assert_eq!(calls.into_inner(), 12_000);
}

#[test]
fn a_panic_reaches_the_caller_and_leaves_the_pool_usable() {
    let threads = Threads::new(2);
    for culprit in 0..6 {
        let failed = catch_unwind(AssertUnwindSafe(|| {
            threads.run(6, &|index| assert!(index != culprit, "task {culprit} fails"));
        }));
        let payload = failed.expect_err("the panic is passed on");
        assert_eq!(payload.downcast_ref::<String>().map(String::as_str), Some(&*format!("task {culprit} fails")));
        let calls = AtomicUsize::new(0);
        threads.run(6, &|_| {
            calls.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(calls.into_inner(), 6);
    }
}

#[test]
fn samples_stay_together() {
    let threads = Threads::new(2);
    for (count, groups) in [(0, 0), (1, 1), (5, 1), (5, 2), (7, 3)] {
        let (mut pairs, mut singles) = (vec![0; 2 * count], vec![0; count]);
        threads.samples_mut(count, groups, [&mut pairs, &mut singles, &mut []], |samples, [pairs, singles, none]| {
            assert!(none.is_empty());
            for (k, sample) in samples.enumerate() {
                pairs[2 * k..2 * k + 2].fill(sample + 1);
                singles[k] += sample + 1;
            }
        });
        assert_eq!(singles, (1..=count).collect::<Vec<_>>());
        assert_eq!(pairs, (0..2 * count).map(|k| k / 2 + 1).collect::<Vec<_>>());
    }
}
