use super::spatial_dropout;
use crate::layer::layer;
use crate::DataFormat;

layer! {
    /// In training sets a share of the channels of each sample to 0, at all their places, and divides the others by
    /// `1 - rate`; at inference `y = x`.
    ///
    /// Input: `[height, width, channels]`. Output: the same shape. Weights: none. Errors: another number of axes, a rate outside of
    /// 0..1. From: Tompson, Goroshin, Jain, LeCun, Bregler, "Efficient Object Localization Using Convolutional Networks",
    /// 2014.
    SpatialDropout2D {
        /// The share that is dropped, in 0..1.
        rate: f64,
        /// Which axis holds the channels.
        data_format: DataFormat = DataFormat::ChannelsLast,
        /// Makes the random numbers of training those of this seed, whatever the seed of the model.
        seed: Option<usize> = None,
    }
}

spatial_dropout::rule!(SpatialDropout2D, 2);
