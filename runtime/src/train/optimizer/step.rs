//! One step of any optimizer: accumulate, clip, decay, update, average.

use std::ops::Range;

use smallvec::SmallVec;

use super::common::{Clip, Common};
use super::settle::{is_due, least, least_gradient, settle, settled};
use super::{Gradients, Parameters};
use crate::Real;
use crate::buffer::Buffer;
use crate::kernels::{Level, Routine};
use crate::threads::Threads;
use crate::weights::{Factored, largest};

/// Numbers in a task of a gradient that is made as it is used: some microseconds of work.
pub(super) const CHUNK: usize = 1 << 15;

/// Numbers of a task at least. Each is changed by itself, so that threads leave every bit as it is.
const LEAST: usize = 1 << 12;

/// Numbers of a cache line: weights of one are better written by one thread.
const LINE: usize = 16;

/// Numbers that are looked through and then changed, in the nearest cache.
const BLOCK: usize = 1 << 9;

/// When, how far and how to go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    /// The learning rate.
    pub(crate) rate: f64,
    /// This step, counted from 1.
    pub(crate) step: u64,
    /// The instructions of the kernels.
    pub(crate) level: Level,
    /// How many weights this thread changes next, from where it ends on: what is beyond them may be another's.
    pub(crate) follow: usize,
}

/// What sets one optimizer apart: how it changes weights, and the slots it keeps for each weight.
pub(crate) trait Rule: Sync {
    /// How many slots it has with these settings.
    fn slots(&self) -> usize;

    /// Must a variable be changed as a whole, by [`update_whole`](Rule::update_whole)?
    const WHOLE: bool = false;

    /// The numbers that a slot has for this variable.
    fn size(&self, _slot: usize, about: About<'_>) -> usize {
        about.size()
    }

    /// The numbers that [`update_whole`](Rule::update_whole) needs room for.
    fn room(&self, _about: About<'_>) -> usize {
        0
    }

    /// The number that a slot starts from; from the weights where there is none.
    fn start(&self, _slot: usize) -> Option<f64> {
        Some(0.0)
    }

    /// The decay of this variable; that of all by default.
    fn decay(&self, _about: About<'_>, common: Option<f64>) -> Option<f64> {
        common
    }

    /// Do the settings make sense? The message goes on after "the optimizer".
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// Does a gradient of 0 leave weights and slots as they are?
    fn rests(&self) -> bool {
        false
    }

    /// Does it take small gradients for 0 itself? Otherwise it gets none.
    fn settles(&self) -> bool {
        false
    }

    /// The largest number of a gradient of which no square, sum or average becomes infinite.
    fn most<T: Real>(&self) -> T {
        largest()
    }

    /// The beginning of a step, for what a rule keeps besides its slots and for what is the same for all weights.
    fn begin(&mut self, _now: Now) {}

    /// What a rule keeps besides its slots.
    fn kept(&self) -> f64 {
        0.0
    }

    /// Takes back what [`kept`](Rule::kept) gave.
    fn keep(&mut self, _kept: f64) {}

    /// One step of some weights; slots that the rule does not have are empty. To be `#[inline(always)]`.
    fn update<T: Real>(&self, now: Now, w: &mut [T], g: &[T], slots: [&mut [T]; MOST]);

    /// One step of a variable.
    fn update_whole<T: Real>(&self, now: Now, whole: Whole<'_, T>) {
        self.update(now, whole.w, whole.g, whole.slots);
    }
}

/// Which variable it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About<'a> {
    /// Its path in the model, such as `dense/kernel`.
    pub(crate) path: &'a str,
    pub(crate) shape: &'a [usize],
}

impl About<'_> {
    fn size(self) -> usize {
        self.shape.iter().product()
    }
}

/// A variable, its gradient and its slots.
#[derive(Debug)]
pub(crate) struct Whole<'a, T> {
    pub(crate) about: About<'a>,
    pub(crate) w: &'a mut [T],
    pub(crate) g: &'a [T],
    pub(crate) slots: [&'a mut [T]; MOST],
    /// Of any content.
    pub(crate) room: &'a mut [T],
}

