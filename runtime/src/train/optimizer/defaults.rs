//! Optimizers by default: with the learning rates that Keras gives them.

use super::{
    Adadelta, Adafactor, Adagrad, Adam, AdamW, Adamax, Ftrl, Lamb, Lion, Muon, Nadam, RMSprop, SGD, ScheduleFreeAdamW,
};

macro_rules! defaults {
    ($($optimizer:ident $rate:literal)*) => { $(
        impl Default for $optimizer {
            #[doc = concat!("With Keras' learning rate, ", $rate, ".")]
            fn default() -> Self {
                $optimizer::new($rate)
            }
        }
    )* };
}

defaults! {
    Adadelta 0.001
    Adafactor 0.001
    Adagrad 0.001
    Adam 0.001
    AdamW 0.001
    Adamax 0.001
    Ftrl 0.001
    Lamb 0.001
    Lion 0.001
    Muon 0.001
    Nadam 0.001
    RMSprop 0.001
    SGD 0.01
    ScheduleFreeAdamW 0.0025
}
