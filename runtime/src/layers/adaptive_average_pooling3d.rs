super::adaptive::average_kernel!(AdaptiveAveragePooling3D, 3);
