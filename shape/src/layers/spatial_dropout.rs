//! The rule that all spatial dropouts share.

/// The rule of a dropout of whole channels over so many axes.
macro_rules! rule {
    ($layer:ident, $rank:literal) => {
        impl $layer {
            /// The input's shape.
            pub const fn outputs(&self, x: &[$crate::In]) -> $crate::Rule {
                let input = $crate::layer::ok!(super::check::spatial($layer::NAME, $rank, x));
                $crate::layer::ok!(super::check::share($layer::NAME, "rate", self.rate));
                Ok($crate::Outs::one(input.shape))
            }

            $crate::layer::no_weights!();

            /// Nothing at inference.
            pub const fn flops(&self, _: &[$crate::In]) -> usize {
                0
            }

            /// Keeps which channels it dropped by itself.
            pub const fn facts(&self) -> $crate::Facts {
                $crate::Facts::PLAIN
                    .reading(false, false)
                    .stored($crate::Storage::InputAtInference)
                    .randomized_if(self.rate > 0.0)
                    .masking($crate::Masking::Passes)
            }
        }
    };
}

pub(super) use rule;
