//! The built-in layers. A new one is its file here, its kernel in the runtime, and one line in each of the two lists.

mod attend;
mod channelwise;
mod check;
mod conv;
mod conv_lstm;
mod conv_transpose;
mod norm;
mod pool;
mod recurrent;
mod sides;
mod spatial_dropout;

use crate::{Comparison, Function, Operator, Reducer};

/// Declares the layers and everything that goes through all of them.
macro_rules! layers {
    ($($module:ident::$name:ident),* $(,)?) => {
        $(mod $module;)*
        $(pub use $module::$name;)*

        /// Any built-in layer with its arguments.
        #[derive(Clone, Copy, PartialEq)]
        pub enum Layer { $(#[doc = concat!("[`", stringify!($name), "`]")] $name($name)),* }

        $(impl From<$name> for Layer {
            fn from(layer: $name) -> Layer {
                Layer::$name(layer)
            }
        })*

        impl core::fmt::Debug for Layer {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self { $(Layer::$name(layer) => layer.fmt(f)),* }
            }
        }

        impl Layer {
            /// The names that users write.
            pub const NAMES: &'static [&'static str] = &[$($name::NAME),*];

            /// The layer of that name, with its default arguments.
            pub fn named(name: &str) -> Option<Layer> {
                $(if name == $name::NAME { return Some(Layer::$name($name::TEMPLATE)); })*
                None
            }

            /// The name that users write.
            pub const fn name(&self) -> &'static str {
                match self { $(Layer::$name(_) => $name::NAME),* }
            }

            /// The arguments, in the order of their places.
            pub const fn fields(&self) -> &'static [$crate::Field] {
                match self { $(Layer::$name(_) => $name::FIELDS),* }
            }

            /// Sets argument `index` to `arg`; false if `arg` is not of its type.
            pub fn set(&mut self, index: usize, arg: &$crate::Arg<'_>) -> bool {
                match self { $(Layer::$name(layer) => $crate::Configure::set(layer, index, arg)),* }
            }

            /// The shape rule.
            pub const fn outputs(&self, x: &[$crate::In]) -> $crate::Rule {
                let rule = match self { $(Layer::$name(layer) => layer.outputs(x)),* };
                match check::too_long(&rule) {
                    Some(shape) => Err(check::axis_too_long(self.name(), &shape)),
                    None => rule,
                }
            }

            /// The weights for inputs that the rule accepts.
            pub const fn weights(&self, x: &[$crate::In]) -> $crate::Weights {
                match self { $(Layer::$name(layer) => layer.weights(x)),* }
            }

            /// Multiplications and additions to compute one sample, for inputs that the rule accepts.
            pub const fn flops(&self, x: &[$crate::In]) -> usize {
                match self { $(Layer::$name(layer) => layer.flops(x)),* }
            }

            /// What the plan has to know.
            pub const fn facts(&self) -> $crate::Facts {
                match self { $(Layer::$name(layer) => layer.facts()),* }
            }
        }

        /// Calls the macro `$callback` with the list of all layers.
        #[macro_export]
        macro_rules! for_each_layer {
            ($callback:ident) => { $callback! { $($name),* } };
        }
    };
}

/// The layers that stand for operators of the language, which users write, and for masks, which the macro adds.
pub const OPERATORS: &[&str] = &[
    "Affine",
    "Arithmetic",
    "Clip",
    "Compare",
    "Cumsum",
    "ExpandDims",
    "Flip",
    "Glu",
    "JoinMasks",
    "LogicalOr",
    "Math",
    "Matmul",
    "NotEqual",
    "Over",
    "Pad",
    "Power",
    "Reduce",
    "Repeat",
    "Roll",
    "Select",
    "Slice",
    "Split",
    "Squeeze",
    "Stack",
    "SwapAxes",
    "Tile",
];

