#![deny(warnings, missing_docs)]
//! A crate that documents everything.

use formwork::prelude::*;

/// Models.
pub mod models {
    use formwork::prelude::*;

    model!(
        /// A model that everybody sees.
        ///
        /// With two lines.
        pub fn Public(x: Input<8>) -> Output<1> {
            Dense(1)(x)
        }
    );

    model!(
        /// A model of this crate.
        #[allow(dead_code)]
        #[must_use]
        pub(crate) fn Inner(x: Input<8>) -> Output<1> {
            Dense(1)(x)
        }
    );
}

model!(
    fn Private(x: Input<8>) -> Output<2> {
        Dense(2)(x)
    }
);

fn main() {
    const { assert!(models::Public::<f32>::PARAMS + models::Inner::<f32>::PARAMS == Private::<f32>::PARAMS) };
    let model = models::Inner::new(1);
    assert_eq!(format!("{:?}", model.clone()), "Inner { parameters: 9, .. }");
}
