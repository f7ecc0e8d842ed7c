use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<8> {
        Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(Dense(8)(x))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))
    }
);

fn main() {
    let _ = Model::new(1);
}
