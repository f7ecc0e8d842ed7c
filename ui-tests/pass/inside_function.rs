use formwork::prelude::*;

fn main() {
    const WIDTH: usize = 16;

    model!(
        fn Local(x: Input<WIDTH>) -> Output<2> {
            Dense(2)(x)
        }
    );

    const { assert!(Local::<f32>::PARAMS == WIDTH * 2 + 2) };
    let x = ndarray::Array2::<f32>::zeros((1, WIDTH));
    assert_eq!(Local::new(1).predict(LocalInputs { x: &x }).expect("it fits").output.dim(), (1, 2));
}
