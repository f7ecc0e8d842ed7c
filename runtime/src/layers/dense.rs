use formwork_shape::layers;

use super::activate::{self, Kept};
use super::columns;
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::kernels::gemm::{Activate, Epilogue, Matrix, gemm};
use crate::view::{View, ViewMut};
use crate::weights::{Weights, named_weights};

named_weights! { Dense { kernel / kernel_mut: Ix2, bias / bias_mut: Ix1 optional } }

/// What the activation keeps, and room for sums.
#[derive(Default)]
struct DenseWork<T> {
    kept: Kept<T>,
    partial: Buffer<T>,
}

impl<T: Real> Kernel<T> for layers::Dense {
    fn infer(&self, pass: &Pass<'_>, weights: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        product(self, pass, weights, &x[0], &mut y[0], Some(&activate::fused(pass.threads.level(), self.activation)));
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
            return self.infer(pass, weights, x, y, work);
        }
        product(self, pass, weights, &x[0], &mut y[0], None);
        work.of::<DenseWork<T>>().kept.keep(self.activation, y[0].data);
        activate::forward(pass.threads, self.activation, y[0].data, self.units);
    }

    fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, mut step: Backward<'_, '_, T>, work: &mut Work) {
        let DenseWork { kept, partial } = work.of::<DenseWork<T>>();
        let (batch, features, units) = (pass.batch, step.x[0].last(), self.units);
        let d = kept.back(pass.threads, self.activation, step.y[0].data(), step.dy[0].data(), units);
        let rows = Matrix::new(d, batch, units);
        if let Some((dx, write)) = step.dx[0].target() {
            let kernel = Matrix::new(weights.data(0), features, units).transposed();
            gemm(pass.threads, rows, kernel, dx, features, write, &Epilogue::none());
        }
        let (kernel, write) = (step.dw.next(features * units), step.dw.write());
        let x = Matrix::new(step.x[0].data(), batch, features).transposed();
        gemm(pass.threads, x, rows, kernel, units, write, &Epilogue::none());
        if self.use_bias {
            columns::add_up(pass.threads, d, partial, (step.dw.next(units), write));
        }
    }
}

fn product<T: Real>(
    layer: &layers::Dense,
    pass: &Pass<'_>,
    weights: &Weights<T>,
    x: &View<'_, T>,
    y: &mut ViewMut<'_, T>,
    activate: Option<&Activate<T>>,
) {
    let rows = Matrix::new(x.data(), x.batch(), x.last());
    let kernel = Matrix::new(weights.data(0), x.last(), layer.units);
    let epilogue = Epilogue { bias: layer.use_bias.then(|| weights.data(1)), activate };
    gemm(pass.threads, rows, kernel, y.data, layer.units, Write::Overwrite, &epilogue);
}

#[cfg(test)]
super::conformance::cases!(Dense: (shape(1..2), 1..6usize, activation(), any::<bool>()) => |(input, units, activation, use_bias)| {
    Case::new(layers::Dense { units, activation, use_bias, ..layers::Dense::TEMPLATE }, [input])
});
