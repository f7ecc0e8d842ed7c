//! How attention compares, and which masks it reads.

use crate::{Arg, Argument};

words! {
    /// How an attention layer compares a query with a key.
    ScoreMode = "a score mode" {
        /// The sum of the products of their features.
        Dot = dot,
        /// The sum of tanh of their sums.
        Concat = concat,
    }
}

/// Which masks follow the tensors of an attention layer, in this order. The macro sets them; users do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Masks {
    /// One value a step of the query.
    pub query: bool,
    /// One value a place.
    pub value: bool,
    /// One value a place.
    pub key: bool,
    /// One value for each pair of step and place.
    pub attention: bool,
}

impl Masks {
    /// None follows.
    pub const NONE: Masks = Masks { query: false, value: false, key: false, attention: false };

    /// Those of `given`.
    pub const fn of(given: [bool; 4]) -> Masks {
        Masks { query: given[0], value: given[1], key: given[2], attention: given[3] }
    }

    /// In their order.
    pub const fn list(&self) -> [bool; 4] {
        [self.query, self.value, self.key, self.attention]
    }
}

impl Argument for Masks {
    const PLACEHOLDER: Masks = Masks::NONE;
    const WANT: &'static str = "";

    fn read(arg: &Arg<'_>) -> Option<Masks> {
        let Arg::List(list) = arg else { return None };
        let mut given = [false; 4];
        for (given, arg) in given.iter_mut().zip(*list) {
            *given = bool::read(arg)?;
        }
        Some(Masks::of(given))
    }
}
