use formwork::prelude::*;

model!(
    fn Twins(a: Input<8>, b: Input<8>, steps: Input<_, 8>, more: Input<12, 8>) -> Output<1> {
        let encode = Dense(16, activation = relu);
        let remember = GRU(16, name = memory);
        let both = Add()(encode(a), encode(b), remember(steps), remember(more));
        Dense(1)(both)
    }
);

fn main() {
    const { assert!(Twins::<f32>::PARAMS == 8 * 16 + 16 + 3 * 16 * (8 + 16 + 2) + 16 + 1) };
    let model = Twins::new(1);
    assert_eq!(model.encode.kernel().dim(), (8, 16));
    assert_eq!(model.memory.kernel().dim(), (8, 48));
}
