super::pooling::average_kernel!(AveragePooling2D, 2);
