use super::conv_lstm;

conv_lstm::kernel!(ConvLSTM1D, Ix3);

#[cfg(test)]
conv_lstm::cases!(ConvLSTM1D, 1);
