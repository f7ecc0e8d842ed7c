//! What every layer does with a mask, beside what Keras does: `supports_masking` and `compute_mask` of its class.

use formwork_shape::Masking::{
    Attends, Ends, MakesOfIds, MakesOfSteps, Merges, Passes, PassesAndReadsGiven, Reads, ReadsAndPasses,
};
use formwork_shape::{Arg, Layer, Masking, OPERATORS};

/// The layers whose classes support masks in Keras; a mask ends at all others, with a warning there and a lint here.
/// Dot supports masks too, but its `compute_mask` has none to give.
const KERAS: &[(&str, Masking)] = &[
    ("Activation", Passes),
    ("ActivityRegularization", Passes),
    ("Add", Merges),
    ("AdditiveAttention", Attends),
    ("AlphaDropout", Passes),
    ("Attention", Attends),
    ("Average", Merges),
    ("BatchNormalization", ReadsAndPasses),
    ("Bidirectional", Reads),
    ("ConvLSTM1D", Reads),
    ("ConvLSTM2D", Reads),
    ("ConvLSTM3D", Reads),
    ("Dropout", Passes),
    ("ELU", Passes),
    ("GaussianDropout", Passes),
    ("GaussianNoise", Passes),
    ("GlobalAveragePooling1D", Reads),
    ("GRU", Reads),
    ("GroupNormalization", Passes),
    ("GroupQueryAttention", Attends),
    ("Identity", Passes),
    ("LSTM", Reads),
    ("LayerNormalization", Passes),
    ("LeakyReLU", Passes),
    ("Masking", MakesOfSteps),
    ("Maximum", Merges),
    ("Minimum", Merges),
    ("MultiHeadAttention", Attends),
    ("Multiply", Merges),
    ("Normalization", Passes),
    ("PReLU", Passes),
    ("ReLU", Passes),
    ("Rescaling", Passes),
    ("SimpleRNN", Reads),
    ("Softmax", PassesAndReadsGiven),
    ("SpatialDropout1D", Passes),
    ("SpatialDropout2D", Passes),
    ("SpatialDropout3D", Passes),
    ("Subtract", Merges),
    ("TimeDistributed", Passes),
    ("UnitNormalization", Passes),
];

/// The default layer of that name, around an LSTM where it takes a layer.
fn layer(name: &str) -> Layer {
    let mut layer = Layer::named(name).expect("it is in the list of names");
    if name == "Bidirectional" {
        assert!(layer.set(0, &Arg::Layer(Box::leak(Box::new(Layer::named("LSTM").expect("it is a layer"))))));
    }
    layer
}

/// The same with an argument set.
fn with(name: &str, argument: &str, value: &Arg<'_>) -> Layer {
    let mut layer = layer(name);
    let index = layer.fields().iter().position(|field| field.name == argument).expect("the layer has this argument");
    assert!(layer.set(index, value), "{name} takes {argument}");
    layer
}

#[test]
fn masks_go_as_in_keras() {
    for name in Layer::NAMES.iter().filter(|name| !OPERATORS.contains(name) && **name != "Concatenate") {
        let wanted = KERAS.iter().find(|(class, _)| class == name).map_or(Ends, |(_, masking)| *masking);
        assert_eq!(layer(name).facts().masking, wanted, "{name}");
    }
    let known = |class: &str| Layer::NAMES.contains(&class);
    assert!(KERAS.iter().all(|(class, _)| known(class)), "the table names a layer that there is not");
}

#[test]
fn settings_decide_where_masks_go() {
    for name in ["SimpleRNN", "GRU", "LSTM", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"] {
        assert_eq!(with(name, "return_sequences", &Arg::Bool(true)).facts().masking, ReadsAndPasses, "{name}");
    }
    assert_eq!(layer("Embedding").facts().masking, Ends);
    assert_eq!(with("Embedding", "mask_zero", &Arg::Bool(true)).facts().masking, MakesOfIds);
}
