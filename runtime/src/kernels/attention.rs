//! Sums of values, weighted head by head. What a head makes of its pairs of step and place stays in cache from its scores to the
//! sums, and on the way back, where only the weights are read from memory.

use std::marker::PhantomData;
use std::ops::Range;

use crate::threads::Shareable;
use crate::{Real, Threads};

use super::gemm::{Block, Epilogue, Matrix, gemm, gemm_block};
use super::{Write, scratch, softmax};

/// Elements that a task should make at least.
const TASK: usize = if cfg!(test) { 32 } else { 1 << 14 };

/// Pairs that are worked on at once: some such matrices stay in the second-level cache.
const PAIRS: usize = if cfg!(test) { 8 } else { 1 << 16 };

/// Fewest steps that are worked on at once, as each reads all places.
const STEPS: usize = if cfg!(test) { 2 } else { 48 };

/// Terms of a product that take as long as a copy of the element that they add up to.
const TERMS: usize = 8;

/// The sizes of an attention with `heads` parts, the heads of a step side by side.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    pub steps: usize,
    pub places: usize,
    pub heads: usize,
    /// The number of keys and values that the heads share, a divisor of theirs.
    pub shared: usize,
    /// The width of query and key in a head.
    pub key: usize,
    /// The width of the value in a head.
    pub value: usize,
    /// The number of attentions: samples, times the places of axes that are not attended over.
    pub samples: usize,
}

/// Some steps of a head of a sample.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub sample: usize,
    pub head: usize,
    pub steps: Range<usize>,
}

/// How scores become weights, and what is kept of it.
pub(crate) struct Weigh<'a, T> {
    /// Writes the scores of a part.
    pub score: &'a (dyn Fn(&Part, &mut [T]) + Sync),
    /// Turns them into weights.
    pub weigh: &'a (dyn Fn(&Part, &mut [T]) + Sync),
    /// Where the weights of all heads go, if they are wanted.
    pub weights: Option<&'a mut [T]>,
    /// What the weights are multiplied by before the sums, and where the products go, if they are wanted.
    pub factors: Option<(&'a [T], Option<&'a mut [T]>)>,
}

/// The way back from the gradient `dy` of the sums.
pub(crate) struct Unweigh<'a, T> {
    pub value: &'a [T],
    pub dy: &'a [T],
    /// The weights, and what they were multiplied by.
    pub weights: &'a [T],
    pub factors: Option<&'a [T]>,
    /// The gradient of the weights by themselves.
    pub dweights: Option<&'a [T]>,
    /// Changes the gradient of the scores of a part.
    pub correct: &'a (dyn Fn(&Part, &mut [T]) + Sync),
}

/// Where gradients go, those that are wanted.
pub(crate) struct Targets<'a, T> {
    pub value: Option<(&'a mut [T], Write)>,
    /// Of the scores.
    pub scores: Option<&'a mut [T]>,
    /// The query, and the key that it is to be multiplied by; both less the factor of the scores.
    pub query: Option<(&'a mut [T], &'a [T])>,
    /// The key, and the query.
    pub key: Option<(&'a mut [T], &'a [T])>,
}

/// Part `part` of `parts` side by side in a sample of `rows` rows: a matrix of `width` columns.
fn beside<T>(data: &[T], (sample, rows): (usize, usize), (part, parts): (usize, usize), width: usize) -> Matrix<'_, T> {
    let row_stride = parts * width;
    let at = (sample * rows * row_stride + part * width).min(data.len());
    Matrix { data: &data[at..], rows, cols: width, row_stride, col_stride: 1 }
}

/// All matrices of pairs, of which a task takes its own.
struct Pairs<'a, T> {
    start: Shareable<T>,
    len: usize,
    lifetime: PhantomData<&'a mut [T]>,
}

impl<'a, T> Pairs<'a, T> {
    fn new(data: &'a mut [T]) -> Self {
        Pairs { start: Shareable(data.as_mut_ptr()), len: data.len(), lifetime: PhantomData }
    }

    /// # Safety
    /// Nobody else uses the pairs of this part.
    unsafe fn of(&self, sizes: &Sizes, at: &Part) -> &'a mut [T] {
        let place = sizes.place(at);
        assert!(place.end <= self.len, "a number for each pair");
        // SAFETY: it lies within the data, which are borrowed for as long, and the caller answers for it being used once.
        unsafe { std::slice::from_raw_parts_mut(self.start.get().add(place.start), place.len()) }
    }
}

impl Sizes {
    /// All pairs of step and place.
    pub fn pairs(&self) -> usize {
        self.samples * self.heads * self.steps * self.places
    }

