//! What every `model!` is to the runtime: the trait that the macro implements and the methods it brings.

pub mod back;
mod boundary;
pub mod call;
mod dataset;
mod graph;
mod input;
mod reach;
mod source;
pub mod stretch;
mod workspace;

pub use boundary::{Views, check, check_ids, views};
pub use graph::{Graph, Port, Row};
pub use input::{AxesOf, InputArray, Place, Same};
pub use source::{Ids, Numbers, Source, Whole};
pub use workspace::{Core, Frame, Peek, Slot, Workspace};

use std::path::Path;

use formwork_shape::{Msg, Shape};

use crate::files;
use crate::kernel::Pass;
use crate::summary::Summary;
use crate::threads::Threads;
use crate::train::{InBatches, InputsOf};
use crate::view::View;
use crate::weights::{Parameters, WeightGrads};
use crate::{Error, Real, Result};

/// A batch of a model's inputs or targets: one array a name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither the inputs nor the targets of a model that computes in `{T}`",
    label = "arrays without names",
    note = "hint: name them, as in `DigitsInputs {{ image: &images }}` and `DigitsTargets {{ output: &labels }}`"
)]
pub trait Batch<T: Real> {
    /// The arrays in the order of their names.
    fn sources(&self) -> impl AsRef<[Source<'_, T>]>;
}

/// The outputs of a model: one array a name.
pub trait Outputs<T: Real>: Sized {
    /// New arrays of `rows` rows, the first of which hold `views`.
    fn new(views: &[View<'_, T>], rows: usize) -> Self;

    /// Puts `views` into these arrays from row `first` on; allocates only where the arrays do not have `rows` rows.
    fn store(&mut self, views: &[View<'_, T>], first: usize, rows: usize);
}

/// Where a loss finds an output, and where it leaves the gradient.
#[derive(Debug)]
pub struct OutputSlot<'a, T> {
    /// What the model computed.
    pub y: View<'a, T>,
    /// The gradient of the loss with respect to it.
    pub dy: &'a mut [T],
    /// Which of its steps are data.
    pub mask: Option<View<'a, T>>,
}

/// A neural network that `model!` has written.
pub trait Model: Parameters<Self::Element> + Send + Sync + Sized + 'static {
    /// What it computes in.
    type Element: Real;
    /// A batch of inputs.
    type Inputs<'a>: Batch<Self::Element> + InputsOf<Self>;
    /// A batch of outputs.
    type Outputs: Outputs<Self::Element> + Batch<Self::Element>;
    /// The gradients of a loss with respect to the inputs that are numbers: one array a name.
    type InputGradients: Outputs<Self::Element>;

    /// Names and shapes.
    #[doc(hidden)]
    const GRAPH: &'static Graph;
    #[doc(hidden)]
    type Inference: Default + Send;
    #[doc(hidden)]
    type Training: Default + Send + Peek<Self::Element>;

    #[doc(hidden)]
    fn core(&self) -> &Core<Self::Element, Self::Inference, Self::Training>;
    #[doc(hidden)]
    fn core_mut(&mut self) -> &mut Core<Self::Element, Self::Inference, Self::Training>;

    /// The shape of every edge, for inputs of these shapes.
    #[doc(hidden)]
    fn shapes(inputs: &[Shape], edges: &mut Vec<Shape>) -> Result<(), Msg>;

    /// The forward pass at inference.
    #[doc(hidden)]
    fn infer(&self, pass: &Pass<'_>, edges: &[Shape], x: &[View<'_, Self::Element>], ws: &mut Self::Inference);

    /// The outputs that [`infer`](Model::infer) left in the workspace; their masks follow, where any has one.
    #[doc(hidden)]
    fn inferred<'w>(
        ws: &'w Self::Inference,
        batch: usize,
        edges: &[Shape],
        x: &[View<'w, Self::Element>],
    ) -> Views<'w, Self::Element>;

    /// The forward pass in training.
    #[doc(hidden)]
    fn train(&mut self, pass: &Pass<'_>, edges: &[Shape], x: &[View<'_, Self::Element>], ws: &mut Self::Training);

