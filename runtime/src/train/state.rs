//! Numbers that outlive a process: what a checkpoint holds beside the weights.

use std::collections::BTreeMap;

use crate::Real;

/// Named arrays of numbers, kept to the last bit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    pub(crate) arrays: BTreeMap<String, Array>,
}

/// Numbers of one element type, as their bytes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Array {
    /// Bytes a number: 4 or 8.
    pub(crate) size: usize,
    pub(crate) bytes: Vec<u8>,
}

impl State {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps an array under a name.
    pub fn put<T: Real>(&mut self, name: impl Into<String>, data: &[T]) {
        self.arrays.insert(name.into(), Array { size: size_of::<T>(), bytes: T::to_bytes(data) });
    }

    /// Keeps one number under a name.
    pub fn put_number(&mut self, name: impl Into<String>, number: f64) {
        self.put(name, &[number]);
    }

    /// The array of that name, unless there is none of this element type.
    pub fn get<T: Real>(&self, name: &str) -> Option<Vec<T>> {
        let array = self.arrays.get(name).filter(|array| array.size == size_of::<T>())?;
        let mut data = vec![T::of(0.0); array.bytes.len() / array.size];
        T::from_bytes(&array.bytes, &mut data);
        Some(data)
    }

    /// The number of that name.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.get::<f64>(name)?.first().copied()
    }

    /// Is there nothing in it?
    pub fn is_empty(&self) -> bool {
        self.arrays.is_empty()
    }

    /// Takes in all of `other`, with `prefix` before each name.
    pub(crate) fn extend(&mut self, prefix: &str, other: State) {
        self.arrays.extend(other.arrays.into_iter().map(|(name, array)| (format!("{prefix}{name}"), array)));
    }

    /// What has `prefix` before its name, without it.
    pub(crate) fn part(&self, prefix: &str) -> State {
        let parts = self.arrays.iter().filter_map(|(name, array)| Some((name.strip_prefix(prefix)?, array)));
        State { arrays: parts.map(|(name, array)| (name.to_string(), array.clone())).collect() }
    }
}
