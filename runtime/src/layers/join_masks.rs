use formwork_shape::layers::JoinMasks;

use super::each;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for JoinMasks {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let (tensor, parts) = (&x[0], &x[1..]);
        let axis = each::axis(self.axis, tensor.shape().rank());
        let steps = y[0].shape().rank();
        let is_mask = |part: &View<'_, T>| part.shape().rank() == steps;
        if axis >= steps {
            each::parts(pass.threads, y[0].data, 1, |place, y| {
                let valid = parts.iter().any(|part| !is_mask(part) || part.data()[place] != T::zero());
                y[0] = if valid { T::one() } else { T::zero() };
            });
            return;
        }
        let row: usize = y[0].shape().dims()[axis..].iter().product();
        each::parts(pass.threads, y[0].data, row, |index, mut y| {
            for part in parts {
                let len = part.shape().dims()[axis..steps].iter().product();
                let (valid, rest) = std::mem::take(&mut y).split_at_mut(len);
                match is_mask(part) {
                    true => valid.copy_from_slice(&part.data()[index * len..][..len]),
                    false => valid.fill(T::one()),
                }
                y = rest;
            }
        });
    }

    fn backward(&self, _: &Pass<'_>, _: &Weights<T>, _: Backward<'_, '_, T>, _: &mut Work) {}
}

#[cfg(test)]
super::conformance::cases!(JoinMasks: (shape(2..4), 1..4usize, 1..3isize) => |(input, count, axis)| {
    let mask = input.remove(input.rank() - 1);
    let inputs = std::iter::once(input).chain(std::iter::repeat_n(mask, count));
    Case::new(JoinMasks { axis }, inputs).of_masks()
});
