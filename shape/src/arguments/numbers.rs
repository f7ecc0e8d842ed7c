//! Lists of numbers.

use core::fmt::{Debug, Formatter, Result};

use crate::{Arg, Argument};

/// A list of numbers, at most sixty-four.
#[derive(Clone, Copy, PartialEq)]
pub struct Numbers {
    len: usize,
    list: [f64; Numbers::MAX],
}

impl Numbers {
    const MAX: usize = 64;

    /// The given numbers, at most sixty-four.
    pub const fn of(numbers: &[f64]) -> Numbers {
        let mut list = [0.0; Numbers::MAX];
        let mut i = 0;
        while i < numbers.len() {
            list[i] = numbers[i];
            i += 1;
        }
        Numbers { len: numbers.len(), list }
    }

    /// The numbers as a slice.
    pub const fn as_slice(&self) -> &[f64] {
        self.list.split_at(self.len).0
    }
}

impl Debug for Numbers {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "Numbers::of(&{:?})", self.as_slice())
    }
}

impl Argument for Numbers {
    const PLACEHOLDER: Numbers = Numbers::of(&[0.0]);
    const WANT: &'static str = "a number or a list of at most 64 numbers such as (0.5, 0.4, 0.4)";
    const CONVERT: &'static str = "numbers";
    const CONVERT_OPTIONAL: &'static str = "optional_numbers";

    fn read(arg: &Arg<'_>) -> Option<Numbers> {
        match arg {
            Arg::List(list) if !list.is_empty() && list.len() <= Numbers::MAX => {
                let mut numbers = Numbers { len: list.len(), list: [0.0; Numbers::MAX] };
                for (number, arg) in numbers.list.iter_mut().zip(*list) {
                    *number = f64::read(arg)?;
                }
                Some(numbers)
            }
            _ => Some(Numbers::of(&[f64::read(arg)?])),
        }
    }
}

impl crate::Value<f64> {
    /// One number.
    pub const fn numbers(self) -> Numbers {
        Numbers::of(&[self.0])
    }

    /// One number, for an argument that may be left out.
    pub const fn optional_numbers(self) -> Option<Numbers> {
        Some(self.numbers())
    }
}

impl<const N: usize> crate::Value<[f64; N]> {
    /// The numbers.
    pub const fn numbers(self) -> Numbers {
        Numbers::of(&self.0)
    }

    /// The numbers, for an argument that may be left out.
    pub const fn optional_numbers(self) -> Option<Numbers> {
        Some(self.numbers())
    }
}
