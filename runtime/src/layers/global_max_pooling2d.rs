super::global_pooling::max_kernel!(GlobalMaxPooling2D, 2);
