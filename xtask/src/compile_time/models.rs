//! The models that are measured.

/// A model whose dims are named constants.
pub struct Subject {
    pub name: String,
    /// The number of layers, for a chain of equal ones.
    pub layers: Option<usize>,
    constants: &'static [(&'static str, usize)],
    body: String,
    assertion: String,
}

impl Subject {
    /// The crate with the dims as constants.
    pub fn with_constants(&self) -> String {
        let constants = self.constants.iter().map(|(name, value)| format!("const {name}: usize = {value};\n"));
        self.crate_of(&format!("{}\n{}", constants.collect::<String>(), self.body))
    }

    /// The crate with the dims as literals.
    pub fn with_literals(&self) -> String {
        let write = |body: String, (name, value): &(&str, usize)| body.replace(name, &value.to_string());
        self.crate_of(&self.constants.iter().fold(self.body.clone(), write))
    }

    fn crate_of(&self, model: &str) -> String {
        format!("{EMPTY}{model}\n{}\n", self.assertion)
    }
}

/// The crate without a model.
pub const EMPTY: &str = "#![allow(unused_imports)]\nuse formwork::prelude::*;\n\n";

/// Chains of Dense layers, VGG-16 and ResNet-50.
pub fn all() -> Vec<Subject> {
    let mut all: Vec<Subject> = [10, 50, 200, 1000].into_iter().map(chain).collect();
    all.push(network("VGG-16", VGG_CONSTANTS, VGG, "VGG16", 138_357_544));
    all.push(network("ResNet-50", RESNET_CONSTANTS, RESNET, "ResNet50", 25_636_712));
    all
}

fn chain(layers: usize) -> Subject {
    let lines = "        let x = Dense(WIDTH, activation = relu)(x);\n".repeat(layers);
    Subject {
        name: format!("Dense-{layers}"),
        layers: Some(layers),
        constants: &[("WIDTH", 64)],
        body: format!("model!(\n    pub fn Chain(x: Input<WIDTH>) -> Output<WIDTH> {{\n{lines}        x\n    }}\n);\n"),
        assertion: format!("const _: () = assert!(Chain::<f32>::PARAMS == {});", layers * (64 * 64 + 64)),
    }
}

fn network(
    name: &str,
    constants: &'static [(&'static str, usize)],
    body: &str,
    model: &str,
    parameters: usize,
) -> Subject {
    Subject {
        name: name.to_string(),
        layers: None,
        constants,
        body: body.to_string(),
        assertion: format!("const _: () = assert!({model}::<f32>::PARAMS == {parameters});"),
    }
}

const VGG_CONSTANTS: &[(&str, usize)] = &[
    ("SIDE", 224),
    ("COLORS", 3),
    ("CLASSES", 1000),
    ("HIDDEN", 4096),
    ("BLOCK1", 64),
    ("BLOCK2", 128),
    ("BLOCK3", 256),
    ("BLOCK4", 512),
];

const VGG: &str = "\
model!(
    pub fn VGG16(image: Input<SIDE, SIDE, COLORS>) -> Output<CLASSES> {
        let mut x = image;
        for (filters, repeats) in [(BLOCK1, 2), (BLOCK2, 2), (BLOCK3, 3), (BLOCK4, 3), (BLOCK4, 3)] {
            for _ in 0..repeats {
                x = Conv2D(filters, 3, padding = same, activation = relu)(x);
            }
            x = MaxPooling2D(2, strides = 2)(x);
        }
        let x = Flatten()(x);
        let x = Dense(HIDDEN, activation = relu)(x);
        let x = Dense(HIDDEN, activation = relu)(x);
        Dense(CLASSES, activation = softmax)(x)
    }
);
";

const RESNET_CONSTANTS: &[(&str, usize)] = &[
    ("SIDE", 224),
    ("COLORS", 3),
    ("CLASSES", 1000),
    ("STAGE1", 64),
    ("STAGE2", 128),
    ("STAGE3", 256),
    ("STAGE4", 512),
];

const RESNET: &str = "\
model!(
    pub fn ResNet50(image: Input<SIDE, SIDE, COLORS>) -> Output<CLASSES> {
        fn normalized(x: Tensor) -> Tensor {
            BatchNormalization(epsilon = 1.001e-5)(x)
        }
        fn residual(x: Tensor, filters: usize, stride: usize, project: bool) -> Tensor {
            let shortcut = if project { normalized(Conv2D(4 * filters, 1, strides = stride)(x)) } else { x };
            let y = ReLU()(normalized(Conv2D(filters, 1, strides = stride)(x)));
            let y = ReLU()(normalized(Conv2D(filters, 3, padding = same)(y)));
            let y = normalized(Conv2D(4 * filters, 1)(y));
            ReLU()(Add()(shortcut, y))
        }
        let x = Conv2D(STAGE1, 7, strides = 2)(ZeroPadding2D(3)(image));
        let x = ReLU()(normalized(x));
        let mut x = MaxPooling2D(3, strides = 2)(ZeroPadding2D(1)(x));
        for (filters, blocks, stride) in [(STAGE1, 3, 1), (STAGE2, 4, 2), (STAGE3, 6, 2), (STAGE4, 3, 2)] {
            x = residual(x, filters, stride, true);
            for _ in 1..blocks {
                x = residual(x, filters, 1, false);
            }
        }
        Dense(CLASSES, activation = softmax)(GlobalAveragePooling2D()(x))
    }
);
";
