//! What `model!` writes says what it means by itself: the crate around it may use the same names for other things.

/// Everything that generated code could take for its own.
#[allow(dead_code, non_camel_case_types, non_upper_case_globals)]
mod shadowed {
    use ::formwork::model;

    pub struct Vec;
    pub struct Option;
    pub struct Some;
    pub struct None;
    pub struct Result;
    pub struct Ok;
    pub struct Box;
    pub struct String;
    pub struct usize;
    pub struct u64;
    pub struct f32;
    pub struct bool;
    pub struct str;
    pub struct Layer;
    pub struct Inner;
    pub struct Shape;
    pub struct Random;
    pub trait AsRef {}
    pub trait Clone {}
    pub trait Debug {}
    pub trait FnMut {}
    pub trait Iterator {}
    pub trait IntoIterator {}
    pub mod core {}
    pub mod std {}
    pub mod formwork {}
    pub mod ndarray {}
    pub const MAX_RANK: ::core::primitive::usize = 3;
    pub const DYN: ::core::primitive::usize = 5;
    pub const FUNCTIONS: ::core::primitive::usize = 4;

    model!(
        pub fn Part(x: Input<DYN>) -> Output<MAX_RANK> {
            Dense(MAX_RANK)(x)
        }
    );

    model!(
        pub fn Shadowed(
            ids: Input<time, 4>,
            words: Input<time>,
            x: Input<DYN>,
        ) -> Outputs<a = Output<2>, b = Output<3>> {
            let h = Concatenate()(ids, Embedding(FUNCTIONS * 3, MAX_RANK)(words));
            let h = Bidirectional(LSTM(FUNCTIONS))(h);
            let h = Dropout(0.5)(BatchNormalization()(h));
            let part = Part();
            Outputs { a: Dense(2)(h), b: part(x) * part(x) }
        }
    );
}

/// Models that are called as the type parameters of generated code are, or as a layer is.
#[allow(clippy::many_single_char_names)]
mod letters {
    use formwork::prelude::*;

    macro_rules! models {
        ($($name:ident)*) => { $(model!(
            pub fn $name(x: Input<3>) -> Outputs<a = Output<1>, b = Output<2>> {
                let h = Dense(4)(x);
                Outputs { a: Dense(1)(h), b: Dense(2)(h) }
            }
        );)* };
    }

    models!(T C L I O Y Y0 Y1 L0 C1 M A S E D0 Opt Dense Model Layer Vec Option Result String Box Shape Input Tensor);

    model!(
        pub fn Nested(x: Input<3>) -> Output<1> {
            let (a, b) = T()(x);
            let (c, d) = C()(x);
            let (e, f) = self::Dense()(x);
            Dense(1)(Concatenate()(a, b, c, d, e, f))
        }
    );
}

mod raw {
    use formwork::prelude::*;

    model!(
        pub fn r#Match(r#type: Input<4>, r#fn: Input<r#loop>) -> Outputs<r#enum = Output<2>, plain = Output<1>> {
            let r#move = Dense(2, name = r#struct)(r#type);
            let r#dyn = Dense(1)(r#move);
            let words = Embedding(10, 2)(r#fn);
            Outputs { r#enum: r#move + GlobalAveragePooling1D()(words), plain: r#dyn }
        }
    );
}

mod fields {
    use formwork::prelude::*;

    model!(
        /// Layers, inputs and outputs are called as methods, constants and fields of the model are.
        pub fn Fields(predict: Input<2>, new: Input<2>) -> Outputs<save = Output<2>, load = Output<2>> {
            let summary = Dense(2)(predict);
            let compile = Dense(2)(new);
            let core = Dense(2)(summary);
            let __core = Dense(2)(core);
            let clone = Dense(2)(compile);
            Outputs { save: __core, load: clone }
        }
    );
}

/// The crate under another name, and through another crate.
mod elsewhere {
    pub mod inner {
        pub use formwork as shapes;
    }

    inner::shapes::model!(
        pub fn Renamed(x: Input<3>) -> Output<2> {
            Dense(2)(x)
        }
    );
}

/// A macro of the user's own writes models.
mod written_by_macros {
    use formwork::prelude::*;

    macro_rules! mlp {
        ($name:ident, $input:ident, $($width:expr),*) => {
            model!(pub fn $name($input: Input<4>) -> Output<1> {
                let mut h = $input;
                for width in [$($width),*] {
                    h = Dense(width, activation = relu)(h);
                }
                Dense(1)(h)
            });
        };
    }

