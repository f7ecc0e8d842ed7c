//! The memory of a model's passes. The plan decides which tensors share a buffer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use formwork_shape::Shape;

use super::back::Span;
use super::reach::Reach;
use super::stretch::Lanes;
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::Work;
use crate::train::Room;
use crate::view::{View, ViewMut};

/// Bytes of a cache line.
const LINE: usize = 64;

/// Buffers for `V` tensors and `G` gradients that live at the same time, and the work of `N` uses of layers.
#[derive(Debug)]
pub struct Workspace<T, const V: usize, const G: usize, const N: usize> {
    /// Activations.
    pub values: [Slot<T>; V],
    /// Gradients of activations.
    pub grads: [Slot<T>; G],
    /// What layers keep.
    pub work: [Work; N],
    /// Memory for samples that take turns.
    pub(super) lanes: Lanes<T>,
    /// Where the gradients of each layer's weights are, in a backward pass.
    pub spans: Vec<Span>,
    /// Which gradients a backward pass has to compute.
    pub(super) reach: Reach,
}

impl<T: Real, const V: usize, const G: usize, const N: usize> Default for Workspace<T, V, G, N> {
    fn default() -> Self {
        Workspace {
            values: std::array::from_fn(|_| Slot::default()),
            grads: std::array::from_fn(|_| Slot::default()),
            work: std::array::from_fn(|place| Work::at(place as u32)),
            lanes: Lanes::default(),
            spans: Vec::new(),
            reach: Reach::default(),
        }
    }
}

/// A look into a workspace whose size nobody needs to know.
pub trait Peek<T> {
    /// What lives in a slot: a tensor of `batch` rows of this shape.
    fn value(&self, slot: usize, batch: usize, shape: &Shape) -> Option<&[T]>;
}

impl<T: Real, const V: usize, const G: usize, const N: usize> Peek<T> for Workspace<T, V, G, N> {
    fn value(&self, slot: usize, batch: usize, shape: &Shape) -> Option<&[T]> {
        self.values.get(slot)?.kept(batch * shape.size())
    }
}

/// The workspace of a model that has not been written, because its source has errors.
impl<T> Peek<T> for () {
    fn value(&self, _: usize, _: usize, _: &Shape) -> Option<&[T]> {
        None
    }
}

/// A buffer that tensors take turns to live in, all of them around its middle: of two threads, which share each layer's work in halves,
/// one then always has the same part of it in its cache, whatever the sizes.
#[derive(Clone, Debug)]
pub struct Slot<T>(Buffer<T>);

impl<T: Copy + Default> Default for Slot<T> {
    fn default() -> Self {
        Slot(Buffer::default())
    }
}

impl<T: Copy + Default> Slot<T> {
    /// Room for a tensor.
    pub fn put(&mut self, batch: usize, shape: &Shape) -> ViewMut<'_, T> {
        ViewMut::new(self.room(batch, shape), batch, *shape)
    }

    /// The tensor that lives here now.
    pub fn get(&self, batch: usize, shape: &Shape) -> View<'_, T> {
        let tensor = self.kept(batch * shape.size()).expect("the tensor has been put here");
        View::numbers(tensor, batch, *shape)
    }

    /// A tensor of zeros: the gradient of one that nobody reads.
    pub fn zero(&mut self, batch: usize, shape: &Shape) {
        self.room(batch, shape).fill(T::default());
    }

    /// Room for the gradient of a tensor.
    pub fn room(&mut self, batch: usize, shape: &Shape) -> &mut [T] {
        let len = batch * shape.size();
        self.0.take(len);
        let place = self.place(len);
        &mut self.0.as_mut_slice()[place..][..len]
    }

    /// The numbers of a tensor, if there are so many.
    fn kept(&self, len: usize) -> Option<&[T]> {
        let all = self.0.as_slice();
        (len <= all.len()).then(|| &all[self.place(len)..][..len])
    }

    /// Where so many numbers begin.
    fn place(&self, len: usize) -> usize {
        let line = LINE / size_of::<T>();
        (self.0.as_slice().len() - len) / 2 / line * line
    }

    /// Puts back what was taken out for a call.
    pub(super) fn restore(&mut self, taken: Slot<T>) {
        assert!(self.0.as_slice().is_empty(), "the plan gives two tensors of one call two slots");
        *self = taken;
    }
}

