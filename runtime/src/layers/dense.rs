use formwork_shape::layers;

use super::activate::{self, Kept};
use super::columns;
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::kernels::gemm::{
    Activate, Epilogue, KeptRight, Matrix, Way, gemm, gemm_with, leaves_out_zeros, row_of_some,
};
use crate::view::{View, ViewMut};
use crate::weights::{Weights, named_weights};

named_weights! { Dense { kernel / kernel_mut: Ix2, bias / bias_mut: Ix1 optional } }

/// What the activation keeps, and room for sums.
#[derive(Default)]
struct DenseWork<T> {
    kept: Kept<T>,
    partial: Buffer<T>,
    /// Of which kernel it is known whether it is finite.
    finite: Option<(u64, bool)>,
    /// The kernel in other forms, for single samples and for many.
    kernel: KeptRight<T>,
}

impl<T: Real> DenseWork<T> {
    /// Is every number of the kernel finite? It is gone through once after each change.
    fn is_finite(&mut self, weights: &Weights<T>) -> bool {
        let stamp = weights.stamp(0);
        match self.finite {
            Some((of, finite)) if of == stamp => finite,
            _ => {
                let finite = T::first_non_finite(weights.data(0)).is_none();
                self.finite = Some((stamp, finite));
                finite
            }
        }
    }
}

/// Several inputs are what would be one if they were joined.
impl<T: Real> Kernel<T> for layers::Dense {
    fn infer(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    ) {
        let activate = activate::fused(pass.threads.level(), self.activation);
        match x {
            [x] => product_of_one(self, pass, weights, x, &mut y[0], &activate, work.of()),
            _ => product(self, pass, weights, x, &mut y[0], Some(&activate)),
        }
        activate::finish(pass.threads, self.activation, y[0].data, self.units);
    }

    fn train(
        &self,
        pass: &Pass<'_>,
        weights: &mut Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    ) {
        if !self.activation.reads_input() {
            product(self, pass, weights, x, &mut y[0], Some(&activate::fused(pass.threads.level(), self.activation)));
            return activate::finish(pass.threads, self.activation, y[0].data, self.units);
        }
        product(self, pass, weights, x, &mut y[0], None);
        work.of::<DenseWork<T>>().kept.forward(pass.threads, self.activation, y[0].data, self.units);
    }

    fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, mut step: Backward<'_, '_, T>, work: &mut Work) {
        let DenseWork { kept, partial, .. } = work.of::<DenseWork<T>>();
        let (batch, units) = (pass.batch, self.units);
        let d = kept.back(pass.threads, self.activation, step.y[0].data(), step.dy[0].data(), units);
        let rows = Matrix::new(d, batch, units);
        let features: usize = step.x.iter().map(View::last).sum();
        let (wanted, write, single) = (step.dw.is_wanted(), step.dw.write(), step.x.len() == 1);
        if self.use_bias && wanted {
            // First of all: the products take `d` to the caches of other cores.
            columns::add_up(pass.threads, d, partial, (step.dw.beyond(features * units, units), write));
        }
        let mut dkernel = if wanted && !single { Some(step.dw.next(features * units)) } else { None };
        let mut first = 0;
        for (x, dx) in step.x.iter().zip(step.dx) {
            if let Some((dx, write)) = dx.target() {
                let kernel = kernel(self, weights, first, x.last()).transposed();
                gemm(pass.threads, rows, kernel, dx, x.last(), write, &Epilogue::none());
            }
            first += x.last();
            let x = Matrix::new(x.data(), batch, x.last());
            if wanted && single {
                step.dw.next_product(pass.threads, &weights.variables()[0], x, rows);
            }
            if let Some(part) = dkernel.as_mut().and_then(|rest| rest.split_off_mut(..x.cols * units)) {
                gemm(pass.threads, x.transposed(), rows, part, units, write, &Epilogue::none());
            }
        }
    }
}

/// The rows of the kernel for some features.
fn kernel<'a, T: Real>(layer: &layers::Dense, weights: &'a Weights<T>, first: usize, features: usize) -> Matrix<'a, T> {
    Matrix::new(&weights.data(0)[first * layer.units..][..features * layer.units], features, layer.units)
}

/// The product of one input with the kernel, in the form that its number of rows and of units wants.
fn product_of_one<T: Real>(
    layer: &layers::Dense,
    pass: &Pass<'_>,
    weights: &Weights<T>,
    x: &View<'_, T>,
    y: &mut ViewMut<'_, T>,
    activate: &dyn Activate<T>,
    work: &mut DenseWork<T>,
) {
    let (threads, units, single) = (pass.threads, layer.units, x.batch() == 1);
    let (kernel, rows) = (kernel(layer, weights, 0, x.last()), Matrix::new(x.data(), x.batch(), x.last()));
    let epilogue = Epilogue { bias: layer.use_bias.then(|| weights.data(1)), activate: Some(activate) };
    if single && leaves_out_zeros(&kernel) && work.is_finite(weights) {
        return row_of_some(threads, x.data(), kernel, y.data, &epilogue);
    }
    let kernel =
        work.kernel.right(threads, weights.stamp(0), kernel, x.batch(), [Way::Straight, Way::of_weights(true)]);
    gemm_with(threads, rows, kernel, y.data, units, Write::Overwrite, &epilogue);
}

/// The product of the inputs, side by side, with the kernel.
fn product<T: Real>(
    layer: &layers::Dense,
    pass: &Pass<'_>,
    weights: &Weights<T>,
    x: &[View<'_, T>],
    y: &mut ViewMut<'_, T>,
    activate: Option<&dyn Activate<T>>,
) {
    let mut first = 0;
    for (index, part) in x.iter().enumerate() {
        let rows = Matrix::new(part.data(), part.batch(), part.last());
        let kernel = kernel(layer, weights, first, part.last());
        let write = if index == 0 { Write::Overwrite } else { Write::Add };
        let whole = Epilogue { bias: layer.use_bias.then(|| weights.data(1)), activate };
        let epilogue = if index + 1 == x.len() { whole } else { Epilogue::none() };
        gemm(pass.threads, rows, kernel, y.data, layer.units, write, &epilogue);
        first += part.last();
    }
}

#[cfg(test)]
super::conformance::cases!(Dense: (shape(1..2), 1..6usize, activation(), any::<bool>()) => |(input, units, activation, use_bias)| {
    Case::new(layers::Dense { units, activation, use_bias, ..layers::Dense::TEMPLATE }, [input])
});
