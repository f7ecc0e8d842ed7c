//! What the convolutions share: their sizes, their ends, and their gradients.

use formwork_shape::{Activation, Padding, Shape, Window};

use super::activate::{self, Kept};
use super::batch_normalization::Folded;
use super::{columns, each};
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{After, Backward, Pass};
use crate::kernels::Write;
use crate::kernels::conv::{self, Conv, Gradient, Prepared, Taps};
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
    /// The channels of the output.
    pub filters: usize,
    pub use_bias: bool,
    pub activation: Activation,
    /// Do the images change places: is the output what the convolution reads?
    pub transposed: bool,
}

/// What the activation keeps, weights in other forms, and room.
#[derive(Default)]
pub(super) struct ConvWork<T> {
    pub kept: Kept<T>,
    pub partial: Buffer<T>,
    dx: Buffer<T>,
    forward: Prepared<T>,
    backward: Prepared<T>,
    folded: Folded<T>,
    /// Which place of its window each output of a pooling has.
    places: Vec<u8>,
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

    /// The output of an input of shape `from`.
    pub fn output(&self, from: &Shape) -> Shape {
        let mut shape = from.with(from.rank() - 1, self.filters);
        for (k, &size) in self.kernel_size.iter().enumerate() {
            let window = Window { size, stride: self.strides[k], dilation: self.dilation_rate[k] };
            shape = shape.with(k, window.output(from.dim(k), self.padding));
        }
        shape
    }

    pub fn infer<T: Real>(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        x: &View<'_, T>,
        y: &mut ViewMut<'_, T>,
        work: &mut ConvWork<T>,
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
        work: &mut ConvWork<T>,
    ) {
        if !self.activation.reads_input() {
            return self.infer(pass, weights, x, y, work);
        }
        self.product(pass, weights, x, y, None, work);
        let width = y.last();
        work.kept.forward(pass.threads, self.activation, y.data, width);
    }

