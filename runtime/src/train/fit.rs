//! How to train.

use formwork_shape::is_dynamic;

use super::callback::Callback;
use super::{InBatches, Loss};
use crate::data::SampleWeights;
use crate::model::Graph;
use crate::{Error, Real, Result};

/// How to train: `Fit::epochs(5).validation(&valid).callback(EarlyStopping::new("val_loss"))`.
///
/// `B` is [`Arrays`] once a setting has been given that arrays alone have, such as [`batch_size`](Fit::batch_size).
pub struct Fit<'a, V = (), B = ()> {
    pub(crate) settings: Settings<'a>,
    pub(crate) validation: V,
    pub(crate) arrays: B,
}

/// What all trainings have.
#[doc(hidden)]
pub struct Settings<'a> {
    pub(crate) epochs: usize,
    pub(crate) initial_epoch: usize,
    pub(crate) steps_per_epoch: Option<usize>,
    pub(crate) validation_steps: Option<usize>,
    pub(crate) validation_freq: usize,
    pub(crate) class_weight: Vec<(u32, f64)>,
    pub(crate) verbose: Verbose,
    pub(crate) callbacks: Vec<Box<dyn Callback + 'a>>,
}

/// What a training on arrays needs to know besides: how they become batches.
#[derive(Clone, Debug)]
pub struct Arrays {
    pub(crate) batch_size: usize,
    pub(crate) shuffle: bool,
    pub(crate) seed: Option<u64>,
    pub(crate) sample_weight: Option<SampleWeights>,
}

impl Default for Arrays {
    fn default() -> Self {
        Arrays { batch_size: 32, shuffle: true, seed: None, sample_weight: None }
    }
}

impl From<()> for Arrays {
    fn from((): ()) -> Self {
        Self::default()
    }
}

/// The last rows of the arrays are kept for validation.
#[derive(Clone, Copy, Debug)]
pub struct Share(pub(crate) f64);

/// What a training shows on its way, besides notes on what is hardly meant, which go to the standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verbose {
    /// A progress bar in a terminal, nothing elsewhere.
    #[default]
    Auto,
    /// Nothing; `verbose(0)` or `verbose(false)`.
    Silent,
    /// A progress bar in a terminal, and elsewhere a line an epoch; `verbose(1)` or `verbose(true)`.
    Bar,
    /// A line an epoch; `verbose(2)`.
    Lines,
}

impl From<bool> for Verbose {
    fn from(verbose: bool) -> Self {
        if verbose { Verbose::Bar } else { Verbose::Silent }
    }
}

impl From<i32> for Verbose {
    fn from(verbose: i32) -> Self {
        match verbose {
            ..=0 => Verbose::Silent,
            1 => Verbose::Bar,
            2.. => Verbose::Lines,
        }
    }
}

impl<V: std::fmt::Debug, B: std::fmt::Debug> std::fmt::Debug for Fit<'_, V, B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Settings { epochs, initial_epoch, callbacks, .. } = &self.settings;
        f.debug_struct("Fit")
            .field("epochs", epochs)
            .field("initial_epoch", initial_epoch)
            .field("callbacks", &callbacks.len())
            .field("validation", &self.validation)
            .field("arrays", &self.arrays)
            .finish_non_exhaustive()
    }
}

impl Fit<'_> {
    /// Goes over the data so many times.
    pub fn epochs(epochs: usize) -> Self {
        let settings = Settings {
            epochs,
            initial_epoch: 0,
            steps_per_epoch: None,
            validation_steps: None,
            validation_freq: 1,
            class_weight: Vec::new(),
            verbose: Verbose::Auto,
            callbacks: Vec::new(),
        };
        Fit { settings, validation: (), arrays: () }
    }
}

impl<'a, B> Fit<'a, (), B> {
    /// Evaluates these batches after each epoch, as `val_loss` and so on.
    pub fn validation<'d, D: InBatches<'d>>(self, data: D) -> Fit<'a, D::Lent, B> {
        Fit { settings: self.settings, validation: data.lend(), arrays: self.arrays }
    }

    /// Keeps this share of the arrays, their last rows, and evaluates them after each epoch.
    pub fn validation_split(self, share: f64) -> Fit<'a, Share, Arrays>
    where
        B: Into<Arrays>,
    {
        Fit { settings: self.settings, validation: Share(share), arrays: self.arrays.into() }
    }
}

impl<'a, V, B> Fit<'a, V, B> {
    /// What is shown on the way: `true` or `1` for a progress bar (a line an epoch outside of a terminal), `2` for a line an
    /// epoch, `false` or `0` for nothing. By default a bar in a terminal, and nothing elsewhere.
    pub fn verbose(mut self, verbose: impl Into<Verbose>) -> Self {
        self.settings.verbose = verbose.into();
        self
    }

    /// Begins with this epoch (the first is 0), to go on where an earlier training ended.
    pub fn initial_epoch(mut self, epoch: usize) -> Self {
        self.settings.initial_epoch = epoch;
        self
    }

