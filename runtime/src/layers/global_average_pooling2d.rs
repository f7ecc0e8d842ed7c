super::global_pooling::average_kernel!(GlobalAveragePooling2D, 2);
