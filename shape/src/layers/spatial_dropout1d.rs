use super::spatial_dropout;
use crate::layer::layer;

layer! {
    /// In training sets a share of the channels of each sample to 0, at all their places, and divides the others by
    /// `1 - rate`; at inference `y = x`.
    ///
    /// Input: `[steps, features]`. Output: the same shape. Weights: none. Errors: another number of axes, a rate outside of
    /// 0..1. From: Tompson, Goroshin, Jain, LeCun, Bregler, "Efficient Object Localization Using Convolutional Networks",
    /// 2014.
    SpatialDropout1D {
        /// The share that is dropped, in 0..1.
        rate: f64,
        /// Makes the random numbers of training those of this seed, whatever the seed of the model.
        seed: Option<usize> = None,
    }
}

spatial_dropout::rule!(SpatialDropout1D, 1);
