super::adaptive::max_kernel!(AdaptiveMaxPooling2D, 2);
