//! Kernels of layers without weights, written as two or three expressions.

/// What a layer without weights computes for `x`, in training too unless that has an expression of its own, and how the
/// gradients of a step go back.
macro_rules! kernel {
    (
        $layer:ident, |$this:ident, $pass:ident, $work:ident|
        infer($x:ident, $y:ident) => $infer:expr,
        $(train => $train:expr,)?
        backward($step:ident) => $backward:expr $(,)?
    ) => {
        #[allow(unused_variables, reason = "few expressions need all that there is")]
        impl<T: $crate::Real> $crate::kernel::Kernel<T> for formwork_shape::layers::$layer {
            fn infer(
                &self,
                $pass: &$crate::kernel::Pass<'_>,
                _: &$crate::weights::Weights<T>,
                $x: &[$crate::view::View<'_, T>],
                $y: &mut [$crate::view::ViewMut<'_, T>],
                _: &mut $crate::kernel::Work,
            ) {
                let $this = self;
                $infer
            }

            $(fn train(
                &self,
                $pass: &$crate::kernel::Pass<'_>,
                _: &mut $crate::weights::Weights<T>,
                $x: &[$crate::view::View<'_, T>],
                $y: &mut [$crate::view::ViewMut<'_, T>],
                $work: &mut $crate::kernel::Work,
            ) {
                let $this = self;
                $train
            })?

            fn backward(
                &self,
                $pass: &$crate::kernel::Pass<'_>,
                _: &$crate::weights::Weights<T>,
                $step: $crate::kernel::Backward<'_, '_, T>,
                $work: &mut $crate::kernel::Work,
            ) {
                let $this = self;
                $backward
            }
        }
    };
}

/// The kernel of a layer whose output has the numbers of its input, in another shape or in the same.
macro_rules! same_numbers {
    ($layer:ident) => {
        super::plain::kernel!($layer, |this, pass, work|
            infer(x, y) => {
                // Ids are not copied: the output is the input's memory.
                if x[0].id_data().is_empty() {
                    super::each::copy(pass.threads, y[0].data, x[0].data());
                }
            },
            backward(step) => {
                let Some((dx, write)) = step.dx[0].target() else { return };
                super::each::map(pass.threads, write, dx, step.dy[0].data(), |dy| dy);
            },
        );
    };
}

pub(super) use {kernel, same_numbers};
