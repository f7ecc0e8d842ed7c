//! A hundred epochs need no more memory than ten, whatever the data come from.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicIsize, Ordering};

use formwork::prelude::*;
use ndarray::{Array1, Array2, Array3, ArrayRef1};

/// Counts the bytes that all threads hold.
struct Counting;

static HELD: AtomicIsize = AtomicIsize::new(0);

// SAFETY: every call is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.fetch_add(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

model!(
    fn Net(x: Input<_, 8>) -> Output<2> {
        Dense(2, activation = softmax)(GlobalAveragePooling1D()(x))
    }
);

/// Numbers in a sample of `steps` steps: 4 KiB and more, so that one of them that is lost an epoch is seen.
fn sample(n: usize) -> (NetSample, NetTarget<u8>) {
    let x = Array2::from_shape_fn((128 + n % 5, 8), |(step, column)| ((n + step + column) % 7) as f32);
    (NetSample { x }, NetTarget { output: (n % 2) as u8 })
}

/// What is held in addition after epochs 10 to 20 and after epochs 90 to 100, in bytes.
fn growth<'a>(data: &Batches<'a, NetInputs<'a>, NetTargets<&'a ArrayRef1<u8>>>) -> isize {
    let mut held = Vec::with_capacity(100);
    let mut model = Net::new(1).compile(SGD::new(1e-2), SparseCategoricalCrossentropy::new());
    let watch = LambdaCallback::new().on_epoch_end(|_, _| {
        held.push(HELD.load(Ordering::Relaxed));
        Ok(())
    });
    model.fit(data, Fit::epochs(100).validation(data).callback(watch)).unwrap();
    // Threads that have just ended may hold something for a moment: the least of some epochs counts.
    let least = |epochs: &[isize]| *epochs.iter().min().expect("there are ten");
    least(&held[90..]) - least(&held[10..20])
}

/// One test, as the bytes are those of the whole process.
#[test]
fn memory_stays_flat() -> Result<()> {
    let (x, labels) = (Array3::<f32>::ones((64, 128, 8)), Array1::from_shape_fn(64, |row| (row % 2) as u8));
    let arrays = Dataset::from_arrays(NetInputs { x: &x }, NetTargets { output: &labels })?.shuffle(64, 1).batch(8);
    let stream = || Dataset::from_iter(0..64_usize).shuffle(64, 1).map(sample);
    // The history of a training grows by a report an epoch, which is less than a sample.
    let limit = 90 * 512;
    for (name, grown) in [
        ("arrays", growth(&arrays)),
        ("streams", growth(&stream().padded_batch(8))),
        ("threads", growth(&stream().map(|sample| sample).padded_batch(8).prefetch(2))),
        ("caches", growth(&stream().cache().shuffle(8, 2).padded_batch(8).prefetch(2))),
    ] {
        assert!(grown < limit, "{name}: {grown} bytes more after 100 epochs than after 20");
    }
    Ok(())
}
