super::pooling::average_kernel!(AveragePooling3D, 3);
