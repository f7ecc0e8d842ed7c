use formwork_shape::{Layer, MergeMode, Shape, layers};
use smallvec::SmallVec;

use super::recurrent::{Memory, Rnn};
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::random::Random;
use crate::view::{Grad, View, ViewMut};
use crate::weights::{Variable, WeightGrads, Weights, named_weights};

named_weights! {
    Bidirectional {
        forward_kernel / forward_kernel_mut: Ix2,
        forward_recurrent_kernel / forward_recurrent_kernel_mut: Ix2,
        forward_bias / forward_bias_mut: IxDyn optional,
        backward_kernel / backward_kernel_mut: Ix2,
        backward_recurrent_kernel / backward_recurrent_kernel_mut: Ix2,
        backward_bias / backward_bias_mut: IxDyn optional,
    }
}

/// What a pass keeps of both directions.
#[derive(Default)]
struct Both<T> {
    memory: [Memory<T>; 2],
    /// What each direction puts out, in the order of its steps, and the gradients of that.
    y: [Buffer<T>; 2],
    dy: [Buffer<T>; 2],
}

/// One direction as the layer that computes it.
fn rnn<T: Real>(layer: &Layer) -> &dyn Rnn<T> {
    match layer {
        Layer::LSTM(layer) => layer,
        Layer::GRU(layer) => layer,
        Layer::SimpleRNN(layer) => layer,
        _ => unreachable!("the rule takes recurrent layers only"),
    }
}

/// The output of a sequence: how many samples, steps and features. The last step alone has one step.
#[derive(Clone, Copy)]
struct Form {
    batch: usize,
    steps: usize,
    units: usize,
}

impl Form {
    fn size(self) -> usize {
        self.batch * self.steps * self.units
    }

    /// The places in the output of a direction of row `row` of the layer's output: the backward direction turns time round.
    fn row(self, row: usize, direction: usize) -> std::ops::Range<usize> {
        let (sample, step) = (row / self.steps, row % self.steps);
        let step = if direction == 1 { self.steps - 1 - step } else { step };
        let at = (sample * self.steps + step) * self.units;
        at..at + self.units
    }
}

/// The inputs of one direction: the sequence, its states, the mask.
fn inputs<'a, T: Copy>(x: &[View<'a, T>], states: usize, direction: usize) -> SmallVec<[View<'a, T>; 4]> {
    let masks = usize::from(x[x.len() - 1].is_mask());
    let given = if x.len() - masks > 1 { states } else { 0 };
    let first = 1 + direction * given;
    x[..1].iter().chain(&x[first..first + given]).chain(&x[x.len() - masks..]).copied().collect()
}

/// The layers of both directions.
fn directions(layer: &layers::Bidirectional) -> [Layer; 2] {
    layer.directions().expect("the rule has accepted it")
}

/// The form of a direction's output, from the shape of the layer's.
fn form(layer: &layers::Bidirectional, shape: &Shape, batch: usize) -> Form {
    let width = if layer.merge_mode == Some(MergeMode::Concat) { 2 } else { 1 };
    let steps = if shape.rank() == 2 { shape.dim(0) } else { 1 };
    Form { batch, steps, units: shape.last() / width }
}

