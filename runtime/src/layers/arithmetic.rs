use formwork_shape::Operator;
use formwork_shape::layers::Arithmetic;

use super::{merge, spread};
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Arithmetic {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let y = &mut y[0];
        match self.operator {
            Operator::Add => merge::forward(pass, x, y, |y, x| *y += x),
            Operator::Subtract => merge::forward(pass, x, y, |y, x| *y -= x),
            Operator::Multiply => merge::forward(pass, x, y, |y, x| *y *= x),
            Operator::Divide => merge::forward(pass, x, y, |y, x| *y /= x),
        }
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
        match self.operator {
            Operator::Add => merge::share(pass, step, &[T::one()]),
            Operator::Subtract => merge::share(pass, step, &[T::one(), -T::one()]),
            Operator::Multiply => {
                merge::differentiate(pass, step, work.of(), |i, x, d| merge::times_others(pass, i, x, d));
            }
            // d/da = 1/b, d/db = -a/b²
            Operator::Divide => merge::differentiate(pass, step, work.of(), |i, x, d| {
                let shape = *d.shape();
                spread::fold(pass.threads, d.data, &shape, &x[1], |_, d, b| *d /= b);
                if i == 1 {
                    spread::fold(pass.threads, d.data, &shape, &x[0], |_, d, a| *d *= -a);
                    spread::fold(pass.threads, d.data, &shape, &x[1], |_, d, b| *d /= b);
                }
            }),
        }
    }
}

#[cfg(test)]
super::conformance::cases!(Arithmetic: (operands(), select(vec![Operator::Add, Operator::Subtract, Operator::Multiply, Operator::Divide])) => |(inputs, operator)| Case::new(Arithmetic { operator }, inputs));
