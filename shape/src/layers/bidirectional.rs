use super::{GRU, LSTM, SimpleRNN, check};
use crate::layer::{layer, ok};
use crate::{Facts, In, Inner, Layer, MergeMode, Msg, Outs, Rule, Shape, Weights};

layer! {
    /// A recurrent layer from the first step to the last, and a second one from the last to the first.
    ///
    /// Input: `[steps, features]`, the steps may be dynamic; then, where given, the states to start from, those of the
    /// forward direction first. Output: `[2 units]`, or `[steps, 2 units]` with `return_sequences = true` in the layer, the
    /// backward direction in the order of the input; `units` with another merge mode; then the last states with
    /// `return_state = true` in the layer. A masked step of a sequence is 0. Weights: those of the layer, once for each direction.
    /// Training and inference: as the layer. Errors: those of the layer, a layer that is not recurrent or goes backwards.
    /// From: Schuster, Paliwal, "Bidirectional recurrent neural networks", 1997.
    Bidirectional {
        /// The recurrent layer: LSTM, GRU or SimpleRNN.
        layer: Inner,
        /// How both outputs become one; `None` for two outputs.
        merge_mode: Option<MergeMode> = Some(MergeMode::Concat),
    }
}

const NAMES: [[&str; 3]; 2] = [
    ["forward_kernel", "forward_recurrent_kernel", "forward_bias"],
    ["backward_kernel", "backward_recurrent_kernel", "backward_bias"],
];

impl Bidirectional {
    /// The layers of both directions.
    pub const fn directions(&self) -> Result<[Layer; 2], Msg> {
        let (forward, backward, goes_backwards) = match self.layer.0 {
            Layer::LSTM(layer) => {
                let forward = LSTM { zero_output_for_mask: layer.return_sequences, ..*layer };
                let backward = LSTM { go_backwards: true, ..forward };
                (Layer::LSTM(forward), Layer::LSTM(backward), layer.go_backwards)
            }
            Layer::GRU(layer) => {
                let forward = GRU { zero_output_for_mask: layer.return_sequences, ..*layer };
                let backward = GRU { go_backwards: true, ..forward };
                (Layer::GRU(forward), Layer::GRU(backward), layer.go_backwards)
            }
            Layer::SimpleRNN(layer) => {
                let forward = SimpleRNN { zero_output_for_mask: layer.return_sequences, ..*layer };
                let backward = SimpleRNN { go_backwards: true, ..forward };
                (Layer::SimpleRNN(forward), Layer::SimpleRNN(backward), layer.go_backwards)
            }
            other => {
                return Err(Msg::new("Bidirectional takes a recurrent layer, but got ")
                    .text(other.name())
                    .hint("write Bidirectional(LSTM(64))(x), or GRU or SimpleRNN"));
            }
        };
        if goes_backwards {
            return Err(Msg::new("Bidirectional takes a layer that goes forwards, but got go_backwards = true")
                .hint("leave it out: the second direction is added"));
        }
        Ok([forward, backward])
    }

    /// `[steps, features]` to `[2 units]` or `[steps, 2 units]`.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let [forward, backward] = ok!(self.directions());
        let (inputs, _) = check::unmasked(x);
        let states = self.states();
        if inputs.len() != 1 && inputs.len() != 1 + 2 * states {
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
            None => Outs::one(shape).and(shape),
            Some(MergeMode::Concat) => Outs::one(shape.with(shape.rank() - 1, 2 * shape.last())),
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
        let weights = self.layer.0.weights(x);
        let mut direction = 0;
        while direction < 2 {
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

    /// Twice those of the layer.
    pub const fn flops(&self, x: &[In]) -> usize {
        2 * self.layer.0.flops(x)
    }

    /// As the layer.
    pub const fn facts(&self) -> Facts {
        let facts = self.layer.0.facts();
        Facts { reads: crate::Reads { inputs: true, outputs: false }, ..facts }
    }

    /// The number of states of one direction.
    pub const fn states(&self) -> usize {
        if matches!(self.layer.0, Layer::LSTM(_)) { 2 } else { 1 }
    }

    /// The inputs of one direction and their number.
    const fn inputs(&self, x: &[In], direction: usize) -> ([In; 4], usize) {
        let (inputs, mask) = check::unmasked(x);
        let mut ins = [In::new("", Shape::new(&[])); 4];
        let mut len = 1;
        ins[0] = inputs[0];
        while inputs.len() > 1 && len <= self.states() {
            ins[len] = inputs[len + direction * self.states()];
            len += 1;
        }
        if let Some(mask) = mask {
            ins[len] = *mask;
            len += 1;
        }
        (ins, len)
    }
}
