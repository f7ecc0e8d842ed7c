use formwork::prelude::*;

model!(
    fn Model(scan: Input<8, 32, 32, 2>) -> Outputs {
        let a = Conv3D(8, (3, 3))(scan);
        let b = Conv3D(8, 3, groups = 3)(scan);
        let c = Conv3D(8, 3, padding = causal)(scan);
        let d = MaxPooling3D((0, 2, 2))(scan);
        Outputs { a, b, c, d }
    }
);

fn main() {}
