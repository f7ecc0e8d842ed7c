use super::conv_lstm;

conv_lstm::kernel!(ConvLSTM2D, Ix4);

#[cfg(test)]
conv_lstm::cases!(ConvLSTM2D, 2);