    /// The outputs that [`train`](Model::train) left in the workspace, and where their gradients go.
    #[doc(hidden)]
    fn trained<'w>(
        ws: &'w mut Self::Training,
        batch: usize,
        edges: &[Shape],
        x: &[View<'w, Self::Element>],
    ) -> smallvec::SmallVec<[OutputSlot<'w, Self::Element>; 2]>;

    /// The backward pass, after the gradients of the outputs are in their places. Overwrites `dw`, but
    /// for what frozen layers have in it.
    #[doc(hidden)]
    fn backward(
        &self,
        pass: &Pass<'_>,
        edges: &[Shape],
        x: &[View<'_, Self::Element>],
        ws: &mut Self::Training,
        dw: WeightGrads<'_, Self::Element>,
    );

    /// The gradients of the inputs that [`backward`](Model::backward) left, where they were asked for; ids have none.
    #[doc(hidden)]
    fn input_gradients<'w>(
        ws: &'w Self::Training,
        batch: usize,
        edges: &[Shape],
    ) -> smallvec::SmallVec<[Option<&'w [Self::Element]>; 4]>;

    /// Computes the outputs for rows of inputs, 32 at a time, as Keras does.
    ///
    /// # Errors
    /// If an array's shape is not the one that its input declares, if the inputs have different numbers of rows or none,
    /// or if an id is out of range.
    fn predict(&self, inputs: Self::Inputs<'_>) -> Result<Self::Outputs> {
        self.predict_in_batches(inputs, BATCH_SIZE)
    }

    /// Computes the outputs for rows of inputs, `batch_size` at a time: memory for intermediate tensors is needed for as
    /// many rows.
    ///
    /// # Errors
    /// As [`predict`](Model::predict), and if `batch_size` is 0.
    fn predict_in_batches(&self, inputs: Self::Inputs<'_>, batch_size: usize) -> Result<Self::Outputs> {
        let mut outputs: Option<Self::Outputs> = None;
        run(self, &inputs, batch_size, |views, first, rows| match &mut outputs {
            Some(outputs) => outputs.store(views, first, rows),
            None => outputs = Some(Self::Outputs::new(views, rows)),
        })?;
        outputs.ok_or_else(|| Error::data("there are no rows to predict"))
    }

    /// Computes the outputs for all batches of a data set, whose targets may be `()`, in their order.
    ///
    /// ```
    /// # use formwork::prelude::*;
    /// model!(fn Sum(terms: Input<3>) -> Output<1> { Dense(1)(terms) });
    ///
    /// let data = Dataset::from_iter((0..100_u8).map(|n| (SumSample { terms: vec![f32::from(n); 3].into() }, ()))).batch(8);
    /// let sums = Sum::new(7).predict_dataset(&data)?.output;
    /// assert_eq!(sums.dim(), (100, 1));
    /// # Ok::<(), formwork::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`predict`](Model::predict), if the data set fails, has no end, or if outputs of batches have different shapes (an axis
    /// that only the data know).
    fn predict_dataset<'d, D: InBatches<'d, Inputs: InputsOf<Self>>>(&self, data: D) -> Result<Self::Outputs> {
        dataset::predict(self, data.batches())
    }

    /// Computes the outputs for a batch into arrays that exist; allocates nothing once it has run twice for as many rows.
    ///
    /// # Errors
    /// As [`predict`](Model::predict).
    fn predict_into(&self, inputs: Self::Inputs<'_>, outputs: &mut Self::Outputs) -> Result<()> {
        run(self, &inputs, BATCH_SIZE, |views, first, rows| outputs.store(views, first, rows))
    }

    /// Writes all weights to a file in the safetensors format. Whatever happens on the way, the path holds either what it
    /// held before or the whole new file.
    ///
    /// # Errors
    /// If the file cannot be written.
    fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        files::save(self, Self::GRAPH.name, path.as_ref())
    }

    /// Reads all weights from a file that [`save`](Model::save) wrote.
    ///
    /// # Errors
    /// If the file cannot be read, or does not hold exactly the variables of this model; the weights stay as they were.
    fn load(&mut self, path: impl AsRef<Path>) -> Result<()> {
        files::load(self, Self::GRAPH.name, path.as_ref())
    }

    /// A table of the layers with their shapes and numbers of parameters, to print.
    fn summary(&self) -> Summary {
        Summary::new(Self::GRAPH, self)
    }
}

/// As many rows as a prediction takes at a time.
const BATCH_SIZE: usize = 32;

/// Checks one sample, whose arrays have been given a batch axis: messages speak of the arrays that the user gave.
#[doc(hidden)]
pub fn check_sample<M: Model>(inputs: &M::Inputs<'_>) -> Result<()> {
    boundary::sample(M::GRAPH, inputs.sources().as_ref())
}

/// Forward passes at inference, `size` rows at a time; `read` gets the outputs, their first row and the number of all.
pub(crate) fn run<M: Model>(
    model: &M,
    inputs: &impl Batch<M::Element>,
    size: usize,
    read: impl FnMut(&[View<'_, M::Element>], usize, usize),
) -> Result<()> {
    let mut frame = model.core().take();
    let result = run_in(model, inputs, size, &mut frame, read);
    model.core().give_back(frame);
    result
}

fn run_in<M: Model>(
    model: &M,
    inputs: &impl Batch<M::Element>,
    size: usize,
    frame: &mut Frame<M::Element, M::Inference>,
    mut read: impl FnMut(&[View<'_, M::Element>], usize, usize),
) -> Result<()> {
    if size == 0 {
        return Err(Error::data("a batch has at least one row: batch_size must not be 0"));
    }
    let Frame { numbers, ids, inputs: shapes, edges, workspace, .. } = frame;
    let sources = inputs.sources();
    let rows = check(M::GRAPH, "input", M::GRAPH.inputs, sources.as_ref(), shapes)?;
    let core = model.core();
    // Nothing is computed before all ids are known to be right.
    check_ids(M::GRAPH.inputs, sources.as_ref(), shapes, ids)?;
    M::shapes(shapes, edges).map_err(|message| Error::data(message.as_str()))?;
    for first in (0..rows).step_by(size) {
        let batch = size.min(rows - first);
        let x = views(M::GRAPH.inputs, sources.as_ref(), shapes, first..first + batch, numbers, ids)?;
        let pass = Pass {
            batch,
            threads: Threads::global(),
            seed: core.seed,
            step: core.next_inference(),
            input_gradients: false,
            inference: false,
        };
        model.infer(&pass, edges, &x, workspace);
        read(&M::inferred(workspace, batch, edges, &x), first, rows);
    }
    Ok(())
}