    fn product<'a, T: Real>(
        &self,
        pass: &Pass<'_>,
        weights: &'a Weights<T>,
        x: &View<'_, T>,
        y: &mut ViewMut<'_, T>,
        activate: Option<&'a dyn Activate<T>>,
        work: &mut ConvWork<T>,
    ) {
        let epilogue = Epilogue { bias: self.use_bias.then(|| weights.data(1)), activate };
        let taps = Taps { values: weights.data(0), kept: Some((weights.stamp(0), &mut work.forward)) };
        if self.transposed {
            let sizes = self.sizes(x.batch(), y.shape(), x.shape());
            let x = Gradient::plain(x.data());
            conv::input_gradient(pass.threads, &sizes, &x, taps, y.data, Write::Overwrite, &epilogue);
        } else {
            let sizes = self.sizes(x.batch(), x.shape(), y.shape());
            conv::forward(pass.threads, &sizes, x.data(), taps, y.data, &epilogue);
        }
    }

    /// The convolution and what comes after it, at inference.
    pub fn infer_with<T: Real>(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        after: &After<'_, T>,
        x: &View<'_, T>,
        y: &mut ViewMut<'_, T>,
        work: &mut ConvWork<T>,
    ) {
        let ConvWork { forward, folded, .. } = work;
        let bias = self.use_bias.then_some(1);
        let (values, stamp, bias) = match after.normalization {
            Some((layer, statistics)) => folded.fold(layer, statistics, weights, bias),
            None => (weights.data(0), weights.stamp(0), bias.map(|bias| weights.data(bias))),
        };
        let taps = Taps { values, kept: Some((stamp, forward)) };
        self.with_pool(pass, taps, bias, after, x, y, None);
    }

    /// The convolution and the pooling after it, in training.
    pub fn train_with<T: Real>(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        after: &After<'_, T>,
        x: &View<'_, T>,
        y: &mut ViewMut<'_, T>,
        work: &mut ConvWork<T>,
    ) {
        let ConvWork { forward, places, .. } = work;
        let taps = Taps { values: weights.data(0), kept: Some((weights.stamp(0), forward)) };
        let bias = self.use_bias.then(|| weights.data(1));
        let places = after.pool.map(|_| {
            places.resize(y.data.len(), 0);
            places.as_mut_slice()
        });
        self.with_pool(pass, taps, bias, after, x, y, places);
    }

    /// The activation at the end: the layer's own, or one that follows.
    fn last_activation<T>(&self, after: &After<'_, T>) -> Activation {
        if self.activation == Activation::Linear { after.activation } else { self.activation }
    }

    #[allow(clippy::too_many_arguments, reason = "what training and inference share")]
    fn with_pool<T: Real>(
        &self,
        pass: &Pass<'_>,
        taps: Taps<'_, T>,
        bias: Option<&[T]>,
        after: &After<'_, T>,
        x: &View<'_, T>,
        y: &mut ViewMut<'_, T>,
        places: Option<&mut [u8]>,
    ) {
        let fused = activate::fused(pass.threads.level(), self.last_activation(after));
        let epilogue = Epilogue { bias, activate: Some(&fused) };
        let Some(pool) = after.pool else {
            let sizes = self.sizes(x.batch(), x.shape(), y.shape());
            return conv::forward(pass.threads, &sizes, x.data(), taps, y.data, &epilogue);
        };
        let between = self.output(x.shape());
        let (sizes, window) = (self.sizes(x.batch(), x.shape(), &between), pool.window(x.batch(), &between, y.shape()));
        conv::pooled_forward(pass.threads, &sizes, &window, x.data(), taps, y.data, places, &epilogue);
    }

    /// Back through the pooling and the convolution at once.
    pub fn backward_with<T: Real>(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        after: &After<'_, T>,
        step: Backward<'_, '_, T>,
        work: &mut ConvWork<T>,
    ) {
        let ConvWork { backward, places, .. } = work;
        let (x, dy) = (&step.x[0], &step.dy[0]);
        let between = self.output(x.shape());
        let activation = self.last_activation(after);
        let window = after.pool.map(|pool| pool.window(x.batch(), &between, dy.shape()));
        let gradient = Gradient {
            dy: dy.data(),
            activation: (activation != Activation::Linear).then(|| (activation, step.y[0].data())),
            pool: window.as_ref().map(|window| (window, &places[..dy.data().len()])),
        };
        let sizes = self.sizes(x.batch(), x.shape(), &between);
        self.gradients(pass, weights, &sizes, gradient, step, backward);
    }

    /// The gradients of the weights and of the input from that of the output.
    fn gradients<T: Real>(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        sizes: &Conv,
        gradient: Gradient<'_, T>,
        mut step: Backward<'_, '_, T>,
        prepared: &mut Prepared<T>,
    ) {
        let (wanted, write) = (step.dw.is_wanted(), step.dw.write());
        let kernel = step.dw.next(weights.data(0).len());
        let bias = self.use_bias.then(|| step.dw.next(sizes.filters));
        let x = step.x[0].data();
        let of_weights = |gradient: &Gradient<'_, T>| {
            if wanted {
                conv::weight_gradient(pass.threads, sizes, x, gradient, kernel, bias, write);
            }
        };
        let Some((dx, dx_write)) = step.dx[0].target() else {
            return of_weights(&gradient);
        };
        let taps = Taps { values: weights.data(0), kept: Some((weights.stamp(0), prepared)) };
        let both = |gradient: &Gradient<'_, T>| {
            of_weights(gradient);
            conv::input_gradient(pass.threads, sizes, gradient, taps, dx, dx_write, &Epilogue::none());
        };
        if gradient.is_taken_pooled(pass.threads, sizes) {
            return both(&gradient);
        }
        gradient.whole(pass.threads, sizes, |dy| both(&Gradient::plain(dy)));
    }

    pub fn backward<T: Real>(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        step: Backward<'_, '_, T>,
        work: &mut ConvWork<T>,
    ) {
        if self.transposed {
            return self.backward_of_transposed(pass, weights, step, work);
        }
        let ConvWork { kept, backward, .. } = work;
        let (x, dy) = (&step.x[0], step.dy[0]);
        let known = if self.activation.reads_input() { kept.input(dy.data().len()) } else { step.y[0].data() };
        let gradient = Gradient {
            dy: dy.data(),
            activation: (self.activation != Activation::Linear).then_some((self.activation, known)),
            pool: None,
        };
        let sizes = self.sizes(x.batch(), x.shape(), dy.shape());
        self.gradients(pass, weights, &sizes, gradient, step, backward);
    }

    fn backward_of_transposed<T: Real>(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        mut step: Backward<'_, '_, T>,
        work: &mut ConvWork<T>,
    ) {
        let ConvWork { kept, partial, dx: room, backward, .. } = work;
        let (x, y) = (&step.x[0], step.dy[0].shape());
        let d = kept.back(pass.threads, self.activation, step.y[0].data(), step.dy[0].data(), y.last());
        let (wanted, write) = (step.dw.is_wanted(), step.dw.write());
        let kernel = step.dw.next(weights.data(0).len());
        let sizes = self.sizes(x.batch(), y, x.shape());
        if wanted {
            conv::weight_gradient(pass.threads, &sizes, d, &Gradient::plain(x.data()), kernel, None, write);
        }
        if let Some((dx, write)) = step.dx[0].target() {
            let taps = Taps { values: weights.data(0), kept: Some((weights.stamp(0), backward)) };
            match write {
                Write::Overwrite => conv::forward(pass.threads, &sizes, d, taps, dx, &Epilogue::none()),
                Write::Add => {
                    let more = room.take(dx.len());
                    conv::forward(pass.threads, &sizes, d, taps, more, &Epilogue::none());
                    each::map(pass.threads, Write::Add, dx, more, |more| more);
                }
            }
        }
        if self.use_bias && wanted {
            columns::add_up(pass.threads, d, partial, (step.dw.next(y.last()), write));
        }
    }
}

