super::global_pooling::max_kernel!(GlobalMaxPooling3D, 3);