/// The functions of the language and the layers that compute them. Tensors come first, settings after them.
pub const FUNCTIONS: &[(&str, Layer)] = &[
    ("abs", Layer::Math(Math { function: Function::Abs })),
    ("absolute", Layer::Math(Math { function: Function::Abs })),
    ("add", Layer::Add(Add {})),
    ("amax", Layer::Reduce(Reduce { how: Reducer::Max, ..Reduce::TEMPLATE })),
    ("amin", Layer::Reduce(Reduce { how: Reducer::Min, ..Reduce::TEMPLATE })),
    ("arccos", Layer::Math(Math { function: Function::Arccos })),
    ("arccosh", Layer::Math(Math { function: Function::Arccosh })),
    ("arcsin", Layer::Math(Math { function: Function::Arcsin })),
    ("arcsinh", Layer::Math(Math { function: Function::Arcsinh })),
    ("arctan", Layer::Math(Math { function: Function::Arctan })),
    ("arctanh", Layer::Math(Math { function: Function::Arctanh })),
    ("average", Layer::Average(Average {})),
    ("ceil", Layer::Math(Math { function: Function::Ceil })),
    ("clip", Layer::Clip(Clip::TEMPLATE)),
    ("concatenate", Layer::Concatenate(Concatenate::TEMPLATE)),
    ("cos", Layer::Math(Math { function: Function::Cos })),
    ("cosh", Layer::Math(Math { function: Function::Cosh })),
    ("cumsum", Layer::Cumsum(Cumsum::TEMPLATE)),
    ("divide", Layer::Arithmetic(Arithmetic { operator: Operator::Divide })),
    ("elu", Layer::ELU(ELU::TEMPLATE)),
    ("equal", Layer::Compare(Compare { comparison: Comparison::Equal, value: None })),
    ("exp", Layer::Math(Math { function: Function::Exp })),
    ("exp2", Layer::Math(Math { function: Function::Exp2 })),
    ("expand_dims", Layer::ExpandDims(ExpandDims::TEMPLATE)),
    ("expm1", Layer::Math(Math { function: Function::Expm1 })),
    ("flatten", Layer::Flatten(Flatten::TEMPLATE)),
    ("flip", Layer::Flip(Flip::TEMPLATE)),
    ("floor", Layer::Math(Math { function: Function::Floor })),
    ("glu", Layer::Glu(Glu::TEMPLATE)),
    ("greater", Layer::Compare(Compare { comparison: Comparison::Greater, value: None })),
    ("greater_equal", Layer::Compare(Compare { comparison: Comparison::GreaterEqual, value: None })),
    ("leaky_relu", Layer::LeakyReLU(LeakyReLU { negative_slope: 0.2 })),
    ("less", Layer::Compare(Compare { comparison: Comparison::Less, value: None })),
    ("less_equal", Layer::Compare(Compare { comparison: Comparison::LessEqual, value: None })),
    ("log", Layer::Math(Math { function: Function::Log })),
    ("log10", Layer::Math(Math { function: Function::Log10 })),
    ("log1p", Layer::Math(Math { function: Function::Log1p })),
    ("log2", Layer::Math(Math { function: Function::Log2 })),
    ("logsumexp", Layer::Reduce(Reduce { how: Reducer::Logsumexp, ..Reduce::TEMPLATE })),
    ("matmul", Layer::Matmul(Matmul {})),
    ("max", Layer::Reduce(Reduce { how: Reducer::Max, ..Reduce::TEMPLATE })),
    ("maximum", Layer::Maximum(Maximum {})),
    ("mean", Layer::Reduce(Reduce { how: Reducer::Mean, ..Reduce::TEMPLATE })),
    ("min", Layer::Reduce(Reduce { how: Reducer::Min, ..Reduce::TEMPLATE })),
    ("minimum", Layer::Minimum(Minimum {})),
    ("multiply", Layer::Multiply(Multiply {})),
    ("negative", Layer::Affine(Affine { scale: -1.0, offset: 0.0 })),
    ("norm", Layer::Reduce(Reduce { how: Reducer::Norm, ..Reduce::TEMPLATE })),
    ("normalize", Layer::UnitNormalization(UnitNormalization::TEMPLATE)),
    ("not_equal", Layer::Compare(Compare { comparison: Comparison::NotEqual, value: None })),
    ("pad", Layer::Pad(Pad::TEMPLATE)),
    ("power", Layer::Power(Power::TEMPLATE)),
    ("prod", Layer::Reduce(Reduce { how: Reducer::Prod, ..Reduce::TEMPLATE })),
    ("reciprocal", Layer::Math(Math { function: Function::Reciprocal })),
    ("relu", Layer::ReLU(ReLU::TEMPLATE)),
    ("repeat", Layer::Repeat(Repeat::TEMPLATE)),
    ("reshape", Layer::Reshape(Reshape::TEMPLATE)),
    ("roll", Layer::Roll(Roll::TEMPLATE)),
    ("round", Layer::Math(Math { function: Function::Round })),
    ("rsqrt", Layer::Math(Math { function: Function::Rsqrt })),
    ("select", Layer::Select(Select::TEMPLATE)),
    ("sign", Layer::Math(Math { function: Function::Sign })),
    ("sin", Layer::Math(Math { function: Function::Sin })),
    ("sinh", Layer::Math(Math { function: Function::Sinh })),
    ("softmax", Layer::Softmax(Softmax::TEMPLATE)),
    ("split", Layer::Split(Split::TEMPLATE)),
    ("sqrt", Layer::Math(Math { function: Function::Sqrt })),
    ("square", Layer::Math(Math { function: Function::Square })),
    ("squeeze", Layer::Squeeze(Squeeze::TEMPLATE)),
    ("stack", Layer::Stack(Stack::TEMPLATE)),
    ("std", Layer::Reduce(Reduce { how: Reducer::Std, ..Reduce::TEMPLATE })),
    ("subtract", Layer::Subtract(Subtract {})),
    ("sum", Layer::Reduce(Reduce { how: Reducer::Sum, ..Reduce::TEMPLATE })),
    ("swapaxes", Layer::SwapAxes(SwapAxes::TEMPLATE)),
    ("tan", Layer::Math(Math { function: Function::Tan })),
    ("tile", Layer::Tile(Tile::TEMPLATE)),
    ("transpose", Layer::Permute(Permute::TEMPLATE)),
    ("trunc", Layer::Math(Math { function: Function::Trunc })),
    ("var", Layer::Reduce(Reduce { how: Reducer::Var, ..Reduce::TEMPLATE })),
];

