//! Sequences of labels without places.

use std::cell::Cell;

use formwork_shape::Shape;

use super::{Comparison, Loss, Options, Takes, one_loss, options};
use crate::Real;
use crate::train::{Accepts, ClassLogits, Fits, IdsFor, Output, Sequence};

/// Connectionist temporal classification: `-ln` of the probability that the steps of an output spell a row of labels, in
/// whatever places, with repeats joined and blanks left out.
///
/// The output has the shape `[steps, classes]` and no activation: the loss applies the softmax itself. The target is a row
/// of class ids a sample, of any length; 0 is the blank, and pads shorter rows. Of a row that its steps are too few for
/// (repeated labels need a blank between them) the loss is infinite, which training refuses.
///
/// Graves et al. (2006), <https://doi.org/10.1145/1143844.1143891>.
#[derive(Clone, Debug, Default)]
pub struct CTC {
    options: Options,
}

impl CTC {
    /// The loss `ctc`.
    pub fn new() -> Self {
        Self::default()
    }
}

options! { CTC }
impl<const W: usize, A: ClassLogits<C>, C: Sequence> Fits<Output<W, A, C>> for CTC {}
impl<O, Y: IdsFor<O>> Accepts<O, Y> for CTC {}

const BLANK: u32 = 0;

/// `ln(exp a + exp b)`.
fn log_add(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if low == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
}

thread_local! {
    /// Kept from batch to batch.
    static ROOM: Cell<Room> = const { Cell::new(Room { logs: Vec::new(), path: Vec::new(), forward: Vec::new(), backward: Vec::new() }) };
}

/// Memory for one sample.
#[derive(Default)]
struct Room {
    /// The logarithms of the softmax of each step.
    logs: Vec<f64>,
    /// The labels with a blank before, between and after them.
    path: Vec<usize>,
    /// For each step and place of the path: the probability of all ways to it, and of all ways from it.
    forward: Vec<f64>,
    backward: Vec<f64>,
}

impl Room {
    /// The loss of one sample; its gradient goes to `dy`.
    fn sample<T: Real>(&mut self, y: &[T], classes: usize, labels: &[u32], dy: Option<&mut [T]>) -> f64 {
        self.normalize(y, classes);
        self.spell(labels);
        let total = self.go_forward(classes);
        if let Some(dy) = dy {
            self.go_backward(classes);
            self.gradient(classes, total, dy);
        }
        -total
    }

    /// `ln softmax(y)` of each step.
    fn normalize<T: Real>(&mut self, y: &[T], classes: usize) {
        self.logs.clear();
        for y in y.chunks_exact(classes) {
            let max = y.iter().fold(f64::NEG_INFINITY, |max, y| max.max(y.wide()));
            let log = y.iter().map(|y| (y.wide() - max).exp()).sum::<f64>().ln() + max;
            self.logs.extend(y.iter().map(|y| y.wide() - log));
        }
    }

    /// The path `l` of a row of labels.
    fn spell(&mut self, labels: &[u32]) {
        self.path.clear();
        self.path.push(BLANK as usize);
        for label in labels.iter().filter(|label| **label != BLANK) {
            self.path.extend([*label as usize, BLANK as usize]);
        }
    }

    /// `a[t, s] = (a[t - 1, s] + a[t - 1, s - 1] + a[t - 1, s - 2]) p[t, l[s]]` as logarithms, the last term only where
    /// the path [`skips`] a place. Returns the sum of the two last ones of the last step: the logarithm of the probability of
    /// the labels.
    fn go_forward(&mut self, classes: usize) -> f64 {
        let Room { logs, path, forward, .. } = self;
        let (steps, places) = (logs.len() / classes, path.len());
        fill(forward, steps * places);
        for place in 0..places.min(2) {
            forward[place] = logs[path[place]];
        }
        for step in 1..steps {
            let (before, now) = forward.split_at_mut(step * places);
            let before = &before[(step - 1) * places..];
            for place in 0..places {
                let mut sum = before[place];
                if place >= 1 {
                    sum = log_add(sum, before[place - 1]);
                }
                if skips(path, place) {
                    sum = log_add(sum, before[place - 2]);
                }
                now[place] = sum + logs[step * classes + path[place]];
            }
        }
        let last = &forward[(steps - 1) * places..];
        last.iter().rev().take(2).fold(f64::NEG_INFINITY, |sum, log| log_add(sum, *log))
    }

