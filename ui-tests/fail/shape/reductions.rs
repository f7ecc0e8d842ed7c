use formwork::prelude::*;

model!(
    fn Model(x: Input<10, 8>, row: Input<8>) -> Outputs {
        let a = sum(x, axis = 3);
        let b = mean(x, axis = 0);
        let c = max(x, axis = (1, 1));
        let d = sum(row, axis = 1);
        let e = mean(x);
        let f = sum(x, axes = 1);
        let g = min(x, axis = first);
        let h = sum(axis = 1);
        let i = max(x, row, axis = 1);
        Outputs { a, b, c, d, e, f, g, h, i }
    }
);

fn main() {}