layers! {
    activation::Activation,
    activity_regularization::ActivityRegularization,
    adaptive_average_pooling1d::AdaptiveAveragePooling1D,
    adaptive_average_pooling2d::AdaptiveAveragePooling2D,
    adaptive_average_pooling3d::AdaptiveAveragePooling3D,
    adaptive_max_pooling1d::AdaptiveMaxPooling1D,
    adaptive_max_pooling2d::AdaptiveMaxPooling2D,
    adaptive_max_pooling3d::AdaptiveMaxPooling3D,
    add::Add,
    additive_attention::AdditiveAttention,
    affine::Affine,
    alpha_dropout::AlphaDropout,
    arithmetic::Arithmetic,
    attention::Attention,
    average::Average,
    average_pooling1d::AveragePooling1D,
    average_pooling2d::AveragePooling2D,
    average_pooling3d::AveragePooling3D,
    batch_normalization::BatchNormalization,
    bidirectional::Bidirectional,
    center_crop::CenterCrop,
    clip::Clip,
    compare::Compare,
    concatenate::Concatenate,
    conv1d::Conv1D,
    conv1d_transpose::Conv1DTranspose,
    conv2d::Conv2D,
    conv2d_transpose::Conv2DTranspose,
    conv3d::Conv3D,
    conv3d_transpose::Conv3DTranspose,
    conv_lstm1d::ConvLSTM1D,
    conv_lstm2d::ConvLSTM2D,
    conv_lstm3d::ConvLSTM3D,
    cropping1d::Cropping1D,
    cropping2d::Cropping2D,
    cropping3d::Cropping3D,
    cumsum::Cumsum,
    dense::Dense,
    depthwise_conv1d::DepthwiseConv1D,
    depthwise_conv2d::DepthwiseConv2D,
    dot::Dot,
    dropout::Dropout,
    einsum_dense::EinsumDense,
    elu::ELU,
    embedding::Embedding,
    expand_dims::ExpandDims,
    flatten::Flatten,
    flip::Flip,
    gaussian_dropout::GaussianDropout,
    gaussian_noise::GaussianNoise,
    global_average_pooling1d::GlobalAveragePooling1D,
    global_average_pooling2d::GlobalAveragePooling2D,
    global_average_pooling3d::GlobalAveragePooling3D,
    global_max_pooling1d::GlobalMaxPooling1D,
    global_max_pooling2d::GlobalMaxPooling2D,
    global_max_pooling3d::GlobalMaxPooling3D,
    glu::Glu,
    group_normalization::GroupNormalization,
    group_query_attention::GroupQueryAttention,
    gru::GRU,
    identity::Identity,
    join_masks::JoinMasks,
    layer_normalization::LayerNormalization,
    leaky_re_lu::LeakyReLU,
    logical_or::LogicalOr,
    lstm::LSTM,
    masking::Masking,
    math::Math,
    matmul::Matmul,
    max_pooling1d::MaxPooling1D,
    max_pooling2d::MaxPooling2D,
    max_pooling3d::MaxPooling3D,
    maximum::Maximum,
    minimum::Minimum,
    multi_head_attention::MultiHeadAttention,
    multiply::Multiply,
    normalization::Normalization,
    not_equal::NotEqual,
    over::Over,
    p_re_lu::PReLU,
    pad::Pad,
    permute::Permute,
    power::Power,
    random_brightness::RandomBrightness,
    random_contrast::RandomContrast,
    random_crop::RandomCrop,
    random_flip::RandomFlip,
    random_rotation::RandomRotation,
    random_translation::RandomTranslation,
    random_zoom::RandomZoom,
    re_lu::ReLU,
    reduce::Reduce,
    repeat::Repeat,
    repeat_vector::RepeatVector,
    rescaling::Rescaling,
    reshape::Reshape,
    resizing::Resizing,
    rms_normalization::RMSNormalization,
    roll::Roll,
    select::Select,
    separable_conv1d::SeparableConv1D,
    separable_conv2d::SeparableConv2D,
    simple_rnn::SimpleRNN,
    slice::Slice,
    softmax::Softmax,
    spatial_dropout1d::SpatialDropout1D,
    spatial_dropout2d::SpatialDropout2D,
    spatial_dropout3d::SpatialDropout3D,
    spectral_normalization::SpectralNormalization,
    split::Split,
    squeeze::Squeeze,
    stack::Stack,
    subtract::Subtract,
    swap_axes::SwapAxes,
    tile::Tile,
    time_distributed::TimeDistributed,
    unit_normalization::UnitNormalization,
    up_sampling1d::UpSampling1D,
    up_sampling2d::UpSampling2D,
    up_sampling3d::UpSampling3D,
    zero_padding1d::ZeroPadding1D,
    zero_padding2d::ZeroPadding2D,
    zero_padding3d::ZeroPadding3D,
}