/// The kernel of a layer that is one convolution.
macro_rules! kernel {
    ($layer:ident, groups: $groups:expr, filters: $filters:expr, transposed: $transposed:expr) => {
        impl<T: crate::Real> crate::kernel::Kernel<T> for formwork_shape::layers::$layer {
            fn infer(
                &self,
                pass: &crate::kernel::Pass<'_>,
                weights: &crate::weights::Weights<T>,
                x: &[crate::view::View<'_, T>],
                y: &mut [crate::view::ViewMut<'_, T>],
                work: &mut crate::kernel::Work,
            ) {
                convolution(self, &x[0]).infer(pass, weights, &x[0], &mut y[0], work.of());
            }

            fn infer_with(
                &self,
                pass: &crate::kernel::Pass<'_>,
                weights: &crate::weights::Weights<T>,
                after: &crate::kernel::After<'_, T>,
                x: &crate::view::View<'_, T>,
                y: &mut crate::view::ViewMut<'_, T>,
                work: &mut crate::kernel::Work,
            ) {
                convolution(self, x).infer_with(pass, weights, after, x, y, work.of());
            }

            fn train_with(
                &self,
                pass: &crate::kernel::Pass<'_>,
                weights: &mut crate::weights::Weights<T>,
                after: &crate::kernel::After<'_, T>,
                x: &crate::view::View<'_, T>,
                y: &mut crate::view::ViewMut<'_, T>,
                work: &mut crate::kernel::Work,
            ) {
                convolution(self, x).train_with(pass, weights, after, x, y, work.of());
            }

            fn backward_with(
                &self,
                pass: &crate::kernel::Pass<'_>,
                weights: &crate::weights::Weights<T>,
                after: &crate::kernel::After<'_, T>,
                step: crate::kernel::Backward<'_, '_, T>,
                work: &mut crate::kernel::Work,
            ) {
                convolution(self, &step.x[0]).backward_with(pass, weights, after, step, work.of());
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
            let filters: fn(&formwork_shape::layers::$layer, usize) -> usize = $filters;
            crate::layer_kernels::convolution::Convolution {
                kernel_size: &layer.kernel_size,
                strides: &layer.strides,
                dilation_rate: &layer.dilation_rate,
                padding: layer.padding,
                groups: groups(layer, x.last()),
                filters: filters(layer, x.last()),
                use_bias: layer.use_bias,
                activation: layer.activation,
                transposed: $transposed,
            }
        }
    };
}

pub(super) use kernel;