    mlp!(Small, x, 8);
    mlp!(Large, signal, 2 * 8, 32);
}

use formwork::model::Model;
use formwork::prelude::*;
use ndarray::array;

#[test]
fn names_of_the_crate_around_do_not_matter() {
    let model = shadowed::Shadowed::new(1);
    let (ids, words, x) =
        (ndarray::Array3::zeros((2, 6, 4)), ndarray::Array2::zeros((2, 6)), ndarray::Array2::ones((2, 5)));
    let inputs = shadowed::ShadowedInputs { ids: &ids, words: &words, x: &x };
    let y = model.predict(inputs).unwrap();
    assert_eq!((y.a.dim(), y.b.dim()), ((2, 2), (2, 3)));
}

#[test]
fn a_model_may_be_called_like_a_type_parameter() {
    let x = array![[1.0f32, 2.0, 3.0]];
    let y = letters::Nested::new(1).predict(letters::NestedInputs { x: &x }).unwrap();
    assert_eq!(y.output.dim(), (1, 1));
    let losses = letters::TLosses { a: MeanSquaredError::new(), b: MeanSquaredError::new() };
    let mut model = letters::T::new(1).compile(SGD::new(0.1), losses);
    let targets = letters::TTargets { a: &array![[1.0f32]], b: &array![[1.0f32, 0.0]] };
    let before = model.test_on_batch(letters::TInputs { x: &x }, targets).unwrap().loss;
    let mut model = letters::Opt::<f64>::seeded(1)
        .compile(Adam::new(0.1), letters::OptLosses { a: MeanSquaredError::new(), b: MeanSquaredError::new() });
    let targets = letters::OptTargets { a: &array![[1.0f64]], b: &array![[1.0f64, 0.0]] };
    let x = x.mapv(f64::from);
    let same = model.train_on_batch(letters::OptInputs { x: &x }, targets).unwrap().loss;
    assert!((before - same).abs() < 1e-5, "the same seed, the same weights: {before} {same}");
    assert_eq!(format!("{:?}", letters::C::new(1)), "C { parameters: 31, .. }");
}

#[test]
fn raw_identifiers_are_shown_without_their_prefix() {
    let mut model = raw::Match::new(1);
    assert_eq!(model.r#struct.kernel().dim(), (4, 2));
    assert_eq!(model.r#dyn.kernel().dim(), (2, 1));
    let mut paths = Vec::new();
    model.visit("", &mut |path, _| paths.push(path.to_string()));
    assert_eq!(paths, ["struct/kernel", "struct/bias", "dyn/kernel", "dyn/bias", "words/embeddings"]);
    assert!(!model.summary().to_string().contains("r#"), "{}", model.summary());
    let (x, ids) = (array![[1.0f32, 2.0, 3.0, 4.0]], array![[1u32, 2, 3]]);
    let y = model.predict(raw::MatchInputs { r#type: &x, r#fn: &ids }).unwrap();
    assert_eq!((y.r#enum.dim(), y.plain.dim()), ((1, 2), (1, 1)));
    let wrong = array![[1.0f32]];
    let error = model.predict(raw::MatchInputs { r#type: &wrong, r#fn: &ids }).unwrap_err().to_string();
    assert!(error.contains("input `type` of Match"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("raw.safetensors");
    model.save(&path).unwrap();
    model.load(&path).unwrap();
}

#[test]
fn a_layer_may_be_called_like_a_method() {
    let x = array![[1.0f32, 2.0]];
    let model = fields::Fields::new(1);
    assert_eq!(model.summary.kernel().dim(), (2, 2));
    assert_eq!(model.clone().clone.kernel(), model.clone.kernel());
    let y = model.predict(fields::FieldsInputs { predict: &x, new: &x }).unwrap();
    assert_eq!(y.save.dim(), y.load.dim());
}

#[test]
fn the_crate_may_have_another_name() {
    let y = elsewhere::Renamed::new(1).predict(elsewhere::RenamedInputs { x: &array![[1.0f32, 2.0, 3.0]] }).unwrap();
    assert_eq!(y.output.dim(), (1, 2));
}

#[test]
fn macros_may_write_models() {
    assert_eq!(written_by_macros::Small::<f32>::PARAMS, 4 * 8 + 8 + 8 + 1);
    assert_eq!(written_by_macros::Large::<f32>::PARAMS, 4 * 16 + 16 + 16 * 32 + 32 + 32 + 1);
}
