use formwork_shape::layers;

use super::attend::{self, Hiding, Sizes, Weighing};
use super::{columns, each};
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::kernels::gemm::{Epilogue, Matrix, gemm};
use crate::random::Random;
use crate::view::{View, ViewMut};
use crate::weights::{Weights, named_weights};

named_weights! {
    MultiHeadAttention {
        query_kernel / query_kernel_mut: Ix3,
        query_bias / query_bias_mut: Ix2 optional,
        key_kernel / key_kernel_mut: Ix3,
        key_bias / key_bias_mut: Ix2 optional,
        value_kernel / value_kernel_mut: Ix3,
        value_bias / value_bias_mut: Ix2 optional,
        output_kernel / output_kernel_mut: Ix3,
        output_bias / output_bias_mut: Ix1 optional,
    }
}

const QUERY: usize = 0;
const KEY: usize = 1;
const VALUE: usize = 2;
const OUTPUT: usize = 3;

/// The projections of query, key and value, the sums before the output's projection, and all their gradients.
#[derive(Default)]
struct Heads<T> {
    weighing: Weighing<T>,
    projected: [Buffer<T>; 4],
    d: [Buffer<T>; 4],
    partial: Buffer<T>,
}

/// The input that each of query, key and value is made from.
fn sources<T>(x: &[View<'_, T>]) -> [usize; 3] {
    [0, x.len() - 1, 1]
}

fn sizes<T>(layer: &layers::MultiHeadAttention, pass: &Pass<'_>, x: &[View<'_, T>]) -> Sizes {
    let count = |dims: &[usize]| dims.iter().product::<usize>();
    let (query, value) = (x[0].shape().dims(), x[1].shape().dims());
    let (lead, last) = (layer.leading(query.len()), query.len() - 1);
    Sizes {
        steps: count(&query[lead..last]),
        places: count(&value[lead..last]),
        heads: layer.num_heads,
        key: layer.key_dim,
        value: layer.value_width(),
        samples: pass.batch * count(&query[..lead]),
    }
}

/// `y = x · kernel + bias`, with kernel and bias number `which`; matrices have `width` columns.
fn project<T: Real>(
    layer: &layers::MultiHeadAttention,
    pass: &Pass<'_>,
    weights: &Weights<T>,
    which: usize,
    (x, width): (&[T], usize),
    y: &mut [T],
) {
    let (at, bias) = if layer.use_bias { (2 * which, Some(weights.data(2 * which + 1))) } else { (which, None) };
    let kernel = weights.data(at);
    let cols = kernel.len() / width;
    let (x, kernel) = (Matrix::new(x, x.len() / width, width), Matrix::new(kernel, width, cols));
    gemm(pass.threads, x, kernel, y, cols, Write::Overwrite, &Epilogue { bias, activate: None });
}

