use formwork_shape::Shape;
use formwork_shape::layers::Dot;

use super::{each, unit};
use crate::Real;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::kernels::gemm::{Epilogue, Matrix, gemm};
use crate::view::{View, ViewMut};
use crate::weights::Weights;

/// The inputs with vectors of length 1, and room for their gradients.
#[derive(Default)]
struct Units<T> {
    x: [Buffer<T>; 2],
    d: Buffer<T>,
}

/// How a sample of one input is a matrix: the other axes are rows, the summed axis is columns.
#[derive(Clone, Copy)]
struct Side {
    rows: usize,
    terms: usize,
    /// Is the summed axis the last one? Then the matrix lies row by row.
    last: bool,
}

impl Side {
    fn new(dot: &Dot, which: usize, shape: &Shape) -> Side {
        let axes = dot.axes.as_slice();
        let axis = each::axis(axes[which.min(axes.len() - 1)], shape.rank());
        let (before, terms, after) = each::around(shape, axis);
        Side { rows: before * after, terms, last: axis + 1 == shape.rank() }
    }

    fn size(&self) -> usize {
        self.rows * self.terms
    }

    /// The vectors along the summed axis: their length, and the distance between elements.
    fn vectors(&self) -> (usize, usize) {
        (self.terms, if self.last { 1 } else { self.rows })
    }

    /// Sample `sample` of `data` as rows by terms.
    fn matrix<'a, T>(&self, data: &'a [T], sample: usize) -> Matrix<'a, T> {
        let data = &data[sample * self.size()..][..self.size()];
        match self.last {
            true => Matrix::new(data, self.rows, self.terms),
            false => Matrix::new(data, self.terms, self.rows).transposed(),
        }
    }
}

impl<T: Real> Kernel<T> for Dot {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], work: &mut Work) {
        let sides = [Side::new(self, 0, x[0].shape()), Side::new(self, 1, x[1].shape())];
        let mut data = [x[0].data(), x[1].data()];
        if self.normalize {
            let Units { x: units, .. } = work.of::<Units<T>>();
            for ((data, unit), side) in data.iter_mut().zip(units).zip(sides) {
                let units = unit.take(data.len());
                unit::forward(pass.threads, data, units, side.vectors());
                *data = units;
            }
        }
        let [a, b] = sides;
        each::parts(pass.threads, y[0].data, a.rows * b.rows, |sample, y| {
            let (left, right) = (a.matrix(data[0], sample), b.matrix(data[1], sample).transposed());
            gemm(pass.threads, left, right, y, b.rows, Write::Overwrite, &Epilogue::none());
        });
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
        let sides = [Side::new(self, 0, step.x[0].shape()), Side::new(self, 1, step.x[1].shape())];
        let Units { x: units, d } = work.of::<Units<T>>();
        let data = [0, 1].map(|i| if self.normalize { units[i].get(step.x[i].data().len()) } else { step.x[i].data() });
        let dy = step.dy[0].data();
        for (i, dx) in step.dx.iter_mut().enumerate() {
            let (side, other) = (sides[i], sides[1 - i]);
            let Some((dx, write)) = dx.target() else { continue };
            let product = |sample: usize, d: &mut [T], write: Write| {
                let dy = &dy[sample * side.rows * other.rows..][..side.rows * other.rows];
                let dy = match i {
                    0 => Matrix::new(dy, side.rows, other.rows),
                    _ => Matrix::new(dy, other.rows, side.rows).transposed(),
                };
                let other = other.matrix(data[1 - i], sample);
                match side.last {
                    true => gemm(pass.threads, dy, other, d, side.terms, write, &Epilogue::none()),
                    false => {
                        gemm(pass.threads, other.transposed(), dy.transposed(), d, side.rows, write, &Epilogue::none());
                    }
                }
            };
            if self.normalize {
                let d = d.take(dx.len());
                each::parts(pass.threads, d, side.size(), |sample, d| product(sample, d, Write::Overwrite));
                unit::backward(pass.threads, step.x[i].data(), d, (dx, write), side.vectors());
            } else {
                each::parts(pass.threads, dx, side.size(), |sample, dx| product(sample, dx, write));
            }
        }
    }
}

#[cfg(test)]
super::conformance::cases!(Dot: (shape(1..3), shape(1..3), [any::<bool>(); 3]) => |(a, b, [first, second, normalize])| {
    let places = [if first { 0 } else { a.rank() - 1 }, if second { 0 } else { b.rank() - 1 }];
    let axes = formwork_shape::Dims::of(&places.map(|place| place as isize + 1));
    Case::new(Dot { axes, normalize }, [a, b.with(places[1], a.dim(places[0]))])
});
