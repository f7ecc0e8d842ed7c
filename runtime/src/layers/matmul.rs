use formwork_shape::Shape;
use formwork_shape::layers::Matmul;

use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::kernels::gemm::{Epilogue, Matrix, gemm};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

impl<T: Real> Kernel<T> for Matmul {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        let ((m, k), (_, n)) = (sides(x[0].shape()), sides(x[1].shape()));
        let matrices = y[0].data.chunks_exact_mut((m * n).max(1));
        for (i, y) in matrices.enumerate() {
            let (a, b) = (matrix(x[0].data(), i, m, k), matrix(x[1].data(), i, k, n));
            gemm(pass.threads, a, b, y, n, Write::Overwrite, &Epilogue::none());
        }
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let (x, dy) = (step.x, step.dy[0].data());
        let ((m, k), (_, n)) = (sides(x[0].shape()), sides(x[1].shape()));
        let [da, db] = step.dx else { return };
        if let Some((da, write)) = da.target() {
            for (i, da) in da.chunks_exact_mut((m * k).max(1)).enumerate() {
                let b = matrix(x[1].data(), i, k, n).transposed();
                gemm(pass.threads, matrix(dy, i, m, n), b, da, k, write, &Epilogue::none());
            }
        }
        if let Some((db, write)) = db.target() {
            for (i, db) in db.chunks_exact_mut((k * n).max(1)).enumerate() {
                let a = matrix(x[0].data(), i, m, k).transposed();
                gemm(pass.threads, a, matrix(dy, i, m, n), db, n, write, &Epilogue::none());
            }
        }
    }
}

/// The last two lengths.
fn sides(shape: &Shape) -> (usize, usize) {
    (shape.dim(shape.rank() - 2), shape.last())
}

/// The `i`-th of many matrices.
fn matrix<T: Real>(data: &[T], i: usize, rows: usize, cols: usize) -> Matrix<'_, T> {
    Matrix::new(&data[i * rows * cols..][..rows * cols], rows, cols)
}

#[cfg(test)]
super::conformance::cases!(Matmul: (shape(2..4), 1..5usize) => |(a, n)| {
    let rank = a.rank();
    Case::new(Matmul {}, [a, a.with(rank - 2, a.last()).with(rank - 1, n)])
});
