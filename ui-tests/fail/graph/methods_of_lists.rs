use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        let mut list = [];
        list.append(Dense(4)(x));
        list.push(Dense(4)(x));
        list.push(Dense(4)(x));
        let total = list.sum();
        let wide = list.iter().map(|h| Dense(3)(h)).collect();
        Dense(1)(Concatenate()(list))
    }
);

fn main() {}
