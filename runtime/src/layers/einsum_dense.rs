use formwork_shape::{Equation, layers};
use smallvec::{SmallVec, smallvec};

use super::activate::{self, Kept};
use super::{columns, each};
use crate::buffer::Buffer;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::kernels::gemm::{Epilogue, Matrix, gemm};
use crate::view::{View, ViewMut};
use crate::weights::{Weights, named_weights};
use crate::{Real, Threads};

named_weights! { EinsumDense { kernel / kernel_mut: IxDyn, bias / bias_mut: IxDyn optional } }

type List<T> = SmallVec<[T; 8]>;
/// Letters with the lengths of their axes.
type Lengths = SmallVec<[(u8, usize); 16]>;

fn length(lengths: &Lengths, letter: u8) -> usize {
    lengths.iter().find(|(other, _)| *other == letter).map_or(1, |(_, length)| *length)
}

/// How a tensor lies in memory beside another: for each axis of the one that is written, its length, and the distance
/// between neighbours in the one that is read; 0 where it is repeated.
struct Order {
    dims: List<usize>,
    steps: List<usize>,
}

impl Order {
    /// From a tensor with the axes `from` to one with the axes `to`.
    fn new(lengths: &Lengths, from: &[u8], to: &[u8]) -> Order {
        let dims: List<usize> = to.iter().map(|letter| length(lengths, *letter)).collect();
        let step = |letter: &u8| match from.iter().position(|other| other == letter) {
            Some(axis) => from[axis + 1..].iter().map(|letter| length(lengths, *letter)).product(),
            None => 0,
        };
        Order { dims, steps: to.iter().map(step).collect() }
    }

    /// Do both lie the same way?
    fn is_same(&self) -> bool {
        let mut step = 1;
        self.dims.iter().zip(&self.steps).rev().all(|(dim, given)| {
            let same = *dim == 1 || *given == step;
            step *= dim;
            same
        })
    }

    /// Where in the tensor that is read row `row`, along the last axis of the other, begins.
    fn row(&self, row: usize) -> usize {
        let (mut rest, mut base) = (row, 0);
        for (dim, step) in self.dims.iter().zip(&self.steps).rev().skip(1) {
            base += rest % dim * step;
            rest /= dim;
        }
        base
    }

    /// Writes one tensor from the other.
    fn copy<T: Real>(&self, threads: &Threads, from: &[T], (to, write): (&mut [T], Write)) {
        let (Some(len), Some(step)) = (self.dims.last(), self.steps.last()) else { return };
        each::parts(threads, to, *len, |row, to| {
            let first = self.row(row);
            for (k, to) in to.iter_mut().enumerate() {
                each::put(write, to, from[first + k * step]);
            }
        });
    }

    /// The way back where numbers have been repeated: adds them up.
    fn gather<T: Real>(&self, from: &[T], to: &mut [T]) {
        let (Some(len), Some(step)) = (self.dims.last(), self.steps.last()) else { return };
        for (row, from) in from.chunks_exact((*len).max(1)).enumerate() {
            let first = self.row(row);
            for (k, from) in from.iter().enumerate() {
                to[first + k * step] += *from;
            }
        }
    }

    /// The tensor in this order: itself, or a copy.
    fn of<'a, T: Real>(&self, threads: &Threads, from: &'a [T], room: &'a mut Buffer<T>) -> &'a [T] {
        if self.is_same() {
            return from;
        }
        let room = room.take(self.dims.iter().product());
        self.copy(threads, from, (room, Write::Overwrite));
        room
    }
}

/// The layer as products of matrices, one for each place of the axes that input, kernel and output share: input
/// `[shared, kept, summed]`, kernel `[shared, summed, new]`, output `[shared, kept, new]`.
struct Products {
    equation: Equation,
    lengths: Lengths,
    /// The letters of input, kernel and output in this order.
    orders: [List<u8>; 3],
    count: usize,
    kept: usize,
    summed: usize,
    new: usize,
}

const INPUT: usize = 0;
const KERNEL: usize = 1;
const OUTPUT: usize = 2;

