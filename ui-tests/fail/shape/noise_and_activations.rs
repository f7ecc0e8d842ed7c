use formwork::prelude::*;

model!(
    fn Model(x: Input<6>) -> Outputs {
        let a = GaussianNoise(-1.0)(x);
        let b = GaussianDropout(1.0)(x);
        let c = LeakyReLU(relu)(x);
        let d = ReLU(max_value = -1.0)(x);
        let e = Activation(reul)(x);
        let f = Activation()(x);
        let g = SpatialDropout1D(0.5)(x);
        let h = PReLU(shared_axes = 2)(x);
        let i = Softmax(axis = 2)(x);
        let j = ELU(0.5, 2)(x);
        Outputs { a, b, c, d, e, f, g, h, i, j }
    }
);

fn main() {}
