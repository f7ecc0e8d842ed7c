use formwork::prelude::*;

model!(
    pub fn ImageAux(image: Input<64, 64, 3>, aux: Input<10>) -> Output<1> {
        let photo = Flatten()(image);
        let facts = Dense(16, activation = relu)(aux);
        Dense(1, activation = sigmoid)(Concatenate()(photo, facts))
    }
);

const _: () = {
    assert!(ImageAux::<f32>::PARAMS == 10 * 16 + 16 + 12_288 + 16 + 1);
    assert!(ImageAux::<f32>::TRAINABLE_PARAMS == ImageAux::<f32>::PARAMS);
    assert!(ImageAux::<f32>::FLOPS == 2 * (10 * 16 + 12_288 + 16));
};

fn main() {
    let [image, aux] = ImageAux::<f32>::INPUT_SHAPES;
    assert_eq!((image.dims(), aux.dims()), (&[64, 64, 3][..], &[10][..]));
    assert_eq!(ImageAux::<f32>::OUTPUT_SHAPES[0].dims(), [1]);
    let model = ImageAux::new(1);
    let (image, aux) = (ndarray::Array4::zeros((2, 64, 64, 3)), ndarray::Array2::zeros((2, 10)));
    let output = model.predict(ImageAuxInputs { image: &image, aux: &aux }).expect("the arrays fit").output;
    assert_eq!(output.dim(), (2, 1));
}
