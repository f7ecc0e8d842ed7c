//! Models that Keras' users write, with the totals that Keras counts; each takes a step against its gradient.

#[path = "examples/generative.rs"]
mod generative;
#[path = "examples/series.rs"]
mod series;
#[path = "examples/tables.rs"]
mod tables;
#[path = "examples/text.rs"]
mod text;
#[path = "examples/vision.rs"]
mod vision;

use formwork_tests::{Samples, a_step_lowers_the_loss};

macro_rules! examples {
    ($($test:ident: $module:ident::$model:ident, $total:expr $(, $length:literal steps)?;)*) => { $(
        #[test]
        fn $test() {
            assert_eq!($module::$model::<f32>::PARAMS, $total);
            $(
                let samples = Samples::random::<$module::$model<f64>>(2, $length, 5);
                a_step_lowers_the_loss(&mut $module::$model::<f64>::seeded(3), &samples);
            )?
        }
    )* };
}

// The largest are built only.
examples! {
    autoencoder: generative::Auto, 50_992, 1 steps;
    convolutional_autoencoder: generative::ConvAuto, 4_385, 1 steps;
    variational_encoder: generative::Encoder, 69_076, 1 steps;
    variational_decoder: generative::Decoder, 65_089, 1 steps;
    variational_autoencoder: generative::Vae, 69_076 + 65_089, 1 steps;
    generator: generative::Generator, 2_330_944, 1 steps;
    discriminator: generative::Discriminator, 212_865, 1 steps;
    generator_of_a_class: generative::ConditionalGenerator, 1_169_336, 1 steps;
    text_by_convolutions: text::TextCnn, 2_806_273, 40 steps;
    text_by_windows: text::KimCnn, 5_988_302;
    text_by_several_kernels: text::ManyKernels, 69_393, 1 steps;
    text_both_ways: text::BiLstm, 2_757_761, 6 steps;
    translation_of_letters: text::Seq2Seq, 718_173, 5 steps;
    translation_with_attention: text::Seq2SeqGru, 373_492, 5 steps;
    translation_with_heads: text::Translate, 220_148, 5 steps;
    dilated_convolutions: series::WaveNet, 23_457, 40 steps;
    gated_convolutions: series::WaveNet2, (2 * 64 + 64) + 10 * (2 * (2 * 64 * 64 + 64) + 64 * 64 + 64) + (64 * 256 + 256) + (256 * 256 + 256);
    time_series: series::TimeSeries, 25_858, 1 steps;
    inception: vision::Inception, 149_114;
    squeeze_and_excite: vision::SqueezeExcite, 580, 1 steps;
    squeeze_and_excite_by_convolutions: vision::SqueezeExcite2, 580, 1 steps;
    xception: vision::XceptionLike, 2_731_065;
    dense_blocks: vision::DenseBlock, 29_226, 1 steps;
    scans: vision::Ct, 1_352_897;
    super_resolution: vision::SuperRes, 6_857, 1 steps;
    vision_transformer: vision::Vit, 21_759_012;
    next_frame: vision::NextFrame, 746_689, 3 steps;
    mixer: vision::Mixer, 300_298, 1 steps;
    recommendations: tables::Recommender, 51 * (610 + 9_724), 1 steps;
    wide_and_deep: tables::WideDeep, 6 * 30 + 30 + 30 * 30 + 30 + 36 + 31, 1 steps;
    siamese: tables::Siamese, 38_951_745;
    triplets: tables::Triplet, 784 * 128 + 128 + 128 * 32 + 32, 1 steps;
    three_tasks: tables::MultiTask, 20 * 64 + 64 + 3 * (64 * 16 + 16) + 17 * (1 + 4 + 1), 1 steps;
    mixture_of_experts: tables::Mmoe, 3 * (32 * 8 + 8) + 2 * (32 * 3 + 3 + 8 + 1), 1 steps;
    attention_pooling: tables::AttentionPooling, 65 + 64 * 5 + 5, 4 steps;
    highway: tables::Highway, 6 * (64 * 64 + 64) + 65, 1 steps;
    gated_residual: tables::Grn, 4 * (16 * 16 + 16) + 32, 1 steps;
    memory: tables::Memory, 24_750, 1 steps;
    films: tables::Video, 465_604, 3 steps;
    films_by_a_model: tables::Video2, (27 * 16 + 16) + 3 * 32 * (16 + 32 + 2) + (32 * 4 + 4), 1 steps;
    policy_and_value: tables::Policy, 4 * 128 + 128 + 129 * 3, 1 steps;
    dueling: tables::Dueling, 8 * 64 + 64 + 65 * 5, 1 steps;
}
