use formwork::prelude::*;

model!(
    fn Model(x: Input<8>) -> Output<1> {
        model.add(Dense(10, activation = relu));
        let a = self.conv(x);
        let b = nn.Linear(128, 10)(x);
        let c = F.relu(x);
        let d = tf.nn.relu(x);
        let e = Dense(3, activation = keras.activations.softmax)(x);
        let f = Dense(3, kernel_initializer = initializers::HeNormal())(x);
        let g = other.thing;
        Dense(1)(x)
    }
);

fn main() {}
