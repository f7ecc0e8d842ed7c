use std::ops::Range;

use formwork_shape::{Layer, MergeMode, Shape, layers};
use smallvec::SmallVec;

use super::each;
use super::recurrent::{Memory, Rnn, few};
use crate::buffer::Buffer;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::random::Random;
use crate::view::{Grad, View, ViewMut};
use crate::weights::{Variable, WeightGrads, Weights, named_weights};
use crate::{Real, Threads};

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
    fn row(self, row: usize, direction: usize) -> Range<usize> {
        let at = self.turned(row, direction) * self.units;
        at..at + self.units
    }

    /// Which row of one of both is row `row` of the other.
    fn turned(self, row: usize, direction: usize) -> usize {
        if direction == 0 {
            return row;
        }
        let (sample, step) = (row / self.steps, row % self.steps);
        (sample + 1) * self.steps - 1 - step
    }
}

/// The places of the states of one direction among all of them.
fn states_of(layer: &layers::Bidirectional, direction: usize) -> Range<usize> {
    let [forward, backward] = layer.states();
    if direction == 0 { 0..forward } else { forward..forward + backward }
}

/// The weights of one direction.
fn weights_of<T: Real>(weights: &[Variable<T>], direction: usize) -> &[Variable<T>] {
    let first = weights.iter().position(|variable| variable.name().starts_with("backward"));
    let (forward, backward) = weights.split_at(first.unwrap_or(weights.len()));
    if direction == 0 { forward } else { backward }
}

/// The inputs of one direction: the sequence, its states, the mask.
fn inputs<'a, T: Copy>(
    layer: &layers::Bidirectional,
    x: &[View<'a, T>],
    direction: usize,
) -> SmallVec<[View<'a, T>; 4]> {
    let masks = usize::from(x[x.len() - 1].is_mask());
    let states = states_of(layer, direction);
    let given = if x.len() - masks > 1 { states.len() } else { 0 };
    let first = 1 + states.start.min(x.len() - 1 - masks);
    x[..1].iter().chain(&x[first..first + given]).chain(&x[x.len() - masks..]).copied().collect()
}

/// The layers of both directions.
fn directions(layer: &layers::Bidirectional) -> [Layer; 2] {
    layer.directions().expect("the rule has accepted it")
}

/// The forms of both directions' outputs, from the shape of the layer's.
fn forms(layers: &[Layer; 2], shape: &Shape, batch: usize) -> [Form; 2] {
    let steps = if shape.rank() == 2 { shape.dim(0) } else { 1 };
    let units = |layer: &Layer| match layer {
        Layer::LSTM(layer) => layer.units,
        Layer::GRU(layer) => layer.units,
        Layer::SimpleRNN(layer) => layer.units,
        _ => unreachable!("the rule takes recurrent layers only"),
    };
    layers.each_ref().map(|layer| Form { batch, steps, units: units(layer) })
}

/// What one direction writes: its memory, its output and its states.
type Way<'a, 'y, T> = (&'a mut Memory<T>, &'a mut Buffer<T>, &'a mut [ViewMut<'y, T>]);

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
    let layers = directions(layer);
    let forms = forms(&layers, y[0].shape(), pass.batch);
    let outputs = if layer.merge_mode.is_none() { 2 } else { 1 };
    let (y, states) = y.split_at_mut(outputs);
    let [first, second] = &mut both.memory;
    let [first_y, second_y] = &mut both.y;
    let (first_states, second_states) = states.split_at_mut(states_of(layer, 0).end.min(states.len()));
    let mut ways = [(first, first_y, first_states), (second, second_y, second_states)];
    let infer = |direction: usize, (memory, y, states): &mut Way<'_, '_, T>, random: Option<&mut Random>| {
        let x = inputs(layer, x, direction);
        let weights = weights_of(weights, direction);
        let form = forms[direction];
        let shape = Shape::new(&[form.steps, form.units]);
        let mut views: SmallVec<[ViewMut<'_, T>; 4]> = SmallVec::new();
        views.push(ViewMut::new(y.take(form.size()), pass.batch, shape));
        for state in states.iter_mut() {
            let shape = *state.shape();
            views.push(ViewMut::new(state.data, pass.batch, shape));
        }
        match random {
            Some(random) => rnn(&layers[direction]).train(pass, weights, &x, &mut views, memory, random),
            None => rnn(&layers[direction]).infer(pass, weights, &x, &mut views, memory),
        }
    };
    // Few samples leave the threads little to share within a direction.
    if random.is_none() && few::are_worth_a_thread(&x[0], forms[0].units) {
        pass.threads.chunks_mut(&mut ways, 1, &|direction, way| infer(direction, &mut way[0], None));
    } else {
        (ways.iter_mut().enumerate()).for_each(|(direction, way)| infer(direction, way, random.as_mut()));
    }
    let [a, b] = [both.y[0].get(forms[0].size()), both.y[1].get(forms[1].size())];
    let Some(mode) = layer.merge_mode else {
        for (direction, (y, from)) in y.iter_mut().zip([a, b]).enumerate() {
            each::parts(pass.threads, y.data, forms[direction].units, |row, y| {
                y.copy_from_slice(&from[forms[direction].row(row, direction)]);
            });
        }
        return;
    };
    let width = y[0].last();
    each::parts(pass.threads, y[0].data, width, |row, y| {
        let (a, b) = (&a[forms[0].row(row, 0)], &b[forms[1].row(row, 1)]);
        if mode == MergeMode::Concat {
            y[..a.len()].copy_from_slice(a);
            return y[a.len()..].copy_from_slice(b);
        }
        for (y, (a, b)) in y.iter_mut().zip(a.iter().zip(b)) {
            *y = match mode {
                MergeMode::Mul => *a * *b,
                MergeMode::Ave => (*a + *b) * T::of(0.5),
                _ => *a + *b,
            };
        }
    });
}