impl Products {
    fn new<T>(layer: &layers::EinsumDense, x: &View<'_, T>, y: &formwork_shape::Shape) -> Products {
        let equation = layer.read(x.shape());
        let mut lengths: Lengths = smallvec![(equation.input.as_slice()[0], x.batch())];
        for (axes, shape) in [(&equation.input, x.shape()), (&equation.output, y)] {
            lengths.extend(axes.as_slice()[1..].iter().copied().zip(shape.dims().iter().copied()));
        }
        let (input, kernel, output) = (equation.input, equation.kernel, equation.output);
        let pick = |from: &[u8], wanted: &dyn Fn(u8) -> bool| -> List<u8> {
            from.iter().copied().filter(|letter| wanted(*letter)).collect()
        };
        let shared = pick(kernel.as_slice(), &|letter| input.has(letter) && output.has(letter));
        let summed = pick(kernel.as_slice(), &|letter| !output.has(letter));
        let new = pick(kernel.as_slice(), &|letter| !input.has(letter));
        let kept = pick(input.as_slice(), &|letter| !kernel.has(letter));
        let size = |letters: &[u8]| letters.iter().map(|letter| length(&lengths, *letter)).product();
        let join = |parts: [&List<u8>; 3]| parts.into_iter().flatten().copied().collect();
        let [count, kept_size, summed_size, new_size] = [&shared, &kept, &summed, &new].map(|letters| size(letters));
        let orders = [join([&shared, &kept, &summed]), join([&shared, &summed, &new]), join([&shared, &kept, &new])];
        Products { equation, lengths, orders, count, kept: kept_size, summed: summed_size, new: new_size }
    }

    /// The letters of a tensor as it lies in memory.
    fn letters(&self, which: usize) -> &[u8] {
        [&self.equation.input, &self.equation.kernel, &self.equation.output][which].as_slice()
    }

    fn order(&self, from: &[u8], to: &[u8]) -> Order {
        Order::new(&self.lengths, from, to)
    }

    /// From memory to matrices.
    fn there(&self, which: usize) -> Order {
        self.order(self.letters(which), &self.orders[which])
    }

    /// From matrices to memory.
    fn back(&self, which: usize) -> Order {
        self.order(&self.orders[which], self.letters(which))
    }

    /// The matrix at place `place` of those of a tensor.
    fn matrix<'a, T>(&self, which: usize, data: &'a [T], place: usize) -> Matrix<'a, T> {
        let (rows, cols) = [(self.kept, self.summed), (self.summed, self.new), (self.kept, self.new)][which];
        Matrix::new(&data[place * rows * cols..][..rows * cols], rows, cols)
    }

    /// Computes a tensor, at each place the product of two matrices, and puts it into memory.
    fn compute<'m, T: Real>(
        &self,
        pass: &Pass<'_>,
        which: usize,
        (to, write): (&mut [T], Write),
        room: &mut Buffer<T>,
        factors: impl Fn(usize) -> (Matrix<'m, T>, Matrix<'m, T>),
    ) {
        let (order, len) = (self.back(which), to.len());
        let direct = order.is_same();
        let (out, how) = if direct { (&mut *to, write) } else { (room.take(len), Write::Overwrite) };
        for (place, out) in out.chunks_exact_mut((len / self.count).max(1)).enumerate() {
            let (a, b) = factors(place);
            gemm(pass.threads, a, b, out, b.cols, how, &Epilogue::none());
        }
        if !direct {
            order.copy(pass.threads, room.get(len), (to, write));
        }
    }
}

/// What the activation keeps, and room for tensors in another order.
#[derive(Default)]
struct Room<T> {
    kept: Kept<T>,
    rooms: [Buffer<T>; 4],
    partial: Buffer<T>,
}

/// How a bias lies under the last axes of the output.
fn spread(bias: &[usize], y: &[usize]) -> Order {
    let dims: List<usize> = y[y.len() - bias.len()..].into();
    let step = |(k, dim): (usize, &usize)| if *dim == 1 { 0 } else { bias[k + 1..].iter().product() };
    Order { dims, steps: bias.iter().enumerate().map(step).collect() }
}

/// The output before the activation.
fn linear<T: Real>(
    layer: &layers::EinsumDense,
    pass: &Pass<'_>,
    weights: &Weights<T>,
    x: &View<'_, T>,
    y: &mut ViewMut<'_, T>,
    work: &mut Work,
) {
    let products = Products::new(layer, x, y.shape());
    let [x_room, kernel_room, y_room, bias_room] = &mut work.of::<Room<T>>().rooms;
    let x = products.there(INPUT).of(pass.threads, x.data(), x_room);
    let kernel = products.there(KERNEL).of(pass.threads, weights.data(0), kernel_room);
    let target = (&mut *y.data, Write::Overwrite);
    products.compute(pass, OUTPUT, target, y_room, |place| {
        (products.matrix(INPUT, x, place), products.matrix(KERNEL, kernel, place))
    });
    if layer.bias_axes.is_some() {
        let order = spread(weights.variables()[1].shape(), y.shape().dims());
        let bias = order.of(pass.threads, weights.data(1), bias_room);
        each::parts(pass.threads, y.data, bias.len(), |_, y| y.iter_mut().zip(bias).for_each(|(y, bias)| *y += *bias));
    }
}

