super::adaptive::average_kernel!(AdaptiveAveragePooling2D, 2);
