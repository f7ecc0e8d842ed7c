super::global_pooling::max_kernel!(GlobalMaxPooling1D, 1);