    /// Counts so many steps as an epoch; the next one goes on with the data where this one stopped.
    pub fn steps_per_epoch(mut self, steps: usize) -> Self {
        self.settings.steps_per_epoch = Some(steps);
        self
    }

    /// Validates on so many batches only, the first ones.
    pub fn validation_steps(mut self, steps: usize) -> Self {
        self.settings.validation_steps = Some(steps);
        self
    }

    /// Validates after every so many epochs; 1 by default.
    pub fn validation_freq(mut self, epochs: usize) -> Self {
        self.settings.validation_freq = epochs;
        self
    }

    /// What samples of a class count in the losses: pairs of a class and its weight, 1 for all others. For a model with one
    /// output and one label a sample.
    pub fn class_weight(mut self, weights: impl IntoIterator<Item = (u32, f64)>) -> Self {
        self.settings.class_weight = weights.into_iter().collect();
        self
    }

    /// Calls this between steps and epochs; callbacks are called in the order in which they were given. To look at one
    /// after the training, give `&mut callback`.
    pub fn callback(mut self, callback: impl Callback + 'a) -> Self {
        self.settings.callbacks.push(Box::new(callback));
        self
    }
}

impl<'a, V, B: Into<Arrays>> Fit<'a, V, B> {
    fn with(self, set: impl FnOnce(&mut Arrays)) -> Fit<'a, V, Arrays> {
        let mut arrays = self.arrays.into();
        set(&mut arrays);
        Fit { settings: self.settings, validation: self.validation, arrays }
    }

    /// Samples in a batch of arrays; 32 by default. For [`fit_arrays`](super::Compiled::fit_arrays).
    pub fn batch_size(self, size: usize) -> Fit<'a, V, Arrays> {
        self.with(|arrays| arrays.batch_size = size)
    }

    /// Whether arrays are mixed anew before each epoch, by the model's seed; true by default. For
    /// [`fit_arrays`](super::Compiled::fit_arrays).
    pub fn shuffle(self, shuffle: bool) -> Fit<'a, V, Arrays> {
        self.with(|arrays| arrays.shuffle = shuffle)
    }

    /// Mixes arrays by this seed instead of the model's. For [`fit_arrays`](super::Compiled::fit_arrays).
    pub fn shuffle_seed(self, seed: u64) -> Fit<'a, V, Arrays> {
        self.with(|arrays| arrays.seed = Some(seed))
    }

    /// How much each row of arrays counts in the losses: `.sample_weight(&weights)`, one number a sample or one a step, or for
    /// single outputs `.sample_weight(SampleWeights::of("class", &weights))`. For [`fit_arrays`](super::Compiled::fit_arrays).
    pub fn sample_weight(self, weights: impl Into<SampleWeights>) -> Fit<'a, V, Arrays> {
        let weights = weights.into();
        self.with(|arrays| arrays.sample_weight = Some(weights))
    }
}

impl Settings<'_> {
    /// Do the settings make sense?
    pub(crate) fn check<T: Real>(&self, graph: &Graph, losses: &[&dyn Loss<T>]) -> Result<()> {
        let one_label = graph.outputs.len() == 1 && graph.outputs[0].shape.rank() <= 1;
        let problem = if self.steps_per_epoch == Some(0) {
            "an epoch of 0 steps trains nothing: give steps_per_epoch at least 1".to_string()
        } else if self.validation_steps == Some(0) {
            "0 validation_steps validate nothing: give at least 1".to_string()
        } else if self.validation_freq == 0 {
            "a validation_freq of 0 never validates: give at least 1, or no validation data".to_string()
        } else if !self.class_weight.is_empty() && !one_label {
            let name = graph.name;
            format!(
                "class weights need one label a sample, but {name} has several outputs or labels: use sample weights"
            )
        } else if let Some((class, weight)) = self.class_weight.iter().find(|(_, w)| !w.is_finite() || *w < 0.0) {
            format!("the weight of class {class} is {weight}: give a number of at least 0")
        } else if let Some(problem) = self.wrong_class(graph, losses) {
            problem
        } else {
            return Ok(());
        };
        Err(Error::Training(problem))
    }

    /// A class with a weight that is none of the output's, or that has another weight, too.
    fn wrong_class<T: Real>(&self, graph: &Graph, losses: &[&dyn Loss<T>]) -> Option<String> {
        let mut classes: Vec<u32> = self.class_weight.iter().map(|(class, _)| *class).collect();
        classes.sort_unstable();
        let (output, loss) = (graph.outputs.first()?, losses.first()?);
        let width = output.shape.dims().last().copied().filter(|width| !is_dynamic(*width))?;
        if let (Some(count), Some(class)) = (loss.classes(width), classes.last())
            && *class as usize >= count
        {
            let hint = match width {
                1 => format!("\nhint: leave class {class} out, or give `{}` a number a class", output.name),
                _ => String::new(),
            };
            return Some(format!(
                "there is a weight for class {class}, but `{}` has the classes 0 to {}{hint}",
                output.name,
                count - 1
            ));
        }
        let twice = classes.windows(2).find(|pair| pair[0] == pair[1]);
        twice.map(|pair| format!("class {} has two weights: give one", pair[0]))
    }
}
