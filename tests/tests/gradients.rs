//! Gradients through every shape of graph: of all weights and of all inputs, beside finite differences.

mod layers;

use formwork::prelude::*;
use formwork_tests::{Samples, slopes_agree};
use layers::{Halves, Twice};

macro_rules! gradients {
    ($($(#[$doc:meta])* $test:ident: $model:ident),* $(,)?) => { $(
        $(#[$doc])*
        #[test]
        fn $test() {
            for rows in [1, 3] {
                slopes_agree(&$model::<f64>::seeded(5), &Samples::random::<$model<f64>>(rows, 2, 11));
            }
        }
    )* };
}

model!(
    fn FanOut(x: Input<3>) -> Output<2> {
        let h = Dense(4, activation = tanh)(x);
        let a = Dense(2)(h);
        let b = Dense(2, activation = sigmoid)(h);
        let c = Dense(2, activation = tanh)(h);
        Add()(a, b, c)
    }
);

model!(
    fn SameTwice(x: Input<3>) -> Output<3> {
        let h = Dense(3, activation = tanh)(x);
        Add()(h, h)
    }
);

model!(
    fn SameThrice(x: Input<3>) -> Output<3> {
        let h = Dense(3, activation = tanh)(x);
        Multiply()(h, h, h)
    }
);

model!(
    fn Square(x: Input<3>) -> Output<3> {
        let h = Dense(3)(x);
        h * h
    }
);

model!(
    fn SquareOfInput(x: Input<3>) -> Output<2> {
        Dense(2)(x * x)
    }
);

model!(
    fn SquareAlone(x: Input<3>) -> Output<3> {
        x * x
    }
);

model!(
    fn SquareAndMore(x: Input<3>) -> Output<3> {
        let h = Dense(3)(x);
        let square = h * h;
        let other = tanh(h);
        square + other * h
    }
);

model!(
    fn SharedTwice(a: Input<3>, b: Input<3>) -> Output<2> {
        let encoder = Dense(4, activation = tanh);
        Dense(2)(Concatenate()(encoder(a), encoder(b)))
    }
);

model!(
    fn SharedThriceInARow(x: Input<3>) -> Output<3> {
        let step = Dense(3, activation = tanh);
        step(step(step(x)))
    }
);

model!(
    fn SharedOnTheSame(x: Input<3>) -> Output<3> {
        let step = Dense(3, activation = tanh);
        step(x) * step(x)
    }
);

model!(
    fn Alias(x: Input<2, 3>) -> Output<2> {
        let h = LayerNormalization()(x);
        Dense(2)(Flatten()(h))
    }
);

model!(
    fn AliasWithMoreUsers(x: Input<2, 3>) -> Output<6> {
        let h = LayerNormalization()(x);
        let flat = Flatten()(h);
        let again = Flatten()(tanh(h));
        Dense(6)(flat) + flat * again
    }
);

model!(
    fn AliasOfAlias(x: Input<2, 3>) -> Output<6> {
        let h = LayerNormalization()(x);
        let turned = Reshape((3, 2))(h);
        let flat = Flatten()(turned);
        let sum = flat + Flatten()(tanh(turned));
        Dense(6)(sum) * Flatten()(h)
    }
);

model!(
    fn AliasOfTheInput(x: Input<2, 3>) -> Output<6> {
        let flat = Flatten()(x);
        flat * Dense(6)(flat) + Flatten()(x)
    }
);

model!(
    fn AliasIsAllThereIs(x: Input<2, 3>) -> Output<6> {
        Flatten()(x)
    }
);

model!(
    fn AliasIsOutput(x: Input<2, 3>) -> Outputs<flat = Output<6>, whole = Output<2, 3>, both = Output<6>> {
        let whole = LayerNormalization()(x);
        let flat = Flatten()(whole);
        Outputs { flat, whole, both: tanh(flat) + Flatten()(whole) }
    }
);

model!(
    fn OutputUsedFurther(x: Input<3>) -> Outputs<early = Output<4>, late = Output<2>> {
        let early = Dense(4, activation = tanh)(x);
        let late = Dense(2)(early);
        Outputs { early, late }
    }
);

model!(
    fn OutputUsedTwiceFurther(x: Input<3>) -> Outputs<late = Output<3>, early = Output<3>> {
        let early = Dense(3, activation = tanh)(x);
        Outputs { late: early * early + Dense(3)(early), early }
    }
);

model!(
    fn Dropped(x: Input<8>) -> Output<4> {
        let h = Dropout(0.5)(x);
        let h = Dense(6, activation = tanh)(h);
        Dense(4)(Dropout(0.3)(h)) + Dense(4)(h)
    }
);

model!(
    fn Normed(x: Input<3>) -> Output<2> {
        let norm = BatchNormalization();
        let h = norm(Dense(4)(x));
        let h = norm(tanh(h));
        Dense(2)(h)
    }
);

model!(
    fn NothingToTrain(x: Input<4>) -> Output<4> {
        tanh(softmax(x) * 2.0)
    }
);

model!(
    fn WeightsComeLate(x: Input<2, 4>, y: Input<4>) -> Output<2> {
        let h = tanh(x) * y;
        let h = Flatten()(h - x * 0.5);
        Dense(2)(h)
    }
);

model!(
    fn WeightsOnOneSide(x: Input<4>, y: Input<4>) -> Output<4> {
        let both = tanh(x * y);
        Dense(4)(y) * both + both
    }
);

model!(
    fn Ids(ids: Input<3>, x: Input<4>) -> Output<2> {
        let vectors = Embedding(6, 4)(ids);
        Dense(2)(GlobalAveragePooling1D()(vectors * x) + x)
    }
);

model!(
    fn IdsTwice(a: Input<2>, b: Input<2>) -> Output<2> {
        let table = Embedding(5, 3);
        Dense(2)(Flatten()(table(a) * table(b)))
    }
);

model!(
    fn IdsToTwoTables(ids: Input<2>) -> Output<6> {
        Flatten()(Embedding(5, 3)(ids) * Embedding(7, 3)(ids))
    }
);

model!(
    fn Broadcast(x: Input<3, 1, 2>, y: Input<4, 1>, z: Input<2>) -> Output<3, 4, 2> {
        let grid = x * y + z;
        grid / (y * y + 2.0) - z * x
    }
);

model!(
    fn BroadcastTrained(x: Input<3, 4>, y: Input<4>) -> Output<3, 4> {
        let scale = Dense(4)(y);
        let own = LayerNormalization()(x);
        own * scale - scale / (own * own + 1.0)
    }
);

model!(
    fn Merged(x: Input<3>, y: Input<3>) -> Output<3> {
        let (a, b) = (Dense(3)(x), Dense(3)(y));
        Average()(a, b, Maximum()(a, b), Minimum()(a, b), Subtract()(a, b))
    }
);

model!(
    fn OverTime(x: Input<_, 3>) -> Output<2> {
        let h = LayerNormalization()(x);
        let h = LSTM(3, return_sequences = true)(h);
        Dense(2)(GlobalAveragePooling1D()(h * h))
    }
);

model!(
    fn OneNameTwoSequences(x: Input<time, 3>, y: Input<time, 3>) -> Output<2> {
        let cell = GRU(2);
        cell(x) * cell(x * y + y)
    }
);

model!(
    fn Inner(x: Input<3>, y: Input<2>) -> Outputs<sum = Output<2>, hidden = Output<4>> {
        let hidden = Dense(4, activation = tanh)(x);
        Outputs { sum: Dense(2)(hidden) + y, hidden }
    }
);

model!(
    fn NestedOnce(x: Input<3>, y: Input<2>) -> Output<6> {
        let (sum, hidden) = Inner()(tanh(x), y);
        Concatenate()(sum, hidden)
    }
);

model!(
    fn NestedTwice(x: Input<3>, y: Input<3>, z: Input<2>) -> Output<2> {
        let inner = Inner();
        let (a, b) = inner(x, z);
        let (c, _) = inner(Dense(3)(y), a);
        c * a + Dense(2)(b)
    }
);

model!(
    fn NestedUnused(x: Input<3>, y: Input<2>) -> Output<4> {
        let (_, hidden) = Inner()(x, y);
        hidden * 2.0
    }
);

model!(
    fn NestedInNested(x: Input<3>, y: Input<3>, z: Input<2>) -> Output<2> {
        let middle = NestedTwice();
        let first = middle(x, y, z);
        middle(y, x, first) + first
    }
);

model!(
    fn InnerWithIds(ids: Input<2, u32>, x: Input<3>) -> Output<3> {
        GlobalAveragePooling1D()(Embedding(5, 3)(ids)) * x
    }
);

model!(
    fn NestedIds(ids: Input<2, u32>, x: Input<3>) -> Output<3> {
        let inner = InnerWithIds();
        inner(ids, inner(ids, Dense(3)(x)))
    }
);

model!(
    fn InnerNorm(x: Input<3>) -> Output<3> {
        Dropout(0.3)(BatchNormalization()(x))
    }
);

model!(
    fn NestedNorm(x: Input<3>) -> Output<3> {
        let norm = InnerNorm();
        norm(Dense(3)(x)) + norm(x * 2.0)
    }
);

model!(
    fn InnerAlias(x: Input<2, 3>) -> Outputs<flat = Output<6>, turned = Output<3, 2>> {
        Outputs { flat: Flatten()(x), turned: Reshape((3, 2))(x) }
    }
);

model!(
    fn NestedAlias(x: Input<2, 3>) -> Output<6> {
        let (flat, turned) = InnerAlias()(LayerNormalization()(x));
        flat * Flatten()(tanh(turned))
    }
);

model!(
    fn Custom(x: Input<4>) -> Output<2> {
        let h = Dense(4)(x);
        let (first, second) = Halves()(h);
        first * second
    }
);

model!(
    fn CustomUnused(x: Input<4>) -> Output<2> {
        let (_, second) = Halves()(tanh(x));
        Dense(2)(second)
    }
);

model!(
    fn CustomShared(x: Input<4>, y: Input<4>) -> Output<2> {
        let halves = Halves();
        let (a, b) = halves(x);
        let (c, _) = halves(y);
        a * b + c
    }
);

model!(
    fn CustomOverTime(x: Input<_, 2>) -> Output<2> {
        GlobalAveragePooling1D()(Twice()(LayerNormalization()(x)))
    }
);

model!(
    fn Unrolled(x: Input<4>) -> Output<4> {
        fn residual(x: Tensor, width: usize) -> Tensor {
            let h = Dense(width, activation = tanh)(x);
            Dense(4)(h) + x
        }
        let mut h = x;
        for width in [2, 3, 5] {
            h = residual(h, width);
        }
        h
    }
);

gradients! {
    one_tensor_into_three_layers: FanOut,
    a_tensor_added_to_itself: SameTwice,
    a_tensor_thrice_into_one_layer: SameThrice,
    a_tensor_times_itself: Square,
    an_input_times_itself: SquareOfInput,
    an_input_times_itself_without_weights: SquareAlone,
    a_tensor_times_itself_and_used_elsewhere: SquareAndMore,
    a_layer_used_twice: SharedTwice,
    a_layer_used_three_times_in_a_row: SharedThriceInARow,
    a_layer_used_twice_on_one_tensor: SharedOnTheSame,
    a_reshaped_tensor: Alias,
    a_reshaped_tensor_with_more_users: AliasWithMoreUsers,
    a_chain_of_reshaped_tensors: AliasOfAlias,
    a_reshaped_input: AliasOfTheInput,
    a_reshaped_input_and_nothing_else: AliasIsAllThereIs,
    a_reshaped_tensor_that_is_an_output: AliasIsOutput,
    an_output_that_is_used_further: OutputUsedFurther,
    an_output_that_is_used_several_times_further: OutputUsedTwiceFurther,
    dropout_with_a_fixed_mask: Dropped,
    a_batch_normalization_used_twice: Normed,
    a_model_without_weights: NothingToTrain,
    first_layers_without_weights: WeightsComeLate,
    weights_beside_a_branch_without: WeightsOnOneSide,
    ids_into_an_embedding: Ids,
    an_embedding_used_twice: IdsTwice,
    ids_into_two_embeddings: IdsToTwoTables,
    operators_that_broadcast: Broadcast,
    operators_that_broadcast_what_is_trained: BroadcastTrained,
    merging_layers: Merged,
    a_dynamic_axis: OverTime,
    a_named_axis: OneNameTwoSequences,
    a_nested_model: NestedOnce,
    a_nested_model_used_twice: NestedTwice,
    a_nested_model_with_an_unused_output: NestedUnused,
    two_levels_of_nested_models: NestedInNested,
    a_nested_model_that_takes_ids: NestedIds,
    a_nested_model_with_state: NestedNorm,
    a_nested_model_that_only_reshapes: NestedAlias,
    a_custom_layer_with_two_outputs: Custom,
    a_custom_layer_with_an_unused_output: CustomUnused,
    a_custom_layer_used_twice: CustomShared,
    a_custom_layer_over_a_dynamic_axis: CustomOverTime,
    helpers_and_loops: Unrolled,
}

model!(
    fn Unneeded(x: Input<3, 2>) -> Output<2> {
        let h = Dense(4, activation = tanh)(Flatten()(x));
        let _dense = Dense(3)(h);
        let _rows = Reshape((2, 2))(h);
        Dense(2)(h)
    }
);

gradients! {
    /// What is bound to a name that begins with `_` may reach no output; its gradient is zero.
    unneeded: Unneeded,
}
