use super::{GRU, LSTM, SimpleRNN, check};
use crate::layer::{layer, ok};
use crate::{Facts, In, Inner, Layer, MergeMode, Msg, Outs, Rule, Shape, Weights};

layer! {
    /// A recurrent layer from the first step to the last, and a second one from the last to the first.
    ///
    /// Input: `[steps, features]`, the steps may be dynamic; then, where given, the states to start from, those of the
    /// forward direction first. Output: `[2 units]`, or `[steps, 2 units]` with `return_sequences = true` in the layer, the
    /// backward direction in the order of the input, `y = concat(forward(x), backward(x))`; `units` with another merge
    /// mode; then the last states with
    /// `return_state = true` in the layer. A masked step of a sequence is 0. Weights: those of the layer, once for each direction.
    /// Training and inference: as the layer. Errors: those of the layer, a layer that is not recurrent or goes backwards, a
    /// `backward_layer` that does not go backwards or returns something else.
    /// From: Schuster, Paliwal, "Bidirectional recurrent neural networks", 1997.
    Bidirectional {
        /// The recurrent layer: LSTM, GRU or SimpleRNN.
        layer: Inner,
        /// How both outputs become one; `None` for two outputs.
        merge_mode: Option<MergeMode> = Some(MergeMode::Concat),
        /// The layer from the last step to the first, with `go_backwards = true`, where it is not the same as the other.
        backward_layer: Option<Inner> = None,
    }
}

const NAMES: [[&str; 3]; 2] = [
    ["forward_kernel", "forward_recurrent_kernel", "forward_bias"],
    ["backward_kernel", "backward_recurrent_kernel", "backward_bias"],
];

/// What a recurrent layer is asked for here.
struct Direction {
    units: usize,
    states: usize,
    return_sequences: bool,
    return_state: bool,
    go_backwards: bool,
    seed: Option<usize>,
}

impl Direction {
    /// `None` where the layer is not recurrent.
    const fn of(layer: &Layer) -> Option<Direction> {
        let (units, return_sequences, return_state, go_backwards, seed) = match layer {
            Layer::LSTM(l) => (l.units, l.return_sequences, l.return_state, l.go_backwards, l.seed),
            Layer::GRU(l) => (l.units, l.return_sequences, l.return_state, l.go_backwards, l.seed),
            Layer::SimpleRNN(l) => (l.units, l.return_sequences, l.return_state, l.go_backwards, l.seed),
            _ => return None,
        };
        let states = if matches!(layer, Layer::LSTM(_)) { 2 } else { 1 };
        Some(Direction { units, states, return_sequences, return_state, go_backwards, seed })
    }
}

/// The same recurrent layer in the direction that is wanted; masked steps of its sequence are 0.
const fn turned(layer: &Layer, go_backwards: bool) -> Layer {
    match layer {
        Layer::LSTM(l) => Layer::LSTM(LSTM { zero_output_for_mask: l.return_sequences, go_backwards, ..*l }),
        Layer::GRU(l) => Layer::GRU(GRU { zero_output_for_mask: l.return_sequences, go_backwards, ..*l }),
        Layer::SimpleRNN(l) => {
            Layer::SimpleRNN(SimpleRNN { zero_output_for_mask: l.return_sequences, go_backwards, ..*l })
        }
        other => *other,
    }
}

impl Bidirectional {
    /// The layers of both directions.
    pub const fn directions(&self) -> Result<[Layer; 2], Msg> {
        let Some(forward) = Direction::of(self.layer.0) else {
            return Err(not_recurrent("Bidirectional takes LSTM, GRU or SimpleRNN, but got ", self.layer.0));
        };
        if forward.go_backwards {
            return Err(Msg::new("Bidirectional takes a layer that goes forwards, but got go_backwards = true")
                .hint("leave it out: the second direction is added"));
        }
        let Some(Inner(own)) = self.backward_layer else {
            return Ok([turned(self.layer.0, false), turned(self.layer.0, true)]);
        };
        let Some(backward) = Direction::of(own) else {
            return Err(not_recurrent("Bidirectional takes LSTM, GRU or SimpleRNN as backward_layer, but got ", own));
        };
        if !backward.go_backwards {
            return Err(Msg::new("Bidirectional takes a backward_layer that goes backwards, but this one does not")
                .hint("write backward_layer = LSTM(64, go_backwards = true)"));
        }
        if forward.return_sequences != backward.return_sequences || forward.return_state != backward.return_state {
            return Err(Msg::new("the two layers of Bidirectional return different things")
                .hint("give both the same return_sequences and return_state"));
        }
        let one_width = !matches!(self.merge_mode, None | Some(MergeMode::Concat));
        if one_width && forward.units != backward.units {
            return Err(Msg::new("Bidirectional adds or multiplies outputs of equal widths, but its layers have ")
                .number(forward.units)
                .text(" and ")
                .number(backward.units)
                .text(" units")
                .hint("give both the same units, or leave merge_mode out to join them"));
        }
        Ok([turned(self.layer.0, false), turned(own, true)])
    }