fn forward<T: Real>(
    layer: &layers::MultiHeadAttention,
    pass: &Pass<'_>,
    weights: &Weights<T>,
    x: &[View<'_, T>],
    y: &mut [ViewMut<'_, T>],
    work: &mut Work,
    dropout: Option<(f64, Random)>,
) {
    let (x, masks) = attend::split(x, layer.masks);
    let (sizes, hiding) =
        (sizes(layer, pass, x), Hiding::new(layer.use_causal_mask, true, masks).within(layer.sliding_window));
    let Heads { weighing, projected, .. } = work.of::<Heads<T>>();
    for (which, source) in sources(x).into_iter().enumerate() {
        let x = &x[source];
        let width = sizes.heads * if which == VALUE { sizes.value } else { sizes.key };
        let rows = x.data().len() / x.last();
        project(layer, pass, weights, which, (x.data(), x.last()), projected[which].take(rows * width));
    }
    let [query, key, value, sums] = projected;
    let (rows, places) = (sizes.samples * sizes.steps, sizes.samples * sizes.places);
    let width = sizes.heads * sizes.value;
    let factor = T::of((sizes.key as f64).sqrt().recip());
    let shares = sizes.weigh(pass, weighing, &hiding, dropout, |scores| {
        let (query, key) = (query.get(rows * sizes.heads * sizes.key), key.get(places * sizes.heads * sizes.key));
        sizes.scores(pass, query, key, factor, scores);
    });
    let sums = sums.take(rows * width);
    sizes.mix(pass, shares, value.get(places * width), sums);
    if let Some(y) = y.get_mut(1) {
        y.data.copy_from_slice(shares);
    }
    project(layer, pass, weights, OUTPUT, (sums, width), y[0].data);
}

impl<T: Real> Kernel<T> for layers::MultiHeadAttention {
    fn infer(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    ) {
        forward(self, pass, weights, x, y, work, None);
    }

    fn train(
        &self,
        pass: &Pass<'_>,
        weights: &mut Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    ) {
        let random = work.random(pass, self.seed);
        forward(self, pass, weights, x, y, work, Some((pass.randomly(self.dropout), random)));
    }

    fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, mut step: Backward<'_, '_, T>, work: &mut Work) {
        let (x, masks) = attend::split(step.x, self.masks);
        let (sizes, hiding) =
            (sizes(self, pass, x), Hiding::new(self.use_causal_mask, true, masks).within(self.sliding_window));
        let Heads { weighing, projected, d, partial } = work.of::<Heads<T>>();
        let (rows, places) = (sizes.samples * sizes.steps, sizes.samples * sizes.places);
        let (keys, values) = (sizes.heads * sizes.key, sizes.heads * sizes.value);
        let lengths = [rows * keys, places * keys, places * values, rows * values];
        let projected: [&[T]; 4] = std::array::from_fn(|which| projected[which].get(lengths[which]));
        let [dquery, dkey, dvalue, dsums] = d;
        let (dquery, dkey) = (dquery.take(lengths[QUERY]), dkey.take(lengths[KEY]));
        let (dvalue, dsums) = (dvalue.take(lengths[VALUE]), dsums.take(lengths[OUTPUT]));
        let (dy, width) = (step.dy[0].data(), step.dy[0].last());
        let kernel = |which: usize| weights.data(if self.use_bias { 2 * which } else { which });

        let output = Matrix::new(kernel(OUTPUT), values, width).transposed();
        gemm(pass.threads, Matrix::new(dy, rows, width), output, dsums, values, Write::Overwrite, &Epilogue::none());
        sizes.value_gradient(pass, weighing, pass.randomly(self.dropout), dsums, (dvalue, Write::Overwrite));
        let dweights = step.dy.get(1).map(View::data);
        let dscores =
            sizes.unweigh(pass, weighing, &hiding, pass.randomly(self.dropout), (dsums, projected[VALUE]), dweights);
        sizes.query_gradient(pass, dscores, projected[KEY], (dquery, Write::Overwrite));
        sizes.key_gradient(pass, dscores, projected[QUERY], (dkey, Write::Overwrite));
        let factor = T::of((sizes.key as f64).sqrt().recip());
        each::scale(pass.threads, dquery, factor);
        each::scale(pass.threads, dkey, factor);

        let write = step.dw.write();
        let sources = sources(x);
        let gradients: [(&[T], &[T]); 4] = [
            (x[sources[QUERY]].data(), dquery),
            (x[sources[KEY]].data(), dkey),
            (x[sources[VALUE]].data(), dvalue),
            (projected[OUTPUT], dy),
        ];
        for (which, (x, d)) in gradients.into_iter().enumerate() {
            let cols = [keys, keys, values, width][which];
            let inner = kernel(which).len() / cols;
            let (x, rows) = (Matrix::new(x, x.len() / inner, inner).transposed(), Matrix::new(d, d.len() / cols, cols));
            gemm(pass.threads, x, rows, step.dw.next(inner * cols), cols, write, &Epilogue::none());
            if self.use_bias {
                columns::add_up(pass.threads, d, partial, (step.dw.next(cols), write));
            }
        }
        let mut written = [false; 3];
        for (which, source) in sources.into_iter().enumerate() {
            let Some((dx, write)) = step.dx[source].target() else { continue };
            // The values may be the keys: their gradients are added up.
            let write = if written[source] { Write::Add } else { write };
            written[source] = true;
            let (d, cols) = (gradients[which].1, if which == VALUE { values } else { keys });
            let inner = kernel(which).len() / cols;
            let kernel = Matrix::new(kernel(which), inner, cols).transposed();
            gemm(pass.threads, Matrix::new(d, d.len() / cols, cols), kernel, dx, inner, write, &Epilogue::none());
        }
    }
}

#[cfg(test)]
super::conformance::cases!(MultiHeadAttention: ([(); 6].map(|()| 1..4usize), [any::<bool>(); 6], [any::<bool>(); 4], option::of(1..4usize), (option::weighted(0.3, 1..4usize), select(vec![0.0, 0.4]))) => |(dims, flags, masks, value_dim, (sliding_window, dropout))| {
    let [steps, places, features, width, num_heads, key_dim] = dims;
    let [use_bias, use_causal_mask, return_attention_scores, apart, wide, deep] = flags;
    let layer = layers::MultiHeadAttention {
        num_heads,
        key_dim,
        value_dim,
        dropout,
        use_bias,
        output_shape: wide.then_some([5]),
        use_causal_mask,
        sliding_window: sliding_window.filter(|_| !deep),
        return_attention_scores,
        masks: formwork_shape::Masks::of(if deep { [false; 4] } else { masks }),
        ..layers::MultiHeadAttention::TEMPLATE
    };
    if !deep {
        return attention(layer, [steps, places, features, width], apart, layer.masks);
    }
    // Axes before those that are attended over, and several of those.
    let over = masks[0].then(|| formwork_shape::Dims::of(if masks[1] { &[2] } else { &[2, 3] }));
    let lead = 2;
    let shape = |places: usize, features: usize| match masks[1] {
        true => formwork_shape::Shape::new(&[lead, places, features]),
        false => formwork_shape::Shape::new(&[lead, places, 2, features]),
    };
    let layer = layers::MultiHeadAttention { attention_axes: over, return_attention_scores: masks[1], ..layer };
    let inputs = [shape(steps, features), shape(places, width), shape(places, 2)];
    Case::new(layer, inputs.into_iter().take(if apart { 3 } else { 2 }))
});
