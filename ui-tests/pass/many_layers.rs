use formwork::prelude::*;

model!(
    fn Model(photo: Input<30, 30, 4>, words: Input<20, 6>) -> Output<3> {
        let p = Rescaling(0.5, offset = -1)(photo);
        let p = ZeroPadding2D(((1, 0), (2, 1)))(p);
        let p = Cropping2D((1, 2))(p);
        let p = UpSampling2D(2)(p);
        let p = GroupNormalization(2)(SpatialDropout2D(0.1)(p));
        let p = PReLU(shared_axes = (1, 2))(p);
        let p = GlobalAveragePooling2D()(p);
        let w = LayerNormalization()(words);
        let w = Permute((2, 1))(w);
        let w = RMSNormalization()(GaussianNoise(0.1)(w));
        let w = GlobalMaxPooling1D()(LeakyReLU()(w));
        let both = Concatenate()(p, w);
        let again = RepeatVector(3)(both);
        GlobalAveragePooling1D()(Reshape((-1, 3))(again))
    }
);

fn main() {
    const { assert!(Model::<f32>::PARAMS == 8 + 4 + 12 + 20) };
    assert_eq!(Model::<f32>::OUTPUT_SHAPES[0].dims(), [3]);
}
