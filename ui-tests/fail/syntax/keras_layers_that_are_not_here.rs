use formwork::prelude::*;

model!(
    fn Model(image: Input<28, 28, 1>, x: Input<8>, words: Input<10, 8>) -> Outputs {
        let a = RandomShear(0.3)(image);
        let b = RNN(8)(words);
        let c = LocallyConnected1D(8, 3)(words);
        let d = StringLookup()(x);
        let e = CuDNNLSTM(8)(words);
        let f = Model()(x);
        let g = ActivityRegularization()(x);
        Outputs { a, b, c, d, e, f, g }
    }
);

fn main() {}
