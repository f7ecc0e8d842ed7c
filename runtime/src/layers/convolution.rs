//! What the convolutions share: their sizes, their ends, and their gradients.

use formwork_shape::{Activation, Padding, Shape, Window};

use super::activate::{self, Kept};
use super::{columns, each};
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Pass};
use crate::kernels::Write;
use crate::kernels::conv::{self, Conv};
use crate::kernels::gemm::{Activate, Epilogue};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

/// The settings of a convolution with any number of spatial axes.
#[derive(Clone, Copy)]
pub(super) struct Convolution<'a> {
    pub kernel_size: &'a [usize],
    pub strides: &'a [usize],
    pub dilation_rate: &'a [usize],
    pub padding: Padding,
    pub groups: usize,
    pub use_bias: bool,
    pub activation: Activation,
    /// Do the images change places: is the output what the convolution reads?
    pub transposed: bool,
}

/// What the activation keeps, and room.
#[derive(Default)]
pub(super) struct ConvWork<T> {
    pub kept: Kept<T>,
    pub partial: Buffer<T>,
    dx: Buffer<T>,
}

impl Convolution<'_> {
    /// The sizes of the convolution that reads `from` and writes `to`.
    pub fn sizes(&self, batch: usize, from: &Shape, to: &Shape) -> Conv {
        let axes = self.kernel_size.len();
        // Fewer than three axes are the last ones.
        let place = |values: &dyn Fn(usize) -> usize, other: usize| {
            std::array::from_fn(|k| if k + axes < 3 { other } else { values(k + axes - 3) })
        };
        let before = |k: usize| {
            let window = Window { size: self.kernel_size[k], stride: self.strides[k], dilation: self.dilation_rate[k] };
            window.pad_before(from.dim(k), self.padding)
        };
        Conv {
            batch,
            input: place(&|k| from.dim(k), 1),
            channels: from.last(),
            filters: to.last(),
            kernel: place(&|k| self.kernel_size[k], 1),
            strides: place(&|k| self.strides[k], 1),
            dilation: place(&|k| self.dilation_rate[k], 1),
            pad_before: place(&before, 0),
            output: place(&|k| to.dim(k), 1),
            groups: self.groups,
        }
    }

    pub fn infer<T: Real>(&self, pass: &Pass<'_>, weights: &Weights<T>, x: &View<'_, T>, y: &mut ViewMut<'_, T>) {
        self.product(pass, weights, x, y, Some(&activate::fused(pass.threads.level(), self.activation)));
        let width = y.last();
        activate::finish(pass.threads, self.activation, y.data, width);
    }

    pub fn train<T: Real>(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        x: &View<'_, T>,
        y: &mut ViewMut<'_, T>,
        work: &mut ConvWork<T>,
    ) {
        if !self.activation.reads_input() {
            return self.infer(pass, weights, x, y);
        }
        self.product(pass, weights, x, y, None);
        work.kept.keep(self.activation, y.data);
        let width = y.last();
        activate::forward(pass.threads, self.activation, y.data, width);
    }

    fn product<'a, T: Real>(
        &self,
        pass: &Pass<'_>,
        weights: &'a Weights<T>,
        x: &View<'_, T>,
        y: &mut ViewMut<'_, T>,
        activate: Option<&'a Activate<T>>,
    ) {
        let epilogue = Epilogue { bias: self.use_bias.then(|| weights.data(1)), activate };
        if self.transposed {
            let sizes = self.sizes(x.batch(), y.shape(), x.shape());
            conv::input_gradient(pass.threads, &sizes, x.data(), weights.data(0), y.data, Write::Overwrite, &epilogue);
        } else {
            let sizes = self.sizes(x.batch(), x.shape(), y.shape());
            conv::forward(pass.threads, &sizes, x.data(), weights.data(0), y.data, &epilogue);
        }
    }

    pub fn backward<T: Real>(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        mut step: Backward<'_, '_, T>,
        work: &mut ConvWork<T>,
    ) {
        let ConvWork { kept, partial, dx: room } = work;
        let (x, y) = (&step.x[0], step.dy[0].shape());
        let d = kept.back(pass.threads, self.activation, step.y[0].data(), step.dy[0].data(), y.last());
        let (kernel, write) = (step.dw.next(weights.data(0).len()), step.dw.write());
        if self.transposed {
            let sizes = self.sizes(x.batch(), y, x.shape());
            conv::weight_gradient(pass.threads, &sizes, d, x.data(), kernel, write);
            if let Some((dx, write)) = step.dx[0].target() {
                match write {
                    Write::Overwrite => conv::forward(pass.threads, &sizes, d, weights.data(0), dx, &Epilogue::none()),
                    Write::Add => {
                        let more = room.take(dx.len());
                        conv::forward(pass.threads, &sizes, d, weights.data(0), more, &Epilogue::none());
                        each::map(pass.threads, Write::Add, dx, more, |more| more);
                    }
                }
            }
        } else {
            let sizes = self.sizes(x.batch(), x.shape(), y);
            conv::weight_gradient(pass.threads, &sizes, x.data(), d, kernel, write);
            if let Some((dx, write)) = step.dx[0].target() {
                conv::input_gradient(pass.threads, &sizes, d, weights.data(0), dx, write, &Epilogue::none());
            }
        }
        if self.use_bias {
            columns::add_up(pass.threads, d, partial, (step.dw.next(y.last()), write));
        }
    }
}

/// The kernel of a layer that is one convolution.
macro_rules! kernel {
    ($layer:ident, groups: $groups:expr, transposed: $transposed:expr) => {
        impl<T: crate::Real> crate::kernel::Kernel<T> for formwork_shape::layers::$layer {
            fn infer(
                &self,
                pass: &crate::kernel::Pass<'_>,
                weights: &crate::weights::Weights<T>,
                x: &[crate::view::View<'_, T>],
                y: &mut [crate::view::ViewMut<'_, T>],
                _: &mut crate::kernel::Work,
            ) {
                convolution(self, &x[0]).infer(pass, weights, &x[0], &mut y[0]);
            }

            fn train(
                &self,
                pass: &crate::kernel::Pass<'_>,
                weights: &mut crate::weights::Weights<T>,
                x: &[crate::view::View<'_, T>],
                y: &mut [crate::view::ViewMut<'_, T>],
                work: &mut crate::kernel::Work,
            ) {
                convolution(self, &x[0]).train(pass, weights, &x[0], &mut y[0], work.of());
            }

            fn backward(
                &self,
                pass: &crate::kernel::Pass<'_>,
                weights: &crate::weights::Weights<T>,
                step: crate::kernel::Backward<'_, '_, T>,
                work: &mut crate::kernel::Work,
            ) {
                convolution(self, &step.x[0]).backward(pass, weights, step, work.of());
            }
        }

        fn convolution<'a, T>(
            layer: &'a formwork_shape::layers::$layer,
            x: &crate::view::View<'_, T>,
        ) -> crate::layer_kernels::convolution::Convolution<'a> {
            let groups: fn(&formwork_shape::layers::$layer, usize) -> usize = $groups;
            crate::layer_kernels::convolution::Convolution {
                kernel_size: &layer.kernel_size,
                strides: &layer.strides,
                dilation_rate: &layer.dilation_rate,
                padding: layer.padding,
                groups: groups(layer, x.last()),
                use_bias: layer.use_bias,
                activation: layer.activation,
                transposed: $transposed,
            }
        }
    };
}

pub(super) use kernel;
