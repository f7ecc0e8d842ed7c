//! What training adds to the loss for a weight, and what it keeps a weight to.

use core::fmt::Debug;

use crate::argument::{number_or, places};
use crate::{Arg, Argument, Call, Dims};

const FACTOR: &str = "a number from 0 on";

const RATE: &str = "a number from 0 to 1";

const AXES: (&str, &str) = ("axis", "an axis such as 0, or several such as (0, 1)");

fn factor_or(default: f64, arg: Option<&Arg<'_>>) -> Option<f64> {
    number_or(default, arg).filter(|number| *number >= 0.0 && number.is_finite())
}

/// A number for a weight `w` that is added to the loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Regularizer {
    /// `l1 Σ |w| + l2 Σ w²`
    L1L2 {
        /// The factor of the sum of absolute values.
        l1: f64,
        /// The factor of the sum of squares.
        l2: f64,
    },
    /// `factor` times the mean of |cosine| between all pairs of rows, or of columns, of a matrix.
    Orthogonal {
        /// The factor.
        factor: f64,
        /// Rows, or columns?
        rows: bool,
    },
}

impl Argument for Regularizer {
    const PLACEHOLDER: Regularizer = Regularizer::L1L2 { l1: 0.0, l2: 0.0 };
    const WANT: &'static str = "a regularizer";
    const WORDS: &'static [&'static str] = &["l1", "l2", "L1(..)", "L2(..)", "L1L2(..)", "OrthogonalRegularizer(..)"];
    const CALLS: &'static [Call] = &[
        Call { name: "L1", parameters: &[("l1", FACTOR)] },
        Call { name: "L2", parameters: &[("l2", FACTOR)] },
        Call { name: "L1L2", parameters: &[("l1", FACTOR), ("l2", FACTOR)] },
        Call { name: "OrthogonalRegularizer", parameters: &[("factor", FACTOR), ("mode", "rows or columns")] },
    ];

    fn read(arg: &Arg<'_>) -> Option<Regularizer> {
        let (name, args) = match arg {
            Arg::Word(word) => (*word, &[][..]),
            Arg::Call(name, args) => (*name, *args),
            _ => return None,
        };
        Some(match name {
            "l1" | "L1" => {
                Regularizer::L1L2 { l1: factor_or(0.01, places::<1>(Self::CALLS, "L1", args)?[0])?, l2: 0.0 }
            }
            "l2" | "L2" => {
                Regularizer::L1L2 { l1: 0.0, l2: factor_or(0.01, places::<1>(Self::CALLS, "L2", args)?[0])? }
            }
            "l1_l2" | "L1L2" => {
                let [l1, l2] = places(Self::CALLS, "L1L2", args)?;
                Regularizer::L1L2 { l1: factor_or(0.0, l1)?, l2: factor_or(0.0, l2)? }
            }
            "OrthogonalRegularizer" | "orthogonal_regularizer" => {
                let [factor, mode] = places(Self::CALLS, "OrthogonalRegularizer", args)?;
                let rows = match mode {
                    None | Some(Arg::Word("rows")) => true,
                    Some(Arg::Word("columns")) => false,
                    _ => return None,
                };
                Regularizer::Orthogonal { factor: factor_or(0.01, factor)?, rows }
            }
            _ => return None,
        })
    }
}

/// What a weight is kept to after each step of training. Norms are taken along `axis`, counted from 0 among the axes of
/// the weight: for a kernel `[inputs, units]`, axis 0 gives each unit a norm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Constraint {
    /// Norms of at most `max_value`.
    MaxNorm {
        /// The largest norm.
        max_value: f64,
        /// The axes of a norm.
        axis: Dims,
    },
    /// No number below 0.
    NonNeg,
    /// Norms of 1.
    UnitNorm {
        /// The axes of a norm.
        axis: Dims,
    },
    /// Norms between two numbers.
    MinMaxNorm {
        /// The smallest norm.
        min_value: f64,
        /// The largest norm.
        max_value: f64,
        /// How much of the way to these norms a step goes.
        rate: f64,
        /// The axes of a norm.
        axis: Dims,
    },
}

impl Argument for Constraint {
    const PLACEHOLDER: Constraint = Constraint::NonNeg;
    const WANT: &'static str = "a constraint";
    const WORDS: &'static [&'static str] = &[
        "non_neg",
        "unit_norm",
        "max_norm",
        "min_max_norm",
        "NonNeg()",
        "UnitNorm(..)",
        "MaxNorm(..)",
        "MinMaxNorm(..)",
    ];
    const CALLS: &'static [Call] = &[
        Call { name: "NonNeg", parameters: &[] },
        Call { name: "UnitNorm", parameters: &[AXES] },
        Call { name: "MaxNorm", parameters: &[("max_value", FACTOR), AXES] },
        Call { name: "MinMaxNorm", parameters: &[("min_value", FACTOR), ("max_value", FACTOR), ("rate", RATE), AXES] },
    ];

    fn read(arg: &Arg<'_>) -> Option<Constraint> {
        let (name, args) = match arg {
            Arg::Word(word) => (*word, &[][..]),
            Arg::Call(name, args) => (*name, *args),
            _ => return None,
        };
        let axes = |arg: Option<&Arg<'_>>| arg.map_or(Some(Dims::of(&[0])), Dims::read);
        Some(match name {
            "max_norm" | "MaxNorm" => {
                let [max_value, axis] = places(Self::CALLS, "MaxNorm", args)?;
                Constraint::MaxNorm { max_value: factor_or(2.0, max_value)?, axis: axes(axis)? }
            }
            "non_neg" | "NonNeg" => {
                let [] = places(Self::CALLS, "NonNeg", args)?;
                Constraint::NonNeg
            }
            "unit_norm" | "UnitNorm" => {
                let [axis] = places(Self::CALLS, "UnitNorm", args)?;
                Constraint::UnitNorm { axis: axes(axis)? }
            }
            "min_max_norm" | "MinMaxNorm" => {
                let [min_value, max_value, rate, axis] = places(Self::CALLS, "MinMaxNorm", args)?;
                let (min_value, max_value) = (factor_or(0.0, min_value)?, factor_or(1.0, max_value)?);
                let rate = factor_or(1.0, rate).filter(|rate| *rate <= 1.0)?;
                Constraint::MinMaxNorm { min_value, max_value, rate, axis: axes(axis)? }
            }
            _ => return None,
        })
    }
}
