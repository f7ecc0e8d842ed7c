use super::{Callback, Training};
use crate::Result;
use crate::train::history::History;
use crate::train::report::Report;

type AtPlace<'a> = Box<dyn FnMut(&mut Training<'_>) -> Result<()> + 'a>;
type AtEpochEnd<'a> = Box<dyn FnMut(&mut Training<'_>, &mut Report) -> Result<()> + 'a>;
type AtTrainEnd<'a> = Box<dyn FnMut(&mut Training<'_>, &History) -> Result<()> + 'a>;

/// Closures in the places of a callback's methods.
///
/// ```
/// use formwork::prelude::*;
///
/// let watch = LambdaCallback::new().on_epoch_end(|training, report| {
///     println!("epoch {}: {report}", training.epoch());
///     Ok(())
/// });
/// ```
#[derive(Default)]
pub struct LambdaCallback<'a> {
    train_begin: Option<AtPlace<'a>>,
    train_end: Option<AtTrainEnd<'a>>,
    epoch_begin: Option<AtPlace<'a>>,
    epoch_end: Option<AtEpochEnd<'a>>,
    batch_begin: Option<AtPlace<'a>>,
    batch_end: Option<AtPlace<'a>>,
    test_begin: Option<AtPlace<'a>>,
    test_end: Option<AtPlace<'a>>,
    adds: Vec<String>,
}

impl std::fmt::Debug for LambdaCallback<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LambdaCallback")
    }
}

macro_rules! places {
    ($($method:ident $field:ident $doc:literal ($($argument:ty),*);)*) => {
        impl<'a> LambdaCallback<'a> {
            /// Does nothing yet.
            pub fn new() -> Self {
                Self::default()
            }

            $(#[doc = $doc]
            pub fn $method(mut self, f: impl FnMut($($argument),*) -> Result<()> + 'a) -> Self {
                self.$field = Some(Box::new(f));
                self
            })*
        }
    };
}

places! {
    on_train_begin train_begin "Called before the first step." (&mut Training<'_>);
    on_train_end train_end "Called after the last step." (&mut Training<'_>, &History);
    on_epoch_begin epoch_begin "Called before an epoch." (&mut Training<'_>);
    on_epoch_end epoch_end "Called after an epoch and its validation." (&mut Training<'_>, &mut Report);
    on_batch_begin batch_begin "Called before a step." (&mut Training<'_>);
    on_batch_end batch_end "Called after a step." (&mut Training<'_>);
    on_test_begin test_begin "Called before the validation of an epoch." (&mut Training<'_>);
    on_test_end test_end "Called after the validation of an epoch." (&mut Training<'_>);
}

impl LambdaCallback<'_> {
    /// Says that `on_epoch_end` adds a value of this name to the report (`report.set("gap", gap)`), so that callbacks that come
    /// later may look at it.
    pub fn adds(mut self, name: impl Into<String>) -> Self {
        self.adds.push(name.into());
        self
    }
}

impl Callback for LambdaCallback<'_> {
    fn on_train_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        self.train_begin.as_mut().map_or(Ok(()), |f| f(training))
    }

    fn on_train_end(&mut self, training: &mut Training<'_>, history: &History) -> Result<()> {
        self.train_end.as_mut().map_or(Ok(()), |f| f(training, history))
    }

    fn on_epoch_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        self.epoch_begin.as_mut().map_or(Ok(()), |f| f(training))
    }

    fn on_epoch_end(&mut self, training: &mut Training<'_>, report: &mut Report) -> Result<()> {
        self.epoch_end.as_mut().map_or(Ok(()), |f| f(training, report))
    }

    fn on_batch_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        self.batch_begin.as_mut().map_or(Ok(()), |f| f(training))
    }

    fn on_batch_end(&mut self, training: &mut Training<'_>) -> Result<()> {
        self.batch_end.as_mut().map_or(Ok(()), |f| f(training))
    }

    fn on_test_begin(&mut self, training: &mut Training<'_>) -> Result<()> {
        self.test_begin.as_mut().map_or(Ok(()), |f| f(training))
    }

    fn on_test_end(&mut self, training: &mut Training<'_>) -> Result<()> {
        self.test_end.as_mut().map_or(Ok(()), |f| f(training))
    }

    fn adds(&self) -> Vec<String> {
        self.adds.clone()
    }
}