/// The gradients of the outputs of both directions.
fn split<T: Real>(
    threads: &Threads,
    layer: &layers::Bidirectional,
    forms: [Form; 2],
    dy: &[View<'_, T>],
    both: &mut Both<T>,
) {
    let Both { y, dy: parts, .. } = both;
    for direction in 0..2 {
        let (form, other_form) = (forms[direction], forms[1 - direction]);
        let part = parts[direction].take(form.size());
        let other = y[1 - direction].get(other_form.size());
        let (first, width) = match layer.merge_mode {
            Some(MergeMode::Concat) => (direction * forms[0].units, forms[0].units + forms[1].units),
            _ => (0, form.units),
        };
        let dy = dy[if layer.merge_mode.is_none() { direction } else { 0 }].data();
        each::parts(threads, part, form.units, |place, part| {
            let row = form.turned(place, direction);
            let dy = &dy[row * width + first..][..form.units];
            match layer.merge_mode {
                Some(MergeMode::Mul) => {
                    let other = &other[other_form.row(row, 1 - direction)];
                    part.iter_mut().zip(dy.iter().zip(other)).for_each(|(d, (dy, other))| *d = *dy * *other);
                }
                Some(MergeMode::Ave) => part.iter_mut().zip(dy).for_each(|(d, dy)| *d = *dy * T::of(0.5)),
                _ => part.copy_from_slice(dy),
            }
        });
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
        let random = work.random(pass, self.seed());
        run(self, pass, weights.variables(), x, y, work.of(), Some(random));
    }

    fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, mut step: Backward<'_, '_, T>, work: &mut Work) {
        let both = work.of::<Both<T>>();
        let layers = directions(self);
        let forms = forms(&layers, step.dy[0].shape(), pass.batch);
        split(pass.threads, self, forms, step.dy, both);
        let outputs = if self.merge_mode.is_none() { 2 } else { 1 };
        for (direction, layer) in layers.iter().enumerate() {
            let weights = weights_of(weights.variables(), direction);
            let len = weights.iter().map(|variable| variable.data().len()).sum();
            let x = inputs(self, step.x, direction);
            let form = forms[direction];
            let shape = Shape::new(&[form.steps, form.units]);
            let dy = View::numbers(both.dy[direction].get(form.size()), pass.batch, shape);
            let states = step.dy[outputs..].get(states_of(self, direction)).unwrap_or_default();
            let dy: SmallVec<[View<'_, T>; 4]> = [dy].iter().chain(states).copied().collect();
            let given = x.len() - 1 - usize::from(x[x.len() - 1].is_mask());
            let mut dx: SmallVec<[Grad<'_, T>; 4]> = SmallVec::new();
            let (first, rest) = step.dx.split_at_mut(1);
            let start = if given == 0 { 0 } else { states_of(self, direction).start };
            for (k, dx_part) in first.iter_mut().chain(&mut rest[start..][..given]).enumerate() {
                dx.push(match dx_part.target() {
                    // Both directions read the sequence.
                    Some((data, _)) if direction == 1 && k == 0 => Grad::new(data, Write::Add),
                    Some((data, write)) => Grad::new(data, write),
                    None => Grad::unread(),
                });
            }
            dx.resize_with(x.len(), Grad::unread);
            let (wanted, write) = (step.dw.is_wanted(), step.dw.write());
            let dw = WeightGrads::new(step.dw.next(len), write).wanted_if(wanted);
            let back = Backward { x: &x, y: &[], dy: &dy, dx: &mut dx, dw };
            rnn(layer).backward(pass, weights, back, &mut both.memory[direction]);
        }
    }
}

#[cfg(test)]
super::conformance::cases!(Bidirectional: (shape(2..3), 0..6usize, 0..6usize, [any::<bool>(); 2]) => |(input, which, mode, [masked, start])| {
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
    // Other kinds, widths and numbers of weights, where both are joined.
    const BACKWARD: [Layer; 6] = [
        Layer::GRU(layers::GRU { units: 3, go_backwards: true, ..layers::GRU::TEMPLATE }),
        Layer::LSTM(layers::LSTM { units: 1, go_backwards: true, use_bias: false, ..LSTMS[1] }),
        Layer::GRU(layers::GRU { units: 2, go_backwards: true, return_sequences: true, return_state: true, ..layers::GRU::TEMPLATE }),
        Layer::LSTM(layers::LSTM { units: 1, go_backwards: true, return_state: true, ..layers::LSTM::TEMPLATE }),
        Layer::SimpleRNN(layers::SimpleRNN { units: 3, go_backwards: true, return_sequences: true, ..layers::SimpleRNN::TEMPLATE }),
        Layer::GRU(layers::GRU { units: 1, go_backwards: true, return_sequences: true, use_bias: false, ..layers::GRU::TEMPLATE }),
    ];
    let concat = Some(MergeMode::Concat);
    let merge_mode = [None, concat, Some(MergeMode::Sum), Some(MergeMode::Mul), Some(MergeMode::Ave), concat][mode];
    let backward_layer = (mode == 5 || mode == 0 && masked).then_some(Inner(&BACKWARD[which]));
    let layer = layers::Bidirectional { layer: Inner(&INNER[which]), merge_mode, backward_layer };
    let units = forms(&directions(&layer), &Shape::new(&[1]), 1).map(|form| form.units);
    let states = layer.states().into_iter().zip(units).flat_map(|(states, units)| vec![Shape::new(&[units]); states]);
    let start = if start { usize::MAX } else { 0 };
    Case::new(layer, [input].into_iter().chain(states.take(start))).masked(masked)
});