    /// `[steps, features]` to `[2 units]` or `[steps, 2 units]`.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let [forward, backward] = ok!(self.directions());
        let (inputs, _) = check::unmasked(x);
        let states = self.states();
        if inputs.len() != 1 && inputs.len() != 1 + states[0] + states[1] {
            return Err(Msg::new("Bidirectional takes a sequence, or a sequence and the states to start from, but ")
                .number(inputs.len())
                .text(" inputs were given")
                .hint("write the states after the sequence, first those of the forward direction"));
        }
        let (ins, len) = self.inputs(x, 0);
        let a = ok!(forward.outputs(ins.split_at(len).0));
        let (ins, len) = self.inputs(x, 1);
        let b = ok!(backward.outputs(ins.split_at(len).0));
        let shape = a.get(0).shape;
        let mut outs = match self.merge_mode {
            None => Outs::one(shape).and(b.get(0).shape),
            Some(MergeMode::Concat) => {
                Outs::one(shape.with(shape.rank() - 1, shape.last().saturating_add(b.get(0).shape.last())))
            }
            Some(_) => Outs::one(shape),
        };
        let mut k = 1;
        while k < a.len() {
            outs = outs.and(a.get(k).shape);
            k += 1;
        }
        let mut k = 1;
        while k < b.len() {
            outs = outs.and(b.get(k).shape);
            k += 1;
        }
        Ok(outs)
    }

    /// Those of both directions, the forward one first.
    pub const fn weights(&self, x: &[In]) -> Weights {
        let mut all = Weights::NONE;
        let Ok(directions) = self.directions() else { return all };
        let mut direction = 0;
        while direction < 2 {
            let weights = directions[direction].weights(x);
            let mut k = 0;
            while k < weights.as_slice().len() {
                let mut spec = weights.as_slice()[k];
                spec.name = NAMES[direction][k];
                all = all.push(spec);
                k += 1;
            }
            direction += 1;
        }
        all
    }

    /// Those of both directions.
    pub const fn flops(&self, x: &[In]) -> usize {
        match self.directions() {
            Ok([forward, backward]) => forward.flops(x).saturating_add(backward.flops(x)),
            Err(_) => 0,
        }
    }

    /// As the layer.
    pub const fn facts(&self) -> Facts {
        let facts = self.layer.0.facts();
        Facts { reads: crate::Reads { inputs: true, outputs: false }, ..facts }
    }

    /// The seed of the layer's random numbers, if it has one of its own.
    pub const fn seed(&self) -> Option<usize> {
        match Direction::of(self.layer.0) {
            Some(direction) => direction.seed,
            None => None,
        }
    }

    /// The number of states of each direction.
    pub const fn states(&self) -> [usize; 2] {
        let backward = match self.backward_layer {
            Some(Inner(layer)) => layer,
            None => self.layer.0,
        };
        match (Direction::of(self.layer.0), Direction::of(backward)) {
            (Some(forward), Some(backward)) => [forward.states, backward.states],
            _ => [1, 1],
        }
    }

    /// The inputs of one direction and their number.
    const fn inputs(&self, x: &[In], direction: usize) -> ([In; 4], usize) {
        let (inputs, mask) = check::unmasked(x);
        let mut ins = [In::new("", Shape::new(&[])); 4];
        let states = self.states();
        let mut len = 1;
        ins[0] = inputs[0];
        while inputs.len() > 1 && len <= states[direction] {
            ins[len] = inputs[len + direction * states[0]];
            len += 1;
        }
        if let Some(mask) = mask {
            ins[len] = *mask;
            len += 1;
        }
        (ins, len)
    }
}

const fn not_recurrent(text: &str, layer: &Layer) -> Msg {
    let m = Msg::new(text).text(layer.name());
    if !matches!(layer, Layer::ConvLSTM1D(_) | Layer::ConvLSTM2D(_) | Layer::ConvLSTM3D(_)) {
        return m.hint("write Bidirectional(LSTM(64))(x), or GRU or SimpleRNN");
    }
    m.text("\nhint: join two layers, one of which goes backwards: Concatenate()(")
        .text(layer.name())
        .text("(8, 3)(x), ")
        .text(layer.name())
        .text("(8, 3, go_backwards = true)(x)); turn what comes out as a sequence with flip(.., axis = 1)")
}
