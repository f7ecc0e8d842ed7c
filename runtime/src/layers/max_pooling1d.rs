super::pooling::max_kernel!(MaxPooling1D, 1);
