use formwork_shape::layers::NotEqual;

use super::each;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for NotEqual {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let (ids, numbers, width) = (x[0].id_data(), x[0].data(), x[0].last());
        let value = T::of(self.mask_value);
        each::parts(pass.threads, y[0].data, 1, |place, y| {
            let valid = match ids.get(place) {
                Some(id) => f64::from(*id) != self.mask_value,
                None => numbers[place * width..][..width].iter().any(|number| *number != value),
            };
            y[0] = if valid { T::one() } else { T::zero() };
        });
    }

    fn backward(&self, _: &Pass<'_>, _: &Weights<T>, _: Backward<'_, '_, T>, _: &mut Work) {}
}

#[cfg(test)]
super::conformance::cases!(NotEqual: shape(1..4) => |input| {
    Case::new(NotEqual { mask_value: 0.0 }, [input]).of_ids(3)
});
