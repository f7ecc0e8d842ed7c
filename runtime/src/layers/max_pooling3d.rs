super::pooling::max_kernel!(MaxPooling3D, 3);
