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
        let shape = *y[0].shape();
        let matrices = y[0].data.chunks_exact_mut((m * n).max(1));
        for (i, y) in matrices.enumerate() {
            let [i, j] = [0, 1].map(|side| factor(i, &shape, x[side].shape()));
            let (a, b) = (matrix(x[0].data(), i, m, k), matrix(x[1].data(), j, k, n));
            gemm(pass.threads, a, b, y, n, Write::Overwrite, &Epilogue::none());
        }
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, _: &mut Work) {
        let (x, dy) = (step.x, step.dy[0].data());
        let ((m, k), (_, n)) = (sides(x[0].shape()), sides(x[1].shape()));
        let [da, db] = step.dx else { return };
        let (shape, count) = (step.dy[0].shape(), dy.len() / (m * n).max(1));
        let places = |i: usize| [0, 1].map(|side| factor(i, shape, x[side].shape()));
        if let Some((da, write)) = da.target() {
            let write = summed(da, write, count * m * k);
            for i in 0..count {
                let ([to, from], dy) = (places(i), matrix(dy, i, m, n));
                let b = matrix(x[1].data(), from, k, n).transposed();
                gemm(pass.threads, dy, b, &mut da[to * m * k..][..m * k], k, write, &Epilogue::none());
            }
        }
        if let Some((db, write)) = db.target() {
            let write = summed(db, write, count * k * n);
            for i in 0..count {
                let ([from, to], dy) = (places(i), matrix(dy, i, m, n));
                let a = matrix(x[0].data(), from, m, k).transposed();
                gemm(pass.threads, a, dy, &mut db[to * k * n..][..k * n], n, write, &Epilogue::none());
            }
        }
    }
}

/// Which matrix of a factor belongs to matrix `i` of the product: along leading axes of length 1 there is only one.
fn factor(i: usize, product: &Shape, factor: &Shape) -> usize {
    let (mut rest, mut place, mut stride) = (i, 0, 1);
    for k in (0..product.rank() - 2).rev() {
        let (index, length) = (rest % product.dim(k).max(1), factor.dim(k));
        rest /= product.dim(k).max(1);
        place += if length == 1 { 0 } else { index * stride };
        stride *= length;
    }
    place + rest * stride
}

/// How gradients are written of which there are `terms`: where they are more than numbers to write, they are added up.
fn summed<T: Real>(gradient: &mut [T], write: Write, terms: usize) -> Write {
    if gradient.len() == terms {
        return write;
    }
    if write == Write::Overwrite {
        gradient.fill(T::zero());
    }
    Write::Add
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
super::conformance::cases!(Matmul: (shape(2..5), 1..5usize, any::<[bool; 2]>()) => |(a, n, single)| {
    let rank = a.rank();
    let b = a.with(rank - 2, a.last()).with(rank - 1, n);
    let [a, b] = [(a, single[0]), (b, single[1])].map(|(x, one)| if one && rank > 2 { x.with(0, 1) } else { x });
    Case::new(Matmul {}, [a, b])
});
