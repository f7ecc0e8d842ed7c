//! A training step that has run before allocates nothing.

mod tiny;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use formwork::prelude::*;
use ndarray::{Array1, Array2};
use tiny::{Tiny, TinyInputs, TinyTargets};

struct Counting;

thread_local! {
    /// Of this thread: the test harness allocates on others.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The allocations of an epoch over so many batches; the model is warm.
fn epoch<O: Optimizer<f32> + Clone>(optimizer: &O, batches: usize, shuffle: bool) -> usize {
    let rows = batches * 16;
    let x = Array2::from_shape_fn((rows, 4), |(row, i)| ((row * 3 + i) % 7) as f32);
    let labels = Array1::from_shape_fn(rows, |row| (row % 3) as i64);
    let data = Dataset::from_arrays(TinyInputs { x: &x }, TinyTargets { output: &labels }).unwrap();
    let weights = vec![1.0; rows];
    let data = data.sample_weights(&weights).unwrap();
    let data = if shuffle { data.shuffle(64, 1) } else { data }.batch(16);
    let loss = SparseCategoricalCrossentropy::new();
    let mut model =
        Tiny::new(1).compile(optimizer.clone(), loss).metrics((Accuracy::new(), SparseCategoricalAccuracy::new()));
    model.fit(&data, Fit::epochs(1)).unwrap();
    let before = ALLOCATIONS.get();
    model.fit(&data, Fit::epochs(1).validation(&data)).unwrap();
    ALLOCATIONS.get() - before
}

#[test]
fn a_warm_step_allocates_nothing() {
    formwork::Threads::global();
    for shuffle in [false, true] {
        let count = |batches| epoch(&Adam::new(1e-3).global_clipnorm(1.0).use_ema(0.9), batches, shuffle);
        assert_eq!(count(4), count(40), "Adam, shuffle {shuffle}");
        let count = |batches| epoch(&SGD::new(1e-3).gradient_accumulation_steps(2), batches, shuffle);
        assert_eq!(count(4), count(40), "SGD, shuffle {shuffle}");
    }
}