    /// How many heads share a key and a value.
    fn group(&self) -> usize {
        self.heads / self.shared
    }

    /// Where the pairs of a part are among all.
    pub fn place(&self, at: &Part) -> Range<usize> {
        let first = ((at.sample * self.heads + at.head) * self.steps + at.steps.start) * self.places;
        first..first + at.steps.len() * self.places
    }

    /// The steps of a part: a matrix of `width` columns.
    fn head<'a, T>(&self, data: &'a [T], at: &Part, width: usize) -> Matrix<'a, T> {
        beside(data, (at.sample, self.steps), (at.head, self.heads), width).lines(at.steps.start, at.steps.len())
    }

    /// The places that a part reads: a matrix of `width` columns.
    fn read<'a, T>(&self, data: &'a [T], at: &Part, width: usize) -> Matrix<'a, T> {
        beside(data, (at.sample, self.places), (at.head / self.group(), self.shared), width)
    }

    fn matrix<'a, T>(&self, pairs: &'a [T]) -> Matrix<'a, T> {
        Matrix::new(pairs, pairs.len() / self.places.max(1), self.places)
    }

    /// `scores = query · keyᵀ` of a part.
    pub fn scores<T: Real>(&self, threads: &Threads, at: &Part, query: &[T], key: &[T], scores: &mut [T]) {
        let (query, key) = (self.head(query, at, self.key), self.read(key, at, self.key).transposed());
        gemm(threads, query, key, scores, self.places, Write::Overwrite, &Epilogue::none());
    }

    /// Calls `work` with all parts, one after the other with those of heads that share a key and a value.
    fn each_part(&self, threads: &Threads, work: impl Fn(&Part) + Sync) {
        let count = self.samples * self.shared;
        let most = (PAIRS / self.places.max(1)).max(STEPS);
        let blocks = self.steps.div_ceil(most).max(1);
        let group = |index: usize| {
            let (sample, first) = (index / self.shared, index % self.shared * self.group());
            for head in first..first + self.group() {
                for block in 0..blocks {
                    let steps = self.steps * block / blocks..self.steps * (block + 1) / blocks;
                    work(&Part { sample, head, steps });
                }
            }
        };
        if count < threads.count() {
            // Threads share each product.
            return (0..count).for_each(group);
        }
        let effort = 1 + (self.key + self.value) / TERMS;
        let each = count.div_ceil(threads.tasks(self.pairs() * effort, TASK)).max(1);
        threads.run(count.div_ceil(each), &|task| (task * each..count.min((task + 1) * each)).for_each(group));
    }

    /// Calls `work` with a part of a part for each thread that has nothing else to do.
    fn each_step<T: Real>(
        &self,
        threads: &Threads,
        at: &Part,
        pairs: &mut [T],
        work: &(dyn Fn(&Part, &mut [T]) + Sync),
    ) {
        let tasks = if self.samples * self.shared < threads.count() { threads.tasks(pairs.len(), TASK) } else { 1 };
        let steps = at.steps.len().div_ceil(tasks).max(1);
        threads.chunks_mut(pairs, (steps * self.places).max(1), &|index, pairs| {
            let first = at.steps.start + index * steps;
            work(&Part { steps: first..at.steps.end.min(first + steps), ..at.clone() }, pairs);
        });
    }

    /// The weighted sums `y` of values.
    pub fn sums<T: Real>(&self, threads: &Threads, weigh: Weigh<'_, T>, value: &[T], y: &mut [T]) {
        let Weigh { score, weigh, weights, factors } = weigh;
        let (steps, width) = (self.samples * self.steps, self.heads * self.value);
        let (y, weights) = (Block::new(y, steps, width, width), weights.map(Pairs::new));
        let factors = factors.map(|(factors, products)| (factors, products.map(Pairs::new)));
        self.each_part(threads, |at| {
            // SAFETY: each part is passed once, and has its own steps and columns.
            let mut y = unsafe { y.part(self.rows(at), self.cols(at.head, self.value)) };
            let mut sum = |weights: &[T]| {
                let value = self.read(value, at, self.value);
                gemm_block(threads, self.matrix(weights), value, &mut y, Write::Overwrite);
            };
            // SAFETY: each part is passed once.
            self.lend(at, weights.as_ref().map(|pairs| unsafe { pairs.of(self, at) }), |weights| {
                score(at, weights);
                self.each_step(threads, at, weights, weigh);
                let Some((factors, products)) = &factors else { return sum(weights) };
                // SAFETY: each part is passed once.
                self.lend(at, products.as_ref().map(|pairs| unsafe { pairs.of(self, at) }), |products| {
                    multiply(weights, &factors[self.place(at)], products);
                    sum(products);
                });
            });
        });
    }

    /// The gradients of values, scores, queries and keys.
    pub fn gradients<T: Real>(&self, threads: &Threads, from: &Unweigh<'_, T>, to: Targets<'_, T>) {
        let (steps, places) = (self.samples * self.steps, self.samples * self.places);
        let [key, value] = [self.key, self.value].map(|width| self.shared * width);
        let query = self.heads * self.key;
        let to_value = to.value.map(|(to, write)| (Block::new(to, places, value, value), write));
        let to_query = to.query.map(|(to, key)| (Block::new(to, steps, query, query), key));
        let to_key = to.key.map(|(to, query)| (Block::new(to, places, key, key), query));
        let to_scores = to.scores.map(Pairs::new);
        self.each_part(threads, |at| {
            let weights = &from.weights[self.place(at)];
            let dy = self.head(from.dy, at, self.value);
            // The parts of a group add up, and are passed one after the other.
            let is_first = at.head.is_multiple_of(self.group()) && at.steps.start == 0;
            let places = at.sample * self.places..(at.sample + 1) * self.places;
            let shared = |width: usize| self.cols(at.head / self.group(), width);
            scratch::arrays([self.place(at).len(); 2], |[before, room]| {
                if let Some((to, write)) = &to_value {
                    // SAFETY: a group has its own places and columns, and its parts are passed by one task.
                    let mut to = unsafe { to.part(places.clone(), shared(self.value)) };
                    let weights = match from.factors {
                        Some(factors) => {
                            multiply(weights, &factors[self.place(at)], room);
                            &*room
                        }
                        None => weights,
                    };
                    let write = if is_first { *write } else { Write::Add };
                    gemm_block(threads, self.matrix(weights).transposed(), dy, &mut to, write);
                }
                let value = self.read(from.value, at, self.value).transposed();
                gemm(threads, dy, value, before, self.places, Write::Overwrite, &Epilogue::none());
                if let Some(dweights) = from.dweights {
                    before.iter_mut().zip(&dweights[self.place(at)]).for_each(|(d, &more)| *d += more);
                }
                if let Some(factors) = from.factors {
                    before.iter_mut().zip(&factors[self.place(at)]).for_each(|(d, &factor)| *d *= factor);
                }
                // SAFETY: each part is passed once.
                let d = to_scores.as_ref().map_or(room, |pairs| unsafe { pairs.of(self, at) });
                let (before, start) = (&*before, at.steps.start);
                self.each_step(threads, at, d, &|part, d| {
                    let first = (part.steps.start - start) * self.places;
                    let [weights, before] = [weights, before].map(|all| &all[first..][..d.len()]);
                    softmax::softmax_gradient(threads.level(), weights, before, d, Write::Overwrite, self.places);
                    (from.correct)(part, d);
                });
                let d = self.matrix(d);
                if let Some((to, key)) = &to_query {
                    // SAFETY: each part is passed once, and has its own steps and columns.
                    let mut to = unsafe { to.part(self.rows(at), self.cols(at.head, self.key)) };
                    gemm_block(threads, d, self.read(key, at, self.key), &mut to, Write::Overwrite);
                }
                if let Some((to, query)) = &to_key {
                    // SAFETY: a group has its own places and columns, and its parts are passed by one task.
                    let mut to = unsafe { to.part(places, shared(self.key)) };
                    let write = if is_first { Write::Overwrite } else { Write::Add };
                    gemm_block(threads, d.transposed(), self.head(query, at, self.key), &mut to, write);
                }
            });
        });
    }

    /// The rows of a part among the steps of all samples.
    fn rows(&self, at: &Part) -> Range<usize> {
        let first = at.sample * self.steps;
        first + at.steps.start..first + at.steps.end
    }

    fn cols(&self, part: usize, width: usize) -> Range<usize> {
        part * width..(part + 1) * width
    }

    /// Room for the pairs of a part, unless there is some.
    fn lend<T: Real, R>(&self, at: &Part, place: Option<&mut [T]>, work: impl FnOnce(&mut [T]) -> R) -> R {
        match place {
            Some(place) => work(place),
            None => scratch::elements(self.place(at).len(), work),
        }
    }
}

fn multiply<T: Real>(weights: &[T], factors: &[T], to: &mut [T]) {
    to.iter_mut().zip(weights).zip(factors).for_each(|((to, &weight), &factor)| *to = weight * factor);
}
