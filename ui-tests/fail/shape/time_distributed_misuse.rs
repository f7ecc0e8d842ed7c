use formwork::prelude::*;

model!(
    fn Model(words: Input<20, 8>) -> Outputs {
        let a = TimeDistributed()(words);
        let b = TimeDistributed(8)(words);
        let c = TimeDistributed(Dense)(words);
        let d = TimeDistributed(words)(words);
        let dense = Dense(4);
        let e = TimeDistributed(dense)(words);
        let f = TimeDistributed(Dense(4)(words));
        let g = TimeDistributed(Sequential([]))(words);
        Outputs { a, b, c, d, e, f, g }
    }
);

fn main() {}
