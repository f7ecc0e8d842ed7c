//! What the separable convolutions share: a convolution of single channels, then one of single places.

use formwork_shape::{Activation, Padding, Shape};

use super::convolution::{ConvWork, Convolution};
use super::{activate, columns};
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Pass};
use crate::kernels::Write;
use crate::kernels::conv::{self, Gradient, Taps};
use crate::kernels::gemm::{Activate, Epilogue, KeptRight, Matrix, Way, gemm, gemm_with};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

/// The settings of a separable convolution with any number of spatial axes.
pub(super) struct Separable<'a> {
    pub kernel_size: &'a [usize],
    pub strides: &'a [usize],
    pub dilation_rate: &'a [usize],
    pub padding: Padding,
    pub depth_multiplier: usize,
    pub use_bias: bool,
    pub activation: Activation,
}

/// The image in between, its gradient, the second kernel in other forms, and what the activation keeps.
#[derive(Default)]
pub(super) struct SeparableWork<T> {
    between: Buffer<T>,
    d: Buffer<T>,
    pointwise: KeptRight<T>,
    end: ConvWork<T>,
}

impl Separable<'_> {
    fn depthwise(&self, channels: usize) -> Convolution<'_> {
        Convolution {
            kernel_size: self.kernel_size,
            strides: self.strides,
            dilation_rate: self.dilation_rate,
            padding: self.padding,
            groups: channels,
            filters: channels * self.depth_multiplier,
            use_bias: false,
            activation: Activation::Linear,
            transposed: false,
        }
    }

    /// The shape in between.
    fn between(&self, x: &Shape, y: &Shape) -> Shape {
        y.with(y.rank() - 1, x.last() * self.depth_multiplier)
    }

    pub fn infer<T: Real>(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        x: &View<'_, T>,
        y: &mut ViewMut<'_, T>,
        work: &mut SeparableWork<T>,
    ) {
        self.product(pass, weights, x, y, Some(&activate::fused(pass.threads.level(), self.activation)), work);
        let width = y.last();
        activate::finish(pass.threads, self.activation, y.data, width);
    }

    pub fn train<T: Real>(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        x: &View<'_, T>,
        y: &mut ViewMut<'_, T>,
        work: &mut SeparableWork<T>,
    ) {
        if !self.activation.reads_input() {
            return self.infer(pass, weights, x, y, work);
        }
        self.product(pass, weights, x, y, None, work);
        let width = y.last();
        work.end.kept.forward(pass.threads, self.activation, y.data, width);
    }

    fn product<T: Real>(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        x: &View<'_, T>,
        y: &mut ViewMut<'_, T>,
        activate: Option<&dyn Activate<T>>,
        work: &mut SeparableWork<T>,
    ) {
        let shape = self.between(x.shape(), y.shape());
        let between = work.between.take(pass.batch * shape.size());
        let sizes = self.depthwise(x.last()).sizes(pass.batch, x.shape(), &shape);
        conv::forward(pass.threads, &sizes, x.data(), Taps::passing(weights.data(0)), between, &Epilogue::none());
        let (inner, filters) = (shape.last(), y.last());
        let rows = Matrix::new(between, between.len() / inner, inner);
        let kernel = Matrix::new(weights.data(1), inner, filters);
        let kernel = work.pointwise.right(pass.threads, weights.stamp(1), kernel, rows.rows, [Way::Straight; 2]);
        let epilogue = Epilogue { bias: self.use_bias.then(|| weights.data(2)), activate };
        gemm_with(pass.threads, rows, kernel, y.data, filters, Write::Overwrite, &epilogue);
    }

    pub fn backward<T: Real>(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        mut step: Backward<'_, '_, T>,
        work: &mut SeparableWork<T>,
    ) {
        let (x, y) = (&step.x[0], step.dy[0].shape());
        let shape = self.between(x.shape(), y);
        let (inner, filters) = (shape.last(), y.last());
        let SeparableWork { between, d: room, end, .. } = work;
        let d = end.kept.back(pass.threads, self.activation, step.y[0].data(), step.dy[0].data(), filters);
        let rows = Matrix::new(d, d.len() / filters, filters);
        let between = between.get(pass.batch * shape.size());
        let dbetween = room.take(between.len());
        let kernel = Matrix::new(weights.data(1), inner, filters).transposed();
        gemm(pass.threads, rows, kernel, dbetween, inner, Write::Overwrite, &Epilogue::none());

        let sizes = self.depthwise(x.last()).sizes(pass.batch, x.shape(), &shape);
        let dbetween = Gradient::plain(dbetween);
        if step.dw.is_wanted() {
            let (depthwise, write) = (step.dw.next(weights.data(0).len()), step.dw.write());
            conv::weight_gradient(pass.threads, &sizes, x.data(), &dbetween, depthwise, None, write);
            let columns = Matrix::new(between, between.len() / inner, inner).transposed();
            gemm(pass.threads, columns, rows, step.dw.next(inner * filters), filters, write, &Epilogue::none());
            if self.use_bias {
                columns::add_up(pass.threads, d, &mut end.partial, (step.dw.next(filters), write));
            }
        }
        if let Some((dx, write)) = step.dx[0].target() {
            let taps = Taps::passing(weights.data(0));
            conv::input_gradient(pass.threads, &sizes, &dbetween, taps, dx, write, &Epilogue::none());
        }
    }
}

/// The kernel of a separable convolution over so many axes, whose kernels have this dimension.
macro_rules! kernel {
    ($layer:ident, $rank:literal, $Dim:ident) => {
        $crate::weights::named_weights! {
            $layer {
                depthwise_kernel / depthwise_kernel_mut: $Dim,
                pointwise_kernel / pointwise_kernel_mut: $Dim,
                bias / bias_mut: Ix1 optional,
            }
        }

        impl<T: $crate::Real> $crate::kernel::Kernel<T> for formwork_shape::layers::$layer {
            fn infer(
                &self,
                pass: &$crate::kernel::Pass<'_>,
                weights: &$crate::weights::Weights<T>,
                x: &[$crate::view::View<'_, T>],
                y: &mut [$crate::view::ViewMut<'_, T>],
                work: &mut $crate::kernel::Work,
            ) {
                separable(self).infer(pass, weights, &x[0], &mut y[0], work.of());
            }

            fn train(
                &self,
                pass: &$crate::kernel::Pass<'_>,
                weights: &mut $crate::weights::Weights<T>,
                x: &[$crate::view::View<'_, T>],
                y: &mut [$crate::view::ViewMut<'_, T>],
                work: &mut $crate::kernel::Work,
            ) {
                separable(self).train(pass, weights, &x[0], &mut y[0], work.of());
            }

            fn backward(
                &self,
                pass: &$crate::kernel::Pass<'_>,
                weights: &$crate::weights::Weights<T>,
                step: $crate::kernel::Backward<'_, '_, T>,
                work: &mut $crate::kernel::Work,
            ) {
                separable(self).backward(pass, weights, step, work.of());
            }
        }

        fn separable(layer: &formwork_shape::layers::$layer) -> super::separable::Separable<'_> {
            super::separable::Separable {
                kernel_size: &layer.kernel_size,
                strides: &layer.strides,
                dilation_rate: &layer.dilation_rate,
                padding: layer.padding,
                depth_multiplier: layer.depth_multiplier,
                use_bias: layer.use_bias,
                activation: layer.activation,
            }
        }
    };
}

pub(super) use kernel;