    /// `b[t, s] = sum(b[t + 1, s'] p[t + 1, l[s']])` over the places `s'` that `s` leads to, as logarithms.
    fn go_backward(&mut self, classes: usize) {
        let Room { logs, path, backward, .. } = self;
        let (steps, places) = (logs.len() / classes, path.len());
        fill(backward, steps * places);
        for place in places.saturating_sub(2)..places {
            backward[(steps - 1) * places + place] = 0.0;
        }
        for step in (0..steps - 1).rev() {
            let (now, after) = backward.split_at_mut((step + 1) * places);
            let now = &mut now[step * places..];
            let ahead = |place: usize| after[place] + logs[(step + 1) * classes + path[place]];
            for (place, now) in now.iter_mut().enumerate() {
                let mut sum = ahead(place);
                if place + 1 < places {
                    sum = log_add(sum, ahead(place + 1));
                }
                if place + 2 < places && skips(path, place + 2) {
                    sum = log_add(sum, ahead(place + 2));
                }
                *now = sum;
            }
        }
    }

    /// `dy[t, k] = softmax(y)[t, k] - sum(a[t, s] b[t, s]) / total` over the places `s` of class `k`: what the model thinks
    /// of a class, less what it would if it knew the labels.
    fn gradient<T: Real>(&self, classes: usize, total: f64, dy: &mut [T]) {
        let places = self.path.len();
        for (d, log) in dy.iter_mut().zip(&self.logs) {
            *d = T::of(log.exp());
        }
        for step in 0..self.logs.len() / classes {
            for (place, class) in self.path.iter().enumerate() {
                let at = step * places + place;
                dy[step * classes + class] -= T::of((self.forward[at] + self.backward[at] - total).exp());
            }
        }
    }
}

/// May a path come to this place from two places before? Not over a label, nor between two that are the same.
fn skips(path: &[usize], place: usize) -> bool {
    place >= 2 && path[place] != BLANK as usize && path[place] != path[place - 2]
}

/// Makes all of a table impossible.
fn fill(table: &mut Vec<f64>, len: usize) {
    table.clear();
    table.resize(len, f64::NEG_INFINITY);
}

impl CTC {
    /// Calls `f` with the place and the loss of each sample; gradients are not weighted yet.
    fn samples<T: Real>(batch: &mut Comparison<'_, T>, mut f: impl FnMut(usize, f64, Option<&mut [T]>)) {
        let (y, labels) = (batch.output.data(), batch.target.id_data());
        let size = batch.output.shape().size().max(1);
        let length = labels.len() / batch.output.batch().max(1);
        let mut room = ROOM.take();
        for (row, y) in y.chunks_exact(size).enumerate() {
            let mut dy = batch.gradient.as_deref_mut().map(|all| &mut all[row * size..][..size]);
            let labels = &labels[row * length..][..length];
            let loss = room.sample(y, batch.output.last(), labels, dy.as_deref_mut());
            f(row, loss, dy);
        }
        ROOM.set(room);
    }
}

macro_rules! loss_of {
    ($($t:ident)*) => { $(
        #[diagnostic::do_not_recommend]
        impl Loss<$t> for CTC {
            fn name(&self) -> &'static str {
                "ctc"
            }

            fn takes(&self) -> Takes {
                Takes::ClassIds
            }

            fn takes_labels(&self) -> bool {
                true
            }

            fn weight(&self) -> f64 {
                self.options.weight
            }

            fn check(&self, output: &Shape) -> Result<(), String> {
                match output.rank() {
                    2 => self.options.check(output),
                    rank => Err(format!("takes an output of shape [steps, classes], but this one has {rank} axes")),
                }
            }

            fn compute(&self, mut batch: Comparison<'_, $t>) -> f64 {
                let weights = batch.sample_weights;
                let weighed = weights.map(|weights| weights.iter().map(|weight| weight.wide()).sum());
                let scale = self.options.scale_of(batch.output.batch(), weighed);
                let mut sum = 0.0;
                Self::samples(&mut batch, |row, loss, dy| {
                    let weight = per_sample(weights, row);
                    sum += loss * weight;
                    let factor = $t::of(scale * self.options.weight * weight);
                    dy.into_iter().flatten().for_each(|d| *d *= factor);
                });
                sum * scale
            }

            fn each(&self, mut batch: Comparison<'_, $t>, losses: &mut [$t]) {
                let weights = batch.sample_weights;
                Self::samples(&mut batch, |row, loss, _| {
                    if let Some(place) = losses.get_mut(row) {
                        *place = $t::of(loss * per_sample(weights, row));
                    }
                });
            }
        }

        one_loss! { $t CTC }
    )* };
}

/// The weight of a sample.
fn per_sample<T: Real>(weights: Option<&[T]>, row: usize) -> f64 {
    weights.and_then(|weights| weights.get(row)).map_or(1.0, |weight| weight.wide())
}

loss_of! { f32 f64 }
