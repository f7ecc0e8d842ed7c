//! The rules of layers that the macro could not judge, run while the user's crate compiles: the macro writes what each
//! layer reads, and one constant goes through all of them.

use formwork_shape::{In, Layer, Msg, Outs, Past, Shape, Tale, Tensor, Weights, first, unfit};

/// A tensor that the layers of a group read and do not make.
#[derive(Clone, Copy, Debug)]
pub struct Given {
    /// Its shape and kind.
    pub tensor: Tensor,
    /// As messages call it.
    pub name: &'static str,
    /// Who made it.
    pub maker: &'static str,
    /// The place of the first tensor that its layer read, if it is given, too.
    pub before: Option<usize>,
}

/// One use of a built-in layer.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// The layer with its arguments.
    pub layer: Layer,
    /// As messages call it.
    pub label: &'static str,
    /// The places of the tensors that it reads: first those that are given, then those that the group makes.
    pub inputs: &'static [usize],
    /// The names of the tensors that it makes.
    pub outputs: &'static [&'static str],
    /// The story that its messages tell.
    pub tale: Tale,
    /// What it was unrolled from.
    pub context: &'static str,
    /// Is this the layer's first use? Then its parameters count.
    pub first: bool,
    /// Are its weights frozen? Then they do not count as trainable.
    pub frozen: bool,
    /// The place of the last layer before it with the same arguments.
    pub like: Option<usize>,
}

/// As many layers with the same arguments are looked at for one that has read the same shapes.
const ALIKE: usize = 8;

/// As many mistakes of a group as are reported at once.
const MISTAKES: usize = 16;

/// What a layer makes of its inputs, and its weights; nothing of what follows a mistake: the rules know shapes only.
const fn judge(spec: &Spec, x: &[In]) -> Option<Result<(Outs, Weights), Msg>> {
    if In::any_poison(x) {
        return None;
    }
    let outs = match spec.layer.outputs(x) {
        Ok(outs) => outs,
        Err(message) => return Some(Err(message)),
    };
    if outs.len() != spec.outputs.len() {
        return Some(Err(Msg::names(spec.layer.name(), outs.len(), spec.outputs.len())));
    }
    let weights = spec.layer.weights(x);
    // Another use of a layer has the same weights, which its first use has spoken of.
    let own = if spec.first { &weights } else { &Weights::NONE };
    let mistake = unfit(&spec.layer, own, x, &outs);
    Some(if mistake.is_empty() { Ok((outs, weights)) } else { Err(mistake) })
}

/// What constant evaluation finds out about a group of layers.
#[derive(Debug)]
pub struct Checked<const EDGES: usize> {
    /// The tensors that are given, then those that the layers make; a mistake poisons what follows from it.
    pub tensors: [Tensor; EDGES],
    /// The layers' parameters.
    pub parameters: usize,
    /// Those that gradients change.
    pub trainable: usize,
    mistakes: [(usize, Msg); MISTAKES],
    count: usize,
}

const NO_INPUT: In = In::new("", Shape::POISON);

const POISON: Tensor = Tensor { shape: Shape::POISON, kind: formwork_shape::Kind::Float };