/// A workspace with what surrounds it: inputs that had to be copied, and the shapes of this call.
#[derive(Debug)]
pub struct Frame<T, W> {
    pub(crate) numbers: Vec<Buffer<T>>,
    pub(crate) ids: Vec<Buffer<u32>>,
    pub(crate) inputs: Vec<Shape>,
    pub(crate) edges: Vec<Shape>,
    pub(crate) workspace: W,
}

impl<T: Real, W: Default> Default for Frame<T, W> {
    fn default() -> Self {
        Frame { numbers: Vec::new(), ids: Vec::new(), inputs: Vec::new(), edges: Vec::new(), workspace: W::default() }
    }
}

/// What a model holds besides its weights.
#[derive(Debug)]
pub struct Core<T, I, W> {
    /// Seeds the random numbers of training.
    pub seed: u64,
    /// The training steps so far.
    pub step: u64,
    /// The batches at inference so far.
    inferred: AtomicU64,
    /// Frames of predictions that are not running now: as many as threads ever predicted at once.
    inference: Mutex<Vec<Box<Frame<T, I>>>>,
    /// The frame of training, kept between steps. Nobody waits for the lock: training has the model for itself.
    training: Mutex<Option<Box<Frame<T, W>>>>,
    /// Memory for the batches of a training loop of one's own.
    room: Mutex<Option<Box<Room<T>>>>,
}

impl<T: Real, I: Default, W: Default> Core<T, I, W> {
    /// The core of a new model.
    pub fn new(seed: u64) -> Self {
        Core {
            seed,
            step: 0,
            inferred: AtomicU64::new(0),
            inference: Mutex::new(Vec::new()),
            training: Mutex::new(None),
            room: Mutex::new(None),
        }
    }

    /// Numbers the batches at inference, with numbers that no step of training has: layers that are used with
    /// `training = true` draw other random numbers for each of them.
    pub(crate) fn next_inference(&self) -> u64 {
        u64::MAX - self.inferred.fetch_add(1, Ordering::Relaxed)
    }

    /// Takes a frame for a prediction; [`give_back`](Core::give_back) returns it.
    pub(crate) fn take(&self) -> Box<Frame<T, I>> {
        self.inference.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    pub(crate) fn give_back(&self, frame: Box<Frame<T, I>>) {
        self.inference.lock().unwrap_or_else(PoisonError::into_inner).push(frame);
    }

    /// Takes the memory of a training loop, if there is any yet; [`keep_room`](Core::keep_room) returns it.
    pub(crate) fn take_room(&mut self) -> Option<Box<Room<T>>> {
        self.room.get_mut().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(crate) fn keep_room(&mut self, room: Box<Room<T>>) {
        *self.room.get_mut().unwrap_or_else(PoisonError::into_inner) = Some(room);
    }

    /// Takes the frame of training; [`keep`](Core::keep) returns it.
    pub(crate) fn take_training(&mut self) -> Box<Frame<T, W>> {
        self.training.get_mut().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }

    pub(crate) fn keep(&mut self, frame: Box<Frame<T, W>>) {
        *self.training.get_mut().unwrap_or_else(PoisonError::into_inner) = Some(frame);
    }
}

/// A copy of a model shares nothing with it and starts with empty frames.
impl<T: Real, I: Default, W: Default> Clone for Core<T, I, W> {
    fn clone(&self) -> Self {
        Core { step: self.step, ..Core::new(self.seed) }
    }
}
