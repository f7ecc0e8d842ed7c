//! Which weights an argument such as `kernel_constraint` is about, and whether what it says fits them.

use crate::{Constraint, In, Initializer, Layer, Msg, Outs, Weights, too_large};

/// Is the weight `name`, one of `names`, what the arguments of Keras that begin with `which` are about? Where several rules
/// find one, the first rule says which.
pub fn is_about<'a>(which: &str, names: impl Iterator<Item = &'a str> + Clone, name: &str) -> bool {
    // The directions of a Bidirectional have the names of its layer.
    fn base(name: &str) -> &str {
        name.strip_prefix("forward_").or_else(|| name.strip_prefix("backward_")).unwrap_or(name)
    }
    // `kernel`; `recurrent_kernel` of `recurrent`; `query_kernel` of `kernel`; the one kernel of `depthwise`
    let rules: [fn(&str, &str) -> bool; 4] = [
        |name, which| name == which,
        |name, which| name.strip_prefix(which) == Some("_kernel"),
        |name, which| name.strip_suffix(which).is_some_and(|rest| rest.ends_with('_')),
        |name, which| which == "depthwise" && name == "kernel",
    ];
    let rule = rules.into_iter().find(|rule| names.clone().any(|name| rule(base(name), which)));
    rule.is_some_and(|rule| rule(base(name), which))
}

/// What is wrong with a use of a layer whose rule took its inputs: what it makes is too large, or a weight cannot start as its
/// initializer says. Empty if nothing is.
pub const fn unfit(layer: &Layer, weights: &Weights, x: &[In], outs: &Outs) -> Msg {
    let message = too_large(layer, weights, x, outs);
    if message.is_empty() { unfit_start(layer, weights) } else { message }
}

const fn unfit_start(layer: &Layer, weights: &Weights) -> Msg {
    let weights = weights.as_slice();
    let mut i = 0;
    while i < weights.len() {
        let (initializer, shape) = (&weights[i].initializer, &weights[i].shape);
        let start = Msg::new(layer.name()).text(" starts its `").text(weights[i].name).text("` ");
        match initializer {
            Initializer::Identity(_) if shape.rank() != 2 => {
                return start
                    .text("as an identity matrix, but its shape is ")
                    .list(shape, &[], "[")
                    .text("]")
                    .hint("identity is for a square of weights, as the recurrent_initializer of SimpleRNN(64)");
            }
            Initializer::Orthogonal(_) if shape.rank() < 2 => {
                return start
                    .text("with orthogonal columns, but its shape is ")
                    .list(shape, &[], "[")
                    .text("]")
                    .hint("orthogonal is for weights of two axes and more; biases start as zeros");
            }
            Initializer::RandomNormal(_, stddev) | Initializer::TruncatedNormal(_, stddev)
                if !(*stddev >= 0.0 && stddev.is_finite()) =>
            {
                return start
                    .text("with a standard deviation of ")
                    .decimal(*stddev)
                    .hint("a standard deviation is a finite number from 0 on, such as 0.05");
            }
            Initializer::RandomUniform(low, high) if !(*low <= *high && (*high - *low).is_finite()) => {
                return start
                    .text("between ")
                    .decimal(*low)
                    .text(" and ")
                    .decimal(*high)
                    .text(", which is no interval")
                    .hint("write the smaller number first: RandomUniform(-0.05, 0.05)");
            }
            _ => {}
        }
        i += 1;
    }
    Msg::EMPTY
}

/// What is wrong with what the weights that `which` is about are kept to; empty if nothing is.
pub fn unfit_constraint(layer: &Layer, weights: &Weights, which: &str, constraint: &Constraint) -> Msg {
    let axes = match constraint {
        Constraint::NonNeg => return Msg::EMPTY,
        Constraint::MinMaxNorm { min_value, max_value, .. } if min_value > max_value => {
            return Msg::new(layer.name())
                .text(" keeps norms of its `")
                .text(which)
                .text("` between ")
                .decimal(*min_value)
                .text(" and ")
                .decimal(*max_value)
                .text(", which is no interval")
                .hint("write the smaller number first: MinMaxNorm(0.5, 2.0)");
        }
        Constraint::MaxNorm { axis, .. } | Constraint::UnitNorm { axis } | Constraint::MinMaxNorm { axis, .. } => axis,
    };
    let names = || weights.as_slice().iter().map(|spec| spec.name);
    let about = weights.as_slice().iter().filter(|spec| is_about(which, names(), spec.name));
    for spec in about {
        let rank = spec.shape.rank() as isize;
        if let Some(&axis) = axes.as_slice().iter().find(|axis| **axis < -rank || **axis >= rank) {
            return Msg::new(layer.name())
                .text(" keeps norms along axis ")
                .signed(axis)
                .text(" of its `")
                .text(spec.name)
                .text("`, but its shape is ")
                .list(&spec.shape, &[], "[")
                .text("]")
                .hint("axes of weights are counted from 0: axis = 0 gives each unit of a Dense a norm, axis = (0, 1, 2) each filter of a Conv2D");
        }
    }
    Msg::EMPTY
}
