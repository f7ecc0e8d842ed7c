//! What a rule reads and what it returns.

use crate::{Activation, Initializer, Msg, Shape};

/// What a tensor holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Numbers of the model's element type.
    Float,
    /// Whole numbers, such as the ids that an Embedding looks up.
    Int,
    /// True or false for each step: is it data, or padding? Never has a gradient.
    Mask,
}

/// A tensor as rules see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// Per sample.
    pub shape: Shape,
    /// Numbers or ids.
    pub kind: Kind,
}

impl Tensor {
    /// This tensor as an input of a layer.
    pub const fn named(&self, name: &'static str, axes: &'static [&'static str]) -> In {
        In { name, shape: self.shape, kind: self.kind, axes }
    }

    /// Are shape and kind the same?
    pub const fn same(&self, other: &Tensor) -> bool {
        self.kind as u8 == other.kind as u8 && self.shape.same(&other.shape)
    }
}

/// One input of a layer, with the name that messages use.
#[derive(Clone, Copy, Debug)]
pub struct In {
    /// A variable (`photo`) or, for a tensor without a name, the layer that made it (`Flatten()`).
    pub name: &'static str,
    /// Per sample.
    pub shape: Shape,
    /// Numbers or ids.
    pub kind: Kind,
    /// The names of the model's named dynamic axes.
    pub axes: &'static [&'static str],
}

impl In {
    /// An input of numbers in a model without named axes.
    pub const fn new(name: &'static str, shape: Shape) -> In {
        In { name, shape, kind: Kind::Float, axes: &[] }
    }

    /// Did an earlier rule fail for one of `inputs`?
    pub const fn any_poison(inputs: &[In]) -> bool {
        let mut i = 0;
        while i < inputs.len() {
            if inputs[i].shape.is_poison() {
                return true;
            }
            i += 1;
        }
        false
    }
}

/// The outputs of a layer, at most eight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outs {
    len: usize,
    list: [Tensor; Outs::MAX],
}

impl Outs {
    /// The most outputs a layer can have.
    pub const MAX: usize = 8;

    /// One output of numbers.
    pub const fn one(shape: Shape) -> Outs {
        Outs { len: 1, list: [Tensor { shape, kind: Kind::Float }; Outs::MAX] }
    }

    /// One more output of numbers.
    pub const fn and(mut self, shape: Shape) -> Outs {
        self.list[self.len] = Tensor { shape, kind: Kind::Float };
        self.len += 1;
        self
    }

    /// The outputs hold `kind`.
    pub const fn of(mut self, kind: Kind) -> Outs {
        let mut i = 0;
        while i < self.list.len() {
            self.list[i].kind = kind;
            i += 1;
        }
        self
    }

    /// An output with an axis of more than 2³² - 1 places.
    pub(crate) const fn too_long(&self) -> Option<Shape> {
        let mut i = 0;
        while i < self.len {
            if self.list[i].shape.too_long() {
                return Some(self.list[i].shape);
            }
            i += 1;
        }
        None
    }

    /// The number of outputs.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// A layer has at least one output.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Output `i`.
    pub const fn get(&self, i: usize) -> Tensor {
        self.list[i]
    }
}

/// What a shape rule answers.
pub type Rule = Result<Outs, Msg>;

/// One weight of a layer, in Keras' order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightSpec {
    /// Keras' name for it: `kernel`, `bias`, `gamma`.
    pub name: &'static str,
    /// Keras' layout.
    pub shape: Shape,
    /// How it starts.
    pub initializer: Initializer,
    /// Does a gradient step change it? (A moving average is state, not trainable.)
    pub trainable: bool,
}

impl WeightSpec {
    /// A trainable weight.
    pub const fn new(name: &'static str, dims: &[usize], initializer: Initializer) -> WeightSpec {
        WeightSpec { name, shape: Shape::new(dims), initializer, trainable: true }
    }

    /// The same weight as state, which no gradient changes.
    pub const fn state(self) -> WeightSpec {
        WeightSpec { trainable: false, ..self }
    }
}

/// The weights of a layer, at most twelve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    len: usize,
    along: u8,
    list: [WeightSpec; Weights::MAX],
}

impl Weights {
    /// The most weights a layer can have.
    pub const MAX: usize = 12;

    /// A layer without weights.
    pub const NONE: Weights = Weights {
        len: 0,
        along: 0,
        list: [WeightSpec { name: "", shape: Shape::new(&[]), initializer: Initializer::Zeros, trainable: true };
            Weights::MAX],
    };

    /// One more trainable weight of the given dimensions.
    pub const fn with(self, name: &'static str, dims: &[usize], initializer: Initializer) -> Weights {
        self.push(WeightSpec { name, shape: Shape::new(dims), initializer, trainable: true })
    }

    /// One more trainable weight, where `wanted`.
    pub const fn with_if(self, wanted: bool, name: &'static str, dims: &[usize], initializer: Initializer) -> Weights {
        if wanted { self.with(name, dims, initializer) } else { self }
    }

    /// The bias of so many outputs, where `wanted`.
    pub const fn with_bias(self, wanted: bool, outputs: usize, initializer: Initializer) -> Weights {
        self.with_if(wanted, "bias", &[outputs], initializer)
    }

    /// One more trainable kernel, whose axes with a bit in `outputs` are outputs and whose others are inputs.
    pub const fn with_projection(
        self,
        name: &'static str,
        dims: &[usize],
        outputs: u8,
        initializer: Initializer,
    ) -> Weights {
        self.with(name, dims, initializer.projecting(dims, outputs))
    }

