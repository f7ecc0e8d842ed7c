use formwork_shape::Comparison;
use formwork_shape::layers::Compare;

use super::spread;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Compare {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let shape = *y[0].shape();
        let holds = |a: T, b: T| match self.comparison {
            Comparison::Greater => a > b,
            Comparison::GreaterEqual => a >= b,
            Comparison::Less => a < b,
            Comparison::LessEqual => a <= b,
            Comparison::Equal => a == b,
            Comparison::NotEqual => a != b,
        };
        let number = |holds: bool| if holds { T::one() } else { T::zero() };
        spread::fold(pass.threads, y[0].data, &shape, &x[0], |_, y, a| *y = a);
        match self.value.map(T::of) {
            Some(b) => y[0].data.iter_mut().for_each(|y| *y = number(holds(*y, b))),
            None => spread::fold(pass.threads, y[0].data, &shape, &x[1], |_, y, b| *y = number(holds(*y, b))),
        }
    }

    fn backward(&self, _: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        for dx in step.dx {
            if let Some((dx, Write::Overwrite)) = dx.target() {
                dx.fill(T::zero());
            }
        }
    }
}

#[cfg(test)]
super::conformance::cases!(Compare: (operands(), 0..6usize, option::of(-0.1..0.1)) => |(mut inputs, comparison, value)| {
    let all = [Comparison::Greater, Comparison::GreaterEqual, Comparison::Less, Comparison::LessEqual, Comparison::Equal, Comparison::NotEqual];
    inputs.truncate(if value.is_some() { 1 } else { 2 });
    Case::new(Compare { comparison: all[comparison], value }, inputs)
});
