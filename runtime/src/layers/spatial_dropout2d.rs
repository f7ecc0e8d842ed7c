super::channel_dropout::kernel!(SpatialDropout2D, 2);
