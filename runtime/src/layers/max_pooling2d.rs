super::pooling::max_kernel!(MaxPooling2D, 2);
