super::pooling::average_kernel!(AveragePooling1D, 1);
