super::global_pooling::average_kernel!(GlobalAveragePooling3D, 3);
