//! What the poolings share: windows over up to three spatial axes.

use formwork_shape::{Padding, Shape};

use crate::Real;
use crate::kernel::{Backward, Pass, Work};
use crate::kernels::window::{self, Window};
use crate::view::{View, ViewMut};

/// The settings of a pooling with any number of spatial axes.
#[derive(Clone, Copy)]
pub(super) struct Pooling<'a> {
    pub pool_size: &'a [usize],
    pub strides: &'a [usize],
    pub padding: Padding,
}

/// Which place won for each output in the last training step.
#[derive(Default)]
struct Winners {
    places: Vec<u32>,
}

impl Pooling<'_> {
    /// The windows over inputs of shape `x` with outputs of shape `y`; fewer than three axes are the last ones.
    pub fn window(&self, batch: usize, x: &Shape, y: &Shape) -> Window {
        let axes = self.pool_size.len();
        let place = |values: &dyn Fn(usize) -> usize, other: usize| {
            std::array::from_fn(|k| if k + axes < 3 { other } else { values(k + axes - 3) })
        };
        let before = |k: usize| {
            let (size, stride) = (self.pool_size[k], self.strides[k]);
            formwork_shape::Window { size, stride, dilation: 1 }.pad_before(x.dim(k), self.padding)
        };
        Window {
            batch,
            input: place(&|k| x.dim(k), 1),
            channels: x.last(),
            pool: place(&|k| self.pool_size[k], 1),
            strides: place(&|k| self.strides[k], 1),
            pad_before: place(&before, 0),
            output: place(&|k| y.dim(k), 1),
        }
    }

    /// The mean of each window; padding does not count.
    pub fn average<T: Real>(&self, pass: &Pass<'_>, x: &View<'_, T>, y: &mut ViewMut<'_, T>) {
        let window = self.window(x.batch(), x.shape(), y.shape());
        window::average_forward(pass.threads, &window, x.data(), y.data);
    }

    /// Every place of a window has an equal share of its gradient.
    pub fn average_backward<T: Real>(&self, pass: &Pass<'_>, step: Backward<'_, '_, T>) {
        let Some((dx, write)) = step.dx[0].target() else { return };
        let dy = &step.dy[0];
        let window = self.window(dy.batch(), step.x[0].shape(), dy.shape());
        window::average_backward(pass.threads, &window, dy.data(), dx, write);
    }

    /// The largest value of each window.
    pub fn max<T: Real>(&self, pass: &Pass<'_>, x: &View<'_, T>, y: &mut ViewMut<'_, T>) {
        let window = self.window(x.batch(), x.shape(), y.shape());
        window::max_forward(pass.threads, &window, x.data(), y.data, None);
    }

    /// The largest value of each window, and where it is, for the way back.
    pub fn max_noted<T: Real>(&self, pass: &Pass<'_>, x: &View<'_, T>, y: &mut ViewMut<'_, T>, work: &mut Work) {
        let window = self.window(x.batch(), x.shape(), y.shape());
        let places = &mut work.of::<Winners>().places;
        places.resize(y.data.len(), 0);
        window::max_forward(pass.threads, &window, x.data(), y.data, Some(places));
    }

    /// The place that won has all of the gradient.
    pub fn max_backward<T: Real>(&self, pass: &Pass<'_>, step: Backward<'_, '_, T>, work: &mut Work) {
        let Some((dx, write)) = step.dx[0].target() else { return };
        let dy = &step.dy[0];
        let window = self.window(dy.batch(), step.x[0].shape(), dy.shape());
        let places = &work.of::<Winners>().places;
        window::max_backward(pass.threads, &window, places, dy.data(), dx, write);
    }
}

/// The settings of a pooling layer.
macro_rules! settings {
    ($layer:expr) => {
        $crate::layer_kernels::pooling::Pooling {
            pool_size: &$layer.pool_size,
            strides: $layer.strides.as_ref().unwrap_or(&$layer.pool_size),
            padding: $layer.padding,
        }
    };
}

/// The kernel of a pooling that averages over so many axes.
macro_rules! average_kernel {
    ($layer:ident, $rank:literal) => {
        super::plain::kernel!(
            $layer, |layer, pass, work|
            infer(x, y) => super::pooling::settings!(layer).average(pass, &x[0], &mut y[0]),
            backward(step) => super::pooling::settings!(layer).average_backward(pass, step),
        );
        super::pooling::cases!($layer, $rank);
    };
}

/// The kernel of a pooling that takes the largest over so many axes.
macro_rules! max_kernel {
    ($layer:ident, $rank:literal) => {
        super::plain::kernel!(
            $layer, |layer, pass, work|
            infer(x, y) => super::pooling::settings!(layer).max(pass, &x[0], &mut y[0]),
            train => super::pooling::settings!(layer).max_noted(pass, &x[0], &mut y[0], work),
            backward(step) => super::pooling::settings!(layer).max_backward(pass, step, work),
        );

        impl $crate::kernel::MaxPool for formwork_shape::layers::$layer {
            fn window(
                &self,
                batch: usize,
                x: &formwork_shape::Shape,
                y: &formwork_shape::Shape,
            ) -> $crate::kernels::window::Window {
                super::pooling::settings!(self).window(batch, x, y)
            }
        }

        super::pooling::cases!($layer, $rank);
    };
}

macro_rules! cases {
    ($layer:ident, $rank:literal) => {
        #[cfg(test)]
        use formwork_shape::layers::$layer;

        #[cfg(test)]
        super::conformance::cases!($layer: (image($rank), window($rank), any::<bool>()) => |(input, window, apart)| {
            let (pool_size, strides, _, padding) = window.settings::<$rank>(false);
            let strides = apart.then_some(strides);
            Case::new($layer { pool_size, strides, padding, ..$layer::TEMPLATE }, [input])
        });
    };
}

pub(super) use {average_kernel, cases, max_kernel, settings};
