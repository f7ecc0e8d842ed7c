super::channel_dropout::kernel!(SpatialDropout3D, 3);
