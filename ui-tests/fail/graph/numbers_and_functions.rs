use formwork::prelude::*;

const WIDTH: usize = 4;

model!(
    fn Model(x: Input<8>, image: Input<4, 2>) -> Outputs {
        let a = x / sqrt(WIDTH);
        let b = x * log(0.0);
        let c = x * sqrt(-4);
        let d = clip(x, -inf, 1.0);
        let mean = Dense(8)(x);
        let e = mean(x, axis = 1);
        let f = transpose(image, 2, 1);
        let g = Reshape(2, 4)(x);
        let h = sigmoid(x, 2);
        let list = [];
        list.append(x);
        list.push(x);
        let i = Concatenate()(list);
        let j = einsum("ij,jk->ik", x, x);
        let encode = Dense(8);
        let k = TimeDistributed(encode)(image);
        Outputs { a, b, c, d, e, f, g, h, i, j, k, mean }
    }
);

model!(
    fn Turned(x: Input<4, 2>) -> Output<4, 2> {
        x[::-1]
    }
);

fn main() {}
