use super::check;
use crate::layer::{layer, ok};
use crate::{Facts, In, Inner, MAX_RANK, Masking, Msg, Outs, Rule, Storage, Weights};

layer! {
    /// The same layer at every step of a sequence: `y[t] = layer(x[t])`.
    ///
    /// Input: `[steps, ..]`, where `[..]` is what the layer takes; the steps may be dynamic. Output: `[steps, ..]`, where
    /// `[..]` is what the layer makes of it. Weights: those of the layer. Training and inference: as the layer, with every
    /// step a sample. Errors: those of the layer, an input without steps, a layer with several outputs.
    TimeDistributed {
        /// The layer; it takes one input.
        layer: Inner,
    }
}

impl TimeDistributed {
    /// `[steps, ..]` to `[steps, ..]`.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::one("TimeDistributed", x));
        if input.shape.rank() < 2 {
            return Err(Msg::new("TimeDistributed applies a layer at every step of a sequence, but ")
                .input(input)
                .hint("apply the layer itself, or give the input steps with Reshape((steps, features))"));
        }
        let outs = match self.layer.0.outputs(&[self.step(input)]) {
            Ok(outs) => outs,
            Err(message) => {
                return Err(message.remark(&Msg::new("at each step of ").of_shape(input)));
            }
        };
        if outs.len() != 1 {
            return Err(Msg::new("TimeDistributed takes a layer with one output, but ")
                .text(self.layer.0.name())
                .text(" has ")
                .number(outs.len())
                .hint("leave return_state out"));
        }
        let out = outs.get(0);
        if out.shape.rank() == MAX_RANK {
            return Err(Msg::new("TimeDistributed would make a tensor with more than 6 axes, the most there can be"));
        }
        Ok(Outs::one(out.shape.after(input.shape.dim(0))).of(out.kind))
    }

    /// Those of the layer.
    pub const fn weights(&self, x: &[In]) -> Weights {
        self.layer.0.weights(&[self.step(&x[0])])
    }

    /// Those of the layer, at every step.
    pub const fn flops(&self, x: &[In]) -> usize {
        check::pass(&crate::Shape::new(&[x[0].shape.dim(0)])) * self.layer.0.flops(&[self.step(&x[0])])
    }

    /// As the layer; the steps of the output are those of the input.
    pub const fn facts(&self) -> Facts {
        Facts { masking: Masking::Passes, call: &[], storage: Storage::Own, ..self.layer.0.facts() }
    }

    /// One step of the input.
    const fn step(&self, input: &In) -> In {
        In { name: input.name, shape: input.shape.remove(0), kind: input.kind, axes: input.axes }
    }
}
