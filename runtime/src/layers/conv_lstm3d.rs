use super::conv_lstm;

conv_lstm::kernel!(ConvLSTM3D, Ix5);

#[cfg(test)]
conv_lstm::cases!(ConvLSTM3D, 3);
