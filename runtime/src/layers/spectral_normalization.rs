use formwork_shape::layers::SpectralNormalization;

use super::{any, each};
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::gemm::{Epilogue, Matrix, gemm};
use crate::kernels::{Write, scratch};
use crate::view::{View, ViewMut};
use crate::weights::Weights;
use crate::{Real, Threads};

/// The most by which a vector grows when it gets length 1.
const LONGEST: f64 = 1e7;

impl<T: Real> Kernel<T> for SpectralNormalization {
    fn infer(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    ) {
        any(self.layer.0).infer(pass, weights, x, y, work);
    }

    fn train(
        &self,
        pass: &Pass<'_>,
        weights: &mut Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    ) {
        if !pass.inference {
            normalize(pass.threads, weights, self.power_iterations);
        }
        any(self.layer.0).train(pass, weights, x, y, work);
    }

    fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
        any(self.layer.0).backward(pass, weights, step, work);
    }
}

/// Divides the first of the weights by its largest singular value, as u, the last of them, comes to know it.
fn normalize<T: Real>(threads: &Threads, weights: &mut Weights<T>, iterations: usize) {
    let Some((vector_u, layer)) = weights.variables_mut().split_last_mut() else { return };
    let kernel = layer[0].data();
    let columns = vector_u.data().len();
    let rows = kernel.len() / columns;
    if kernel.iter().all(|value| *value == T::zero()) {
        return;
    }
    let sigma = scratch::arrays([rows, columns], |[v, product]: [&mut [T]; 2]| {
        let kernel = Matrix::new(kernel, rows, columns);
        let times = |vector: &[T], matrix: Matrix<'_, T>, to: &mut [T]| {
            let (vector, columns) = (Matrix::new(vector, 1, vector.len()), to.len());
            gemm(threads, vector, matrix, to, columns, Write::Overwrite, &Epilogue::none());
        };
        let u = vector_u.data_mut();
        for _ in 0..iterations {
            times(u, kernel.transposed(), v);
            make_unit(v);
            times(v, kernel, product);
            u.copy_from_slice(product);
            make_unit(u);
        }
        each::sum_of([product, u], |[a, b]| a * b)
    });
    each::scale(threads, layer[0].data_mut(), T::one() / sigma);
}

/// Gives a vector length 1, unless it is almost 0.
fn make_unit<T: Real>(vector: &mut [T]) {
    let length = each::sum_of([vector], |[value]| value * value).sqrt();
    let factor = (T::one() / length).min(T::of(LONGEST));
    vector.iter_mut().for_each(|value| *value *= factor);
}

#[cfg(test)]
super::conformance::cases!(SpectralNormalization: (image(2), 0..5usize, 1..3usize) => |(input, which, power_iterations)| {
    use formwork_shape::{Activation, Inner, Layer, layers};
    const INNER: [Layer; 5] = [
        Layer::Conv2D(layers::Conv2D { filters: 3, kernel_size: [2, 1], ..layers::Conv2D::TEMPLATE }),
        Layer::Conv2DTranspose(layers::Conv2DTranspose { filters: 2, kernel_size: [2, 2], ..layers::Conv2DTranspose::TEMPLATE }),
        Layer::DepthwiseConv2D(layers::DepthwiseConv2D { kernel_size: [1, 2], depth_multiplier: 2, ..layers::DepthwiseConv2D::TEMPLATE }),
        Layer::Dense(layers::Dense { units: 3, activation: Activation::Tanh, ..layers::Dense::TEMPLATE }),
        Layer::Embedding(layers::Embedding { input_dim: 4, output_dim: 3, ..layers::Embedding::TEMPLATE }),
    ];
    let input = if which == 3 { formwork_shape::Shape::new(&[input.last()]) } else { input };
    let case = Case::new(SpectralNormalization { layer: Inner(&INNER[which]), power_iterations }, [input]);
    if which == 4 { case.of_ids(4) } else { case }
});