/// Runs both directions, with `random` in training, and joins their outputs.
fn run<T: Real>(
    layer: &layers::Bidirectional,
    pass: &Pass<'_>,
    weights: &[Variable<T>],
    x: &[View<'_, T>],
    y: &mut [ViewMut<'_, T>],
    both: &mut Both<T>,
    mut random: Option<Random>,
) {
    let form = form(layer, y[0].shape(), pass.batch);
    let shape = Shape::new(&[form.steps, form.units]);
    let outputs = if layer.merge_mode.is_none() { 2 } else { 1 };
    let (y, states) = y.split_at_mut(outputs);
    let count = states.len() / 2;
    for (direction, rnn_layer) in directions(layer).iter().enumerate() {
        let x = inputs(x, layer.states(), direction);
        let weights = &weights[direction * weights.len() / 2..][..weights.len() / 2];
        let mut views: SmallVec<[ViewMut<'_, T>; 4]> = SmallVec::new();
        views.push(ViewMut::new(both.y[direction].take(form.size()), pass.batch, shape));
        for state in &mut states[direction * count..][..count] {
            let shape = *state.shape();
            views.push(ViewMut::new(state.data, pass.batch, shape));
        }
        let memory = &mut both.memory[direction];
        match &mut random {
            Some(random) => rnn(rnn_layer).train(pass, weights, &x, &mut views, memory, random),
            None => rnn(rnn_layer).infer(pass, weights, &x, &mut views, memory),
        }
    }
    let [a, b] = [both.y[0].get(form.size()), both.y[1].get(form.size())];
    let Some(mode) = layer.merge_mode else {
        for (direction, (y, from)) in y.iter_mut().zip([a, b]).enumerate() {
            for (row, y) in y.data.chunks_exact_mut(form.units).enumerate() {
                y.copy_from_slice(&from[form.row(row, direction)]);
            }
        }
        return;
    };
    let width = y[0].last();
    for (row, y) in y[0].data.chunks_exact_mut(width).enumerate() {
        let (a, b) = (&a[form.row(row, 0)], &b[form.row(row, 1)]);
        if mode == MergeMode::Concat {
            y[..form.units].copy_from_slice(a);
            y[form.units..].copy_from_slice(b);
            continue;
        }
        for (y, (a, b)) in y.iter_mut().zip(a.iter().zip(b)) {
            *y = match mode {
                MergeMode::Mul => *a * *b,
                MergeMode::Ave => (*a + *b) * T::of(0.5),
                _ => *a + *b,
            };
        }
    }
}

/// The gradient of the output of a direction.
fn split<T: Real>(layer: &layers::Bidirectional, form: Form, dy: &[View<'_, T>], both: &mut Both<T>) {
    let Both { y, dy: parts, .. } = both;
    for direction in 0..2 {
        let part = parts[direction].take(form.size());
        let other = y[1 - direction].get(form.size());
        for row in 0..form.batch * form.steps {
            let part = &mut part[form.row(row, direction)];
            let dy = match layer.merge_mode {
                None => &dy[direction].data()[row * form.units..][..form.units],
                Some(MergeMode::Concat) => &dy[0].data()[(2 * row + direction) * form.units..][..form.units],
                Some(_) => &dy[0].data()[row * form.units..][..form.units],
            };
            let other = &other[form.row(row, 1 - direction)];
            for ((d, dy), other) in part.iter_mut().zip(dy).zip(other) {
                *d = match layer.merge_mode {
                    Some(MergeMode::Mul) => *dy * *other,
                    Some(MergeMode::Ave) => *dy * T::of(0.5),
                    _ => *dy,
                };
            }
        }
    }
}

impl<T: Real> Kernel<T> for layers::Bidirectional {
    fn infer(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    ) {
        run(self, pass, weights.variables(), x, y, work.of(), None);
    }

    fn train(
        &self,
        pass: &Pass<'_>,
        weights: &mut Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    ) {
        let random = work.random(pass);
        run(self, pass, weights.variables(), x, y, work.of(), Some(random));
    }

    fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, mut step: Backward<'_, '_, T>, work: &mut Work) {
        let both = work.of::<Both<T>>();
        let form = form(self, step.dy[0].shape(), pass.batch);
        split(self, form, step.dy, both);
        let outputs = if self.merge_mode.is_none() { 2 } else { 1 };
        let count = (step.dy.len() - outputs) / 2;
        let weights = weights.variables();
        let shape = Shape::new(&[form.steps, form.units]);
        for (direction, layer) in directions(self).iter().enumerate() {
            let weights = &weights[direction * weights.len() / 2..][..weights.len() / 2];
            let len = weights.iter().map(|variable| variable.data().len()).sum();
            let x = inputs(step.x, self.states(), direction);
            let dy = View::numbers(both.dy[direction].get(form.size()), pass.batch, shape);
            let states = &step.dy[outputs + direction * count..][..count];
            let dy: SmallVec<[View<'_, T>; 4]> = [dy].iter().chain(states).copied().collect();
            let given = x.len() - 1 - usize::from(x[x.len() - 1].is_mask());
            let mut dx: SmallVec<[Grad<'_, T>; 4]> = SmallVec::new();
            let (first, rest) = step.dx.split_at_mut(1);
            for (k, dx_part) in first.iter_mut().chain(&mut rest[direction * given..][..given]).enumerate() {
                dx.push(match dx_part.target() {
                    // Both directions read the sequence.
                    Some((data, _)) if direction == 1 && k == 0 => Grad::new(data, Write::Add),
                    Some((data, write)) => Grad::new(data, write),
                    None => Grad::unread(),
                });
            }
            dx.resize_with(x.len(), Grad::unread);
            let dw = WeightGrads::new(step.dw.next(len), step.dw.write());
            let back = Backward { x: &x, y: &[], dy: &dy, dx: &mut dx, dw };
            rnn(layer).backward(pass, weights, back, &mut both.memory[direction]);
        }
    }
}

#[cfg(test)]
super::conformance::cases!(Bidirectional: (shape(2..3), 0..6usize, 0..5usize, [any::<bool>(); 2]) => |(input, which, mode, [masked, start])| {
    use formwork_shape::Inner;
    const LSTMS: [layers::LSTM; 3] = [
        layers::LSTM { units: 2, ..layers::LSTM::TEMPLATE },
        layers::LSTM { units: 2, return_sequences: true, ..layers::LSTM::TEMPLATE },
        layers::LSTM { units: 1, return_sequences: true, return_state: true, dropout: 0.2, recurrent_dropout: 0.2, ..layers::LSTM::TEMPLATE },
    ];
    const INNER: [Layer; 6] = [
        Layer::LSTM(LSTMS[0]),
        Layer::LSTM(LSTMS[1]),
        Layer::LSTM(LSTMS[2]),
        Layer::GRU(layers::GRU { units: 2, return_state: true, ..layers::GRU::TEMPLATE }),
        Layer::GRU(layers::GRU { units: 2, return_sequences: true, ..layers::GRU::TEMPLATE }),
        Layer::SimpleRNN(layers::SimpleRNN { units: 2, return_sequences: true, ..layers::SimpleRNN::TEMPLATE }),
    ];
    let merge_mode = [None, Some(MergeMode::Concat), Some(MergeMode::Sum), Some(MergeMode::Mul), Some(MergeMode::Ave)][mode];
    let layer = layers::Bidirectional { layer: Inner(&INNER[which]), merge_mode };
    let units = if which == 2 { 1 } else { 2 };
    let states = std::iter::repeat_n(Shape::new(&[units]), if start { 2 * layer.states() } else { 0 });
    Case::new(layer, [input].into_iter().chain(states)).masked(masked)
});