impl<'a, T> Whole<'a, T> {
    /// Weights without a shape.
    pub(super) fn vector(w: &'a mut [T], g: &'a [T], slots: [&'a mut [T]; MOST]) -> Self {
        Whole { about: About { path: "", shape: &[] }, w, g, slots, room: &mut [] }
    }
}

/// Slots that any rule may have; a rule that needs fewer gets empty ones.
pub(crate) const MOST: usize = 3;

/// The memory of an optimizer, in the layout of the gradient.
#[derive(Debug)]
pub(crate) struct Slots<T> {
    pub(super) slots: [Buffer<T>; MOST],
    /// The gradient, summed over batches or clipped.
    pub(super) gradient: Buffer<T>,
    /// The moving average of the weights.
    pub(super) average: Buffer<T>,
    /// What a rule may write anything to.
    pub(super) room: Buffer<T>,
}

impl<T: Real> Slots<T> {
    pub(super) fn new(rule: &impl Rule, common: &Common, model: &dyn Parameters<T>) -> Self {
        let len = model.trainable_len();
        let each = |f: &mut dyn FnMut(About<'_>, &[T])| {
            model.visit("", &mut |path, variable| {
                if variable.has_gradient() {
                    f(About { path, shape: variable.shape() }, variable.data());
                }
            });
        };
        let slot = |slot: usize| {
            let mut len = 0;
            each(&mut |about, _| len += rule.size(slot, about));
            let mut buffer = Buffer::zeros(if slot < rule.slots() { len } else { 0 });
            let mut rest = buffer.as_mut_slice();
            match rule.start(slot) {
                Some(start) => rest.fill(T::of(start)),
                None => each(&mut |_, w| {
                    if let Some(part) = rest.split_off_mut(..w.len()) {
                        part.copy_from_slice(w);
                    }
                }),
            }
            buffer
        };
        Slots {
            slots: std::array::from_fn(slot),
            gradient: Buffer::zeros(if common.keeps_gradient() { len } else { 0 }),
            average: Buffer::zeros(if common.average.is_some() { len } else { 0 }),
            room: Buffer::default(),
        }
    }
}

/// One call of [`Optimizer::apply`](super::Optimizer::apply).
pub(crate) fn apply<T: Real, R: Rule>(
    rule: &mut R,
    common: &mut Common,
    model: &mut dyn Parameters<T>,
    gradients: &Gradients<T>,
) {
    let g = gradients.as_slice();
    assert_eq!(g.len(), model.trainable_len(), "these are not the gradients of this model");
    let mut kept = common.slots.take();
    if kept.as_ref().and_then(|slots| slots.downcast_ref::<Slots<T>>()).is_none() {
        kept = Some(Box::new(Slots::<T>::new(&*rule, common, model)));
    }
    if let Some(slots) = kept.as_mut().and_then(|slots| slots.downcast_mut::<Slots<T>>()) {
        step(rule, common, model, gradients, slots);
    }
    common.slots = kept;
    common.calls += 1;
}

fn step<T: Real, R: Rule>(
    rule: &mut R,
    common: &Common,
    model: &mut dyn Parameters<T>,
    gradients: &Gradients<T>,
    slots: &mut Slots<T>,
) {
    let Slots { slots, gradient, average, room } = slots;
    let Some(g) = prepared(common, gradients, gradient) else {
        // As in Keras the average follows the weights in each batch, whether they have changed or not.
        return averaged(common, common.steps() + 1, model, average.as_mut_slice());
    };
    let level = Threads::global().level();
    let now = Now { rate: common.learning_rate(), step: common.steps() + 1, level, follow: 0 };
    rule.begin(now);
    let mut at = 0;
    let mut slots = slots.each_mut().map(Buffer::as_mut_slice);
    model.visit_mut("", &mut |path, variable| {
        if !variable.has_gradient() {
            return;
        }
        let multiplier = if variable.trainable() { common.multiplier(path) } else { 0.0 };
        let now = Now { rate: now.rate * multiplier, ..now };
        let shape: SmallVec<[usize; 6]> = variable.shape().into();
        let about = About { path, shape: &shape };
        let decay = rule.decay(about, common.weight_decay).map(|decay| T::of(decay * now.rate));
        let len = variable.data().len();
        let slope = gradients.factored(at).map_or(Slope::Written(&g[at..at + len]), Slope::Factored);
        at += len;
        let mut place = 0;
        let slots = slots.each_mut().map(|slot| {
            let len = rule.size(place, about).min(slot.len());
            place += 1;
            slot.split_off_mut(..len).unwrap_or_default()
        });
        if multiplier == 0.0 {
            return;
        }
        match slope {
            Slope::Written(g) if R::WHOLE => {
                let w = variable.data_mut();
                if let Some(decay) = decay {
                    w.iter_mut().for_each(|w| *w -= *w * decay);
                }
                let mut slots = slots;
                if is_due(now.step) {
                    slots.iter_mut().for_each(|slot| settle(slot, least()));
                }
                let (kept, room) = room.take(len + rule.room(about)).split_at_mut(len);
                let g = settled(g, least_gradient(), kept);
                rule.update_whole(now, Whole { about, w, g, slots, room });
            }
            slope => update(&*rule, now, decay, variable.data_mut(), slope, slots),
        }
        variable.constrain();
    });
    averaged(common, now.step, model, average.as_mut_slice());
}

/// The gradient as the rule gets it; none while it is being accumulated.
fn prepared<'a, T: Real>(common: &Common, given: &'a Gradients<T>, sum: &'a mut Buffer<T>) -> Option<&'a [T]> {
    let g = given.as_slice();
    let accumulate = common.accumulate();
    if !common.keeps_gradient() {
        return Some(g);
    }
    let sum = sum.as_mut_slice();
    let turn = common.calls % accumulate;
    let scale = T::of(1.0 / common.loss_scale());
    if turn == 0 {
        sum.iter_mut().zip(g).for_each(|(sum, g)| *sum = *g * scale);
    } else {
        sum.iter_mut().zip(g).for_each(|(sum, g)| *sum += *g * scale);
    }
    if turn + 1 < accumulate {
        return None;
    }
    if accumulate > 1 {
        let share = T::of(1.0 / accumulate as f64);
        sum.iter_mut().for_each(|g| *g *= share);
    }
    match common.clip {
        Some(Clip::Value(limit)) => {
            let limit = T::of(limit);
            sum.iter_mut().for_each(|g| *g = crate::train::loss::clip(*g, -limit, limit));
        }
        Some(Clip::GlobalNorm(limit)) => shorten(sum, limit),
        Some(Clip::Norm(limit)) => {
            let mut rest = &mut *sum;
            for len in given.lengths() {
                let (head, tail) = rest.split_at_mut(len);
                shorten(head, limit);
                rest = tail;
            }
        }
        None => {}
    }
    Some(sum)
}

/// Scales `g` down to a norm of `limit`.
fn shorten<T: Real>(g: &mut [T], limit: f64) {
    let norm = g.iter().map(|g| g.wide() * g.wide()).sum::<f64>().sqrt();
    if norm > limit {
        let factor = T::of(limit / norm);
        g.iter_mut().for_each(|g| *g *= factor);
    }
}

/// The largest number of a gradient as it is given, before it is summed up, scaled or clipped.
pub(crate) fn largest_gradient<T: Real, R: Rule>(rule: &R, common: &Common) -> T {
    let most = if common.clip.is_some() { T::max_value() } else { rule.most::<T>() };
    at_most_finite(most.wide() * common.loss_scale() / common.accumulate() as f64)
}

/// A limit, or the largest finite number where it lies beyond.
pub(super) fn at_most_finite<T: Real>(limit: f64) -> T {
    T::of(limit.min(T::max_value().wide()))
}

/// Can [`step`] make gradients of their factors? What is changed before a rule gets it must have been written.
pub(crate) fn takes_factors<R: Rule>(_: &R, common: &Common) -> bool {
    !R::WHOLE && !common.keeps_gradient()
}

/// The gradient of a variable.
#[derive(Clone, Copy)]
pub(super) enum Slope<'a, T> {
    Written(&'a [T]),
    /// To be made in cache.
    Factored(Factored<'a, T>),
}

/// Decay and update of one variable, in parallel where it is large.
pub(super) fn update<T: Real, R: Rule>(
    rule: &R,
    now: Now,
    decay: Option<T>,
    w: &mut [T],
    slope: Slope<'_, T>,
    slots: [&mut [T]; MOST],
) {
    let threads = Threads::global();
    // A variable may be empty, a chunk may not.
    let len = w.len().max(1);
    let chunk = match slope {
        Slope::Written(_) => len.div_ceil(threads.tasks(len, LEAST)).next_multiple_of(LINE),
        Slope::Factored(factored) => len.div_ceil(threads.tasks(len, CHUNK)).next_multiple_of(factored.block()),
    };
    let task = |index: usize, w: &mut [T], mut slots: [&mut [T]; MOST]| {
        let range = index * chunk..index * chunk + w.len();
        let mut some = |numbers: Range<usize>, g: &[T]| {
            let part = numbers.start - range.start..numbers.end - range.start;
            let slots = slots.each_mut().map(|slot| slot.get_mut(part.clone()).unwrap_or_default());
            let now = Now { follow: range.end - numbers.end, ..now };
            now.level.run(Update { rule, now, decay, w: &mut w[part.clone()], g, slots });
        };
        match slope {
            Slope::Written(g) => some(range.clone(), &g[range.clone()]),
            Slope::Factored(g) => {
                let rests = decay.is_none() && rule.rests();
                if !(rests && g.each_row(range.clone(), &mut some)) {
                    g.each_block(range.clone(), &mut some);
                }
            }
        }
    };
    let [a, b, c] = slots;
    match rule.slots() {
        0 => threads.chunks_mut(w, chunk, &|index, w| task(index, w, [&mut [], &mut [], &mut []])),
        1 => threads.zip_chunks_mut([w, a], chunk, &|index, [w, a]| task(index, w, [a, &mut [], &mut []])),
        2 => threads.zip_chunks_mut([w, a, b], chunk, &|index, [w, a, b]| task(index, w, [a, b, &mut []])),
        _ => threads.zip_chunks_mut([w, a, b, c], chunk, &|index, [w, a, b, c]| task(index, w, [a, b, c])),
    }
}

struct Update<'a, T, R> {
    rule: &'a R,
    now: Now,
    decay: Option<T>,
    w: &'a mut [T],
    g: &'a [T],
    slots: [&'a mut [T]; MOST],
}

impl<T: Real, R: Rule> Routine for Update<'_, T, R> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Update { rule, now, decay, w, g, mut slots } = self;
        let (mut room, len) = ([T::zero(); BLOCK], w.len());
        for (place, w) in w.chunks_mut(BLOCK).enumerate() {
            let part = place * BLOCK..place * BLOCK + w.len();
            let mut slots = slots.each_mut().map(|slot| slot.get_mut(part.clone()).unwrap_or_default());
            if let Some(decay) = decay {
                w.iter_mut().for_each(|w| *w -= *w * decay);
            }
            if is_due(now.step) {
                settle(w, least());
                slots.iter_mut().for_each(|slot| settle(slot, least()));
            }
            let now = Now { follow: now.follow + len - part.end, ..now };
            let g = &g[part];
            let g = if rule.settles() { g } else { settled(g, least_gradient(), &mut room) };
            rule.update(now, w, g, slots);
        }
    }
}

