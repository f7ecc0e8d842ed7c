use formwork_shape::layers::Identity;

use super::each;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Identity {
    fn infer(&self, _: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        // Ids are not copied: the output is the input's memory.
        if x[0].id_data().is_empty() {
            y[0].data.copy_from_slice(x[0].data());
        }
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let Some((dx, write)) = step.dx[0].target() else { return };
        each::map(pass.threads, write, dx, step.dy[0].data(), |dy| dy);
    }
}

#[cfg(test)]
super::conformance::cases!(Identity: shape(1..5) => |input| Case::new(Identity {}, [input]));
