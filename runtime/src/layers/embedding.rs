use formwork_shape::layers;

use super::each;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::kernels::gemm::Matrix;
use crate::view::{View, ViewMut};
use crate::weights::{Weights, named_weights};

named_weights! { Embedding { embeddings / embeddings_mut: Ix2 } }

/// Into how many ranges of ids the gradient is split.
const TASKS: usize = 8;

/// Numbers, to clear and to add, from which that is worth a fork.
const PARALLEL: usize = if cfg!(test) { 1 } else { 1 << 16 };

impl<T: Real> Kernel<T> for layers::Embedding {
    fn infer(&self, pass: &Pass<'_>, weights: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let len = self.output_dim;
        let (embeddings, ids) = (weights.data(0), x[0].id_data());
        each::parts(pass.threads, y[0].data, len, |place, y| {
            y.copy_from_slice(&embeddings[ids[place] as usize * len..][..len]);
        });
    }

    fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, mut step: Backward<'_, '_, T>, _: &mut Work) {
        let len = self.output_dim;
        let (ids, dy, write) = (step.x[0].id_data(), step.dy[0].data(), step.dw.write());
        let rows = Matrix::new(dy, ids.len(), len);
        let Some(dw) = step.dw.next_or_rows(pass.threads, &weights.variables()[0], ids, rows) else { return };
        // Each task owns a range of ids and looks at all places: rows are summed in one order, whoever does it.
        let tasks = if dw.len() + dy.len() < PARALLEL { 1 } else { TASKS };
        let rows = self.input_dim.div_ceil(tasks);
        pass.threads.chunks_mut(dw, rows * len, &|task, dw| {
            if write == Write::Overwrite {
                dw.fill(T::zero());
            }
            let first = task * rows;
            for (id, dy) in ids.iter().zip(dy.chunks_exact(len)) {
                if let Some(row) = (*id as usize).checked_sub(first).filter(|row| *row < rows) {
                    dw[row * len..][..len].iter_mut().zip(dy).for_each(|(dw, dy)| *dw += *dy);
                }
            }
        });
    }
}

#[cfg(test)]
super::conformance::cases!(Embedding: (shape(0..3), 1..9usize, 1..5usize) => |(input, input_dim, output_dim)| {
    Case::new(layers::Embedding { input_dim, output_dim, ..layers::Embedding::TEMPLATE }, [input]).of_ids(input_dim)
});
