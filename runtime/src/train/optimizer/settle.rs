//! Numbers too small to matter become 0.
//!
//! A processor may take many times as long for a subnormal number as for another one. Moving averages of gradients that have become 0 end
//! among them and stay there, as `0.9 x` rounds to `x` for the least of all; so do squares of small gradients.

use crate::Real;

/// Is it time to look for small weights and averages? They shrink slowly: from the least size to subnormal ones even those
/// that halve in each step take as long as this.
pub(super) fn is_due(step: u64) -> bool {
    step.is_multiple_of(16)
}

/// The least size of a weight, or of an average, that is no 0: what it is multiplied by leaves it a normal number.
pub(super) fn least<T: Real>() -> T {
    T::min_positive_value() * T::of(65_536.0)
}

/// The least size of a gradient that is no 0: its square is a normal number, times one of the usual factors too.
pub(super) fn least_gradient<T: Real>() -> T {
    T::min_positive_value().sqrt() * T::of(256.0)
}

/// Makes numbers below `least` 0.
#[inline(always)]
pub(super) fn settle<T: Real>(numbers: &mut [T], least: T) {
    if are_unsettled(numbers, least) {
        numbers.iter_mut().for_each(|x| *x = if x.abs() < least { T::zero() } else { *x });
    }
}

/// The numbers with 0 for those below `least`, in `room` if there are any.
#[inline(always)]
pub(super) fn settled<'a, T: Real>(numbers: &'a [T], least: T, room: &'a mut [T]) -> &'a [T] {
    if !are_unsettled(numbers, least) {
        return numbers;
    }
    let room = &mut room[..numbers.len()];
    room.copy_from_slice(numbers);
    settle(room, least);
    room
}

#[inline(always)]
fn are_unsettled<T: Real>(numbers: &[T], least: T) -> bool {
    numbers.iter().fold(false, |any, x| any | ((*x != T::zero()) & (x.abs() < least)))
}

#[cfg(test)]
mod tests {
    use formwork_shape::{Initializer, Shape, WeightSpec};

    use crate::random::{Purpose, Random};
    use crate::train::*;
    use crate::weights::Weights;

    /// Follows gradients of all sizes down to 0, and what 0 leaves of the averages.
    fn check(name: &str, mut optimizer: impl Optimizer<f32>) {
        let shape = Shape::new(&[4, 11]);
        let spec = WeightSpec { name: "kernel", shape, initializer: Initializer::Zeros, trainable: true };
        let mut model = Weights::<f32>::new(&[spec], &mut Random::new(0, Purpose::Weights, 0));
        let mut gradients = Gradients::zeros(&model);
        for step in 0..6000 {
            for (place, g) in gradients.as_mut_slice().iter_mut().enumerate() {
                *g = if step < 3 { 0.1_f32.powi(place as i32) } else { 0.0 };
            }
            optimizer.apply(&mut model, &gradients);
            let state = optimizer.state();
            // What a step leaves may be small, but never so small that the next one stumbles over it.
            let slots = ["slot/0", "slot/1", "slot/2"].into_iter().filter_map(|slot| state.get::<f32>(slot));
            let numbers = slots.flatten().chain(model.data(0).iter().copied());
            assert_eq!(numbers.into_iter().find(|x| x.is_subnormal()), None, "{name}, step {step}");
        }
    }

    #[test]
    fn nothing_becomes_subnormal() {
        check("SGD", SGD::new(0.1).momentum(0.9));
        check("SGD with decay", SGD::new(0.1).weight_decay(0.5));
        check("Adam", Adam::new(0.01));
        check("Adam, largest", Adam::new(0.01).amsgrad(true));
        check("AdamW", AdamW::new(0.01).weight_decay(0.9));
        check("Adagrad", Adagrad::new(0.1));
        check("RMSprop", RMSprop::new(0.01));
        check("RMSprop, centered", RMSprop::new(0.01).centered(true).momentum(0.9));
        check("Adadelta", Adadelta::new(0.1));
        check("Adamax", Adamax::new(0.01));
        check("Nadam", Nadam::new(0.01));
        check("Lion", Lion::new(0.001));
        check("Ftrl", Ftrl::new(0.01));
        check("Lamb", Lamb::new(0.01));
        check("Adafactor", Adafactor::new(0.01));
        check("Muon", Muon::new(0.01));
        check("ScheduleFreeAdamW", ScheduleFreeAdamW::new(0.01));
    }
}
