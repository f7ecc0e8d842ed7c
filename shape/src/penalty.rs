//! What training adds to the loss for a weight, and what it keeps a weight to.

use core::fmt::Debug;

use crate::arguments::places;
use crate::{Arg, Argument, Dims};

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

    fn read(arg: &Arg<'_>) -> Option<Regularizer> {
        let (name, args) = match arg {
            Arg::Word(word) => (*word, &[][..]),
            Arg::Call(name, args) => (*name, *args),
            _ => return None,
        };
        let number = |arg: Option<&Arg<'_>>, default: f64| match arg {
            None => Some(default),
            Some(arg) => f64::read(arg).filter(|number| *number >= 0.0 && number.is_finite()),
        };
        Some(match name {
            "l1" | "L1" => Regularizer::L1L2 { l1: number(places(args, ["l1"])?[0], 0.01)?, l2: 0.0 },
            "l2" | "L2" => Regularizer::L1L2 { l1: 0.0, l2: number(places(args, ["l2"])?[0], 0.01)? },
            "l1_l2" | "L1L2" => {
                let [l1, l2] = places(args, ["l1", "l2"])?;
                Regularizer::L1L2 { l1: number(l1, 0.0)?, l2: number(l2, 0.0)? }
            }
            "OrthogonalRegularizer" | "orthogonal_regularizer" => {
                let [factor, mode] = places(args, ["factor", "mode"])?;
                let rows = match mode {
                    None | Some(Arg::Word("rows")) => true,
                    Some(Arg::Word("columns")) => false,
                    _ => return None,
                };
                Regularizer::Orthogonal { factor: number(factor, 0.01)?, rows }
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

    fn read(arg: &Arg<'_>) -> Option<Constraint> {
        let (name, args) = match arg {
            Arg::Word(word) => (*word, &[][..]),
            Arg::Call(name, args) => (*name, *args),
            _ => return None,
        };
        let number = |arg: Option<&Arg<'_>>, default: f64| arg.map_or(Some(default), f64::read);
        let axes = |arg: Option<&Arg<'_>>| arg.map_or(Some(Dims::of(&[0])), Dims::read);
        Some(match name {
            "max_norm" | "MaxNorm" => {
                let [max_value, axis] = places(args, ["max_value", "axis"])?;
                Constraint::MaxNorm { max_value: number(max_value, 2.0)?, axis: axes(axis)? }
            }
            "non_neg" | "NonNeg" => {
                let [] = places(args, [])?;
                Constraint::NonNeg
            }
            "unit_norm" | "UnitNorm" => {
                let [axis] = places(args, ["axis"])?;
                Constraint::UnitNorm { axis: axes(axis)? }
            }
            "min_max_norm" | "MinMaxNorm" => {
                let [min_value, max_value, rate, axis] = places(args, ["min_value", "max_value", "rate", "axis"])?;
                let (min_value, max_value) = (number(min_value, 0.0)?, number(max_value, 1.0)?);
                Constraint::MinMaxNorm { min_value, max_value, rate: number(rate, 1.0)?, axis: axes(axis)? }
            }
            _ => return None,
        })
    }
}
