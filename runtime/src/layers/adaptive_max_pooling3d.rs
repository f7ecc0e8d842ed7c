super::adaptive::max_kernel!(AdaptiveMaxPooling3D, 3);
