super::adaptive::max_kernel!(AdaptiveMaxPooling1D, 1);
