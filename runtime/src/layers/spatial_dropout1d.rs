super::channel_dropout::kernel!(SpatialDropout1D, 1);