impl<T: Real> Kernel<T> for layers::EinsumDense {
    fn infer(
        &self,
        pass: &Pass<'_>,
        weights: &Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    ) {
        linear(self, pass, weights, &x[0], &mut y[0], work);
        let width = y[0].shape().last();
        activate::forward(pass.threads, self.activation, y[0].data, width);
    }

    fn train(
        &self,
        pass: &Pass<'_>,
        weights: &mut Weights<T>,
        x: &[View<'_, T>],
        y: &mut [ViewMut<'_, T>],
        work: &mut Work,
    ) {
        linear(self, pass, weights, &x[0], &mut y[0], work);
        let width = y[0].shape().last();
        work.of::<Room<T>>().kept.forward(pass.threads, self.activation, y[0].data, width);
    }

    fn backward(&self, pass: &Pass<'_>, weights: &Weights<T>, mut step: Backward<'_, '_, T>, work: &mut Work) {
        let Room { kept, rooms: [x_room, kernel_room, dy_room, room], partial } = work.of::<Room<T>>();
        let (x, dy) = (&step.x[0], &step.dy[0]);
        let d = kept.back(pass.threads, self.activation, step.y[0].data(), dy.data(), dy.last());
        let products = Products::new(self, x, dy.shape());
        let x = products.there(INPUT).of(pass.threads, x.data(), x_room);
        let kernel = products.there(KERNEL).of(pass.threads, weights.data(0), kernel_room);
        let dy_there = products.there(OUTPUT).of(pass.threads, d, dy_room);
        if let Some(target) = step.dx[0].target() {
            products.compute(pass, INPUT, target, room, |place| {
                (products.matrix(OUTPUT, dy_there, place), products.matrix(KERNEL, kernel, place).transposed())
            });
        }
        if !step.dw.is_wanted() {
            return;
        }
        let write = step.dw.write();
        let target = (step.dw.next(kernel.len()), write);
        products.compute(pass, KERNEL, target, room, |place| {
            (products.matrix(INPUT, x, place).transposed(), products.matrix(OUTPUT, dy_there, place))
        });
        if self.bias_axes.is_none() {
            return;
        }
        let bias = weights.variables()[1].shape();
        let order = spread(bias, dy.shape().dims());
        let dbias = step.dw.next(bias.iter().product());
        if order.is_same() {
            return columns::add_up(pass.threads, d, partial, (dbias, write));
        }
        let sums = room.take(order.dims.iter().product());
        columns::add_up(pass.threads, d, partial, (&mut *sums, Write::Overwrite));
        if write == Write::Overwrite {
            dbias.fill(T::zero());
        }
        order.gather(sums, dbias);
    }
}

#[cfg(test)]
super::conformance::cases!(EinsumDense: (0..10usize, [(); 4].map(|()| 1..4usize), activation()) => |(which, [a, b, c, d], activation)| {
    use formwork_shape::{Dims, OpenDims, Shape, Text};
    let (two, three) = (Shape::new(&[a, b]), Shape::new(&[a, b, c]));
    let [a, c, d] = [a, c, d].map(|dim| dim as isize);
    let (equation, input, output, bias) = match which {
        0 => ("ab,bc->ac", Shape::new(&[b]), Dims::of(&[c]), Some("c")),
        1 => ("abc,cd->abd", two, Dims::of(&[-1, c]), Some("d")),
        2 => ("abc,cd->abd", two, Dims::of(&[a, c]), Some("bd")),
        3 => ("...x,xy->...y", three, Dims::of(&[d]), None),
        4 => ("ab...,bc->ac...", three, Dims::of(&[d]), Some("c")),
        5 => ("abc,cde->abde", two, Dims::of(&[-1, c, d]), Some("d")),
        6 => ("abcd,cde->abe", three, Dims::of(&[-1, d]), Some("b")),
        // An axis that input, kernel and output share, and axes in another order.
        7 => ("abc,bcde->adbe", two, Dims::of(&[c, -1, d]), Some("de")),
        8 => ("abc,bcd->adb", two, Dims::of(&[c, -1]), Some("d")),
        _ => ("abcd,edb->ace", three, Dims::of(&[-1, d]), Some("e")),
    };
    let layer = layers::EinsumDense {
        equation: Text::of(equation),
        output_shape: OpenDims(output),
        activation,
        bias_axes: bias.map(Text::of),
        ..layers::EinsumDense::TEMPLATE
    };
    Case::new(layer, [input])
});
