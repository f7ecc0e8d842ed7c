//! The steps of a data set that is not a table: each makes a stream of samples out of an earlier one.

mod change;
mod order;
mod origin;

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::Scope;

pub(crate) use self::change::{Chance, Filter, Map, Zipped};
pub(crate) use self::order::{Cached, Prefetched, Repeated, Shuffled, Window, skip};
pub(crate) use self::origin::{Generator, Rows};
use super::padding::Padding;
use super::sample_weights::SampleWeights;
use crate::{Error, Result};

/// What can be streamed again and again.
pub(crate) trait Source<A>: Send + Sync {
    /// How many items a pass has, if that is known beforehand.
    fn len(&self) -> Option<usize>;

    /// What else is known of the items before any is made.
    fn known(&self) -> Known {
        Known::default()
    }

    /// The items of a pass. With a scope, threads of its own may work ahead.
    fn start<'s, 'e>(&'s self, pass: u64, scope: Threads<'s, 'e>) -> Stream<'s, A>;
}

/// What is known of items before any is made.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Known {
    /// Does a pass never end?
    pub(crate) endless: bool,
    /// Has each pass an order of its own? Then its first items are others each time.
    pub(crate) mixed: bool,
    /// How short sequences were padded, if they were.
    pub(crate) padding: Option<Padding>,
    /// How many samples a batch was asked to have.
    pub(crate) size: Option<usize>,
}

/// Where threads of a pass may be started, if anywhere.
pub(crate) type Threads<'s, 'e> = Option<&'s Scope<'s, 'e>>;

/// The items of one pass, until the first error.
pub(crate) type Stream<'s, A> = Box<dyn Iterator<Item = Result<A>> + Send + 's>;

pub(crate) type Shared<'a, A> = Arc<dyn Source<A> + 'a>;

/// A sample, and how much it counts.
#[derive(Clone)]
pub(crate) struct Item<S> {
    pub(crate) sample: S,
    pub(crate) weights: SampleWeights,
}

/// Runs code of the user's; a panic becomes an error.
pub(crate) fn guarded<R>(what: &str, f: impl FnOnce() -> R) -> Result<R> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
        Error::data(format!("{what} panicked: {text}"))
    })
}

/// An error of the user's as one of ours.
pub(crate) fn foreign(error: impl Display) -> Error {
    Error::data(error.to_string())
}
