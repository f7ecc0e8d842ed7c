super::adaptive::average_kernel!(AdaptiveAveragePooling1D, 1);