/// Follows the weights with their moving average.
fn averaged<T: Real>(common: &Common, step: u64, model: &mut dyn Parameters<T>, mut average: &mut [T]) {
    let Some(setting) = common.average else { return };
    let old = T::of(if step == 1 { 0.0 } else { setting.momentum });
    let new = T::one() - old;
    let overwrite = setting.overwrite_every.is_some_and(|every| step.is_multiple_of(every));
    model.visit_mut("", &mut |_, variable| {
        if !variable.has_gradient() {
            return;
        }
        let w = variable.data_mut();
        let Some(average) = average.split_off_mut(..w.len()) else { return };
        for (w, average) in w.iter_mut().zip(average) {
            *average = *average * old + *w * new;
            if overwrite {
                *w = *average;
            }
        }
    });
}

/// The average takes the place of the weights.
pub(crate) fn finish<T: Real>(common: &mut Common, model: &mut dyn Parameters<T>) {
    // A swap has done it already.
    if std::mem::take(&mut common.swapped) {
        return;
    }
    let slots = common.slots.as_mut().and_then(|slots| slots.downcast_mut::<Slots<T>>());
    let (Some(_), Some(slots)) = (common.average, slots) else { return };
    let mut average = slots.average.as_slice();
    model.visit_mut("", &mut |_, variable| {
        if variable.has_gradient()
            && let Some(part) = average.split_off(..variable.data().len())
        {
            variable.data_mut().copy_from_slice(part);
        }
    });
}

/// The average and the weights change places.
pub(crate) fn swap<T: Real>(common: &mut Common, model: &mut dyn Parameters<T>) {
    let slots = common.slots.as_mut().and_then(|slots| slots.downcast_mut::<Slots<T>>());
    let (Some(_), Some(slots)) = (common.average, slots) else { return };
    common.swapped = !common.swapped;
    let mut average = slots.average.as_mut_slice();
    model.visit_mut("", &mut |_, variable| {
        if variable.has_gradient()
            && let Some(part) = average.split_off_mut(..variable.data().len())
        {
            variable.data_mut().swap_with_slice(part);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::super::adam::Moments;
    use super::*;

    #[test]
    fn an_empty_variable_has_nothing_to_change() {
        let now = Now { rate: 0.1, step: 1, level: Level::Portable, follow: 0 };
        update::<f32, _>(&Moments::DEFAULT, now, None, &mut [], Slope::Written(&[]), [&mut [], &mut [], &mut []]);
    }
}