impl<const EDGES: usize> Checked<EDGES> {
    /// Runs the rules of `layers`, none of which reads more than `INPUTS` tensors. What the macro can read it judges itself, by
    /// the same rules in the same order: `run_rule` in `macros/src/check.rs`.
    pub const fn of<const INPUTS: usize>(
        given: &[Given],
        layers: &[Spec],
        axes: &'static [&'static str],
    ) -> Checked<EDGES> {
        let mut checked = Checked {
            tensors: [POISON; EDGES],
            parameters: 0,
            trainable: 0,
            mistakes: [(0, Msg::EMPTY); MISTAKES],
            count: 0,
        };
        let mut names = [""; EDGES];
        let mut past = [Past { shape: Shape::POISON, maker: "", before: None }; EDGES];
        let mut edge = 0;
        while edge < given.len() {
            let Given { tensor, name, maker, before } = given[edge];
            checked.tensors[edge] = tensor;
            names[edge] = name;
            past[edge] = Past { shape: tensor.shape, maker, before };
            edge += 1;
        }
        // Where what each layer makes begins, and its parameters: all, and those that gradients change.
        let (mut made, mut counts) = ([0; EDGES], [(0, 0); EDGES]);
        let mut k = 0;
        while k < layers.len() {
            let spec = &layers[k];
            made[k] = edge;
            match checked.alike(layers, k) {
                Some(like) if !checked.tensors[made[like]].shape.is_poison() => {
                    let mut o = 0;
                    while o < spec.outputs.len() {
                        checked.tensors[edge + o] = checked.tensors[made[like] + o];
                        o += 1;
                    }
                    counts[k] = counts[like];
                }
                _ => {
                    let mut x = [NO_INPUT; INPUTS];
                    let mut i = 0;
                    while i < spec.inputs.len() {
                        let input = spec.inputs[i];
                        x[i] = checked.tensors[input].named(names[input], axes);
                        i += 1;
                    }
                    match judge(spec, first(&x, spec.inputs.len())) {
                        None => {}
                        Some(Ok((outs, weights))) => {
                            let mut o = 0;
                            while o < spec.outputs.len() {
                                checked.tensors[edge + o] = outs.get(o);
                                o += 1;
                            }
                            counts[k] = (weights.parameters(), weights.trainable_parameters());
                        }
                        Some(Err(message)) => {
                            let x = first(&x, spec.inputs.len());
                            checked.add(k, message.told(spec.tale, x, &past, spec.inputs, spec.context));
                        }
                    }
                }
            }
            if spec.first {
                checked.parameters += counts[k].0;
                checked.trainable += if spec.frozen { 0 } else { counts[k].1 };
            }
            let mut o = 0;
            while o < spec.outputs.len() {
                names[edge] = spec.outputs[o];
                let shape = checked.tensors[edge].shape;
                past[edge] = Past { shape, maker: spec.label, before: Some(spec.inputs[0]) };
                edge += 1;
                o += 1;
            }
            k += 1;
        }
        checked
    }

    /// An earlier layer with the arguments of layer `k` that has read tensors of the same shapes and kinds, so that the
    /// rule need not run again: it would say the same.
    const fn alike(&self, layers: &[Spec], k: usize) -> Option<usize> {
        let inputs = layers[k].inputs;
        let (mut like, mut looked) = (layers[k].like, 0);
        while let Some(before) = like
            && looked < ALIKE
        {
            let others = layers[before].inputs;
            let outputs = layers[k].outputs.len() == layers[before].outputs.len();
            let mut same = outputs && inputs.len() == others.len();
            let mut i = 0;
            while same && i < inputs.len() {
                same = self.tensors[inputs[i]].same(&self.tensors[others[i]]);
                i += 1;
            }
            if same {
                return like;
            }
            like = layers[before].like;
            looked += 1;
        }
        None
    }

    /// The operations of `layers`, which this has been found out about; of those with a mistake, which may have numbers
    /// that cannot be computed with, none. Not with the rest: hardly anybody asks.
    pub const fn flops<const INPUTS: usize>(&self, layers: &[Spec]) -> usize {
        if self.count > 0 {
            return 0;
        }
        let (mut flops, mut k) = (0, 0);
        while k < layers.len() {
            let spec = &layers[k];
            let mut x = [NO_INPUT; INPUTS];
            let mut i = 0;
            while i < spec.inputs.len() {
                x[i] = self.tensors[spec.inputs[i]].named("", &[]);
                i += 1;
            }
            let x = first(&x, spec.inputs.len());
            flops += if In::any_poison(x) { 0 } else { spec.layer.flops(x) };
            k += 1;
        }
        flops
    }

    const fn add(&mut self, layer: usize, message: Msg) {
        if self.count < MISTAKES {
            self.mistakes[self.count] = (layer, message);
            self.count += 1;
        }
    }

    /// Stops the compilation if the rule of this layer failed.
    #[track_caller]
    pub const fn report(&self, layer: usize) {
        let mut k = 0;
        while k < self.count {
            if self.mistakes[k].0 == layer {
                self.mistakes[k].1.report();
            }
            k += 1;
        }
    }
}