    /// One more weight that training changes without a gradient.
    pub const fn with_state(self, name: &'static str, dims: &[usize], initializer: Initializer) -> Weights {
        self.push(WeightSpec { name, shape: Shape::new(dims), initializer, trainable: false })
    }

    /// These weights as statistics of the axes of a sample that `along` has bits for.
    pub const fn of_axes(mut self, along: u8) -> Weights {
        self.along = along;
        self
    }

    /// For statistics: bit `k` is set if axis `k` of a sample has statistics of its own.
    pub const fn along(&self) -> u8 {
        self.along
    }

    /// One more weight.
    pub const fn push(mut self, spec: WeightSpec) -> Weights {
        self.list[self.len] = spec;
        self.len += 1;
        self
    }

    /// The weights as a slice.
    pub const fn as_slice(&self) -> &[WeightSpec] {
        crate::shape::first(&self.list, self.len)
    }

    /// The number of parameters in all of them.
    pub const fn parameters(&self) -> usize {
        let mut count: usize = 0;
        let mut i = 0;
        while i < self.len {
            let size = self.list[i].shape.size();
            count = if size < usize::MAX - count { count + size } else { usize::MAX };
            i += 1;
        }
        count
    }

    /// The number of parameters in the trainable ones.
    pub const fn trainable_parameters(&self) -> usize {
        let mut count = 0;
        let mut i = 0;
        while i < self.len {
            if self.list[i].trainable {
                count += self.list[i].shape.size();
            }
            i += 1;
        }
        count
    }
}

/// Which tensors of the forward pass the backward pass reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reads {
    /// The layer's inputs.
    pub inputs: bool,
    /// The layer's outputs.
    pub outputs: bool,
}

/// Where a layer's output lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// In memory of its own.
    Own,
    /// In its input's: the numbers are the same, only the shape differs (Flatten, Reshape).
    Input,
    /// In its input's at inference, in its own in training (Dropout).
    InputAtInference,
}

/// What a layer does with a mask: the note which steps of its input are data and which are padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Masking {
    /// Drops it: the output has no such steps, or is not known to have them.
    Ends,
    /// Works step by step: the output's steps are the input's.
    Passes,
    /// Leaves masked steps out; the output has no steps any more.
    Reads,
    /// Leaves masked steps out, and the output has the same steps.
    ReadsAndPasses,
    /// Passes it, and reads the one that is given at the call.
    PassesAndReadsGiven,
    /// Reads the masks of query, value and key, and one of pairs, each where there is one; passes that of the query.
    Attends,
    /// A step of the output is data where it is data in any input.
    Merges,
    /// The steps of the output are those of its inputs one after another where they lie on the joined axis; else as `Merges`.
    Joins,
    /// Makes one: ids that are not 0.
    MakesOfIds,
    /// Makes one: steps that hold another value than the field `mask_value`.
    MakesOfSteps,
}

/// What the plan has to know of a layer besides its shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Facts {
    /// What backward reads.
    pub reads: Reads,
    /// Where the output lives.
    pub storage: Storage,
    /// Does training draw random numbers?
    pub random: bool,
    /// The function that made the output's values, where a loss has to know it.
    pub activation: Option<Activation>,
    /// Has the layer weights, whatever its input?
    pub weighted: bool,
    /// What it does with a mask.
    pub masking: Masking,
    /// Is its output a mask?
    pub is_mask: bool,
    /// The tensors that a call may give by name; they follow its other inputs.
    pub call: &'static [&'static str],
    /// What the ids that it looks up must be below.
    pub id_limit: Option<usize>,
    /// Does it look up ids that may be padding, without a word on that?
    pub unmasked: bool,
}

impl Facts {
    /// Reads its inputs in backward, owns its output, has no randomness.
    pub const PLAIN: Facts = Facts {
        reads: Reads { inputs: true, outputs: false },
        storage: Storage::Own,
        random: false,
        activation: None,
        weighted: false,
        masking: Masking::Ends,
        is_mask: false,
        call: &[],
        id_limit: None,
        unmasked: false,
    };

    /// Backward reads the inputs, and the output unless the activation that made it is linear or goes back from its own
    /// input, which the layer then keeps by itself.
    pub const fn activated(activation: Activation) -> Facts {
        Facts {
            reads: Reads {
                inputs: true,
                outputs: !matches!(activation, Activation::Linear) && !activation.reads_input(),
            },
            activation: Some(activation),
            ..Facts::PLAIN
        }
    }

    /// These facts with other reads.
    pub const fn reading(mut self, inputs: bool, outputs: bool) -> Facts {
        self.reads = Reads { inputs, outputs };
        self
    }

    /// These facts with another storage.
    pub const fn stored(mut self, storage: Storage) -> Facts {
        self.storage = storage;
        self
    }

    /// These facts for a layer with weights.
    pub const fn weighted(mut self) -> Facts {
        self.weighted = true;
        self
    }

    /// These facts for a layer that treats masks so.
    pub const fn masking(mut self, masking: Masking) -> Facts {
        self.masking = masking;
        self
    }

    /// These facts, drawing random numbers in training.
    pub const fn randomized(self) -> Facts {
        self.randomized_if(true)
    }

    /// These facts, drawing random numbers in training where `random` says so.
    pub const fn randomized_if(mut self, random: bool) -> Facts {
        self.random = random;
        self
    }
}
