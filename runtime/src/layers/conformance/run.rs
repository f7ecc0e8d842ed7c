//! A pass over a layer in both directions, and what is checked of it.

use formwork_shape::{In, Kind, Layer, Reads, Shape};
use proptest::prelude::*;

use super::{Case, kernel};
use crate::kernel::{Backward, Pass, Work};
use crate::kernels::Write;
use crate::random::{Purpose, Random};
use crate::view::{Grad, View, ViewMut};
use crate::weights::{WeightGrads, Weights};
use crate::{Real, Threads};

/// An input: numbers, ids or a mask.
#[derive(Clone, Debug)]
pub(in crate::layer_kernels) enum Data<T> {
    Numbers(Vec<T>),
    Ids(Vec<u32>),
    Mask(Vec<T>),
}

/// A layer with everything that a pass over it needs.
pub(in crate::layer_kernels) struct Run<T> {
    pub layer: Layer,
    pub ins: Vec<In>,
    pub outs: Vec<Shape>,
    pub batch: usize,
    pub x: Vec<Data<T>>,
    pub weights: Weights<T>,
    /// Of the weighted sum of arc tangents that is differentiated.
    pub factors: Vec<Vec<T>>,
    /// Does training do what inference does?
    pub inference: bool,
}

/// What a pass in both directions leaves.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::layer_kernels) struct All<T> {
    pub y: Vec<Vec<T>>,
    pub dx: Vec<Vec<T>>,
    pub dw: Vec<T>,
    pub weights: Vec<Vec<T>>,
}

impl<T: Real> All<T> {
    pub fn numbers(&self) -> impl Iterator<Item = f64> {
        let lists = self.y.iter().chain(&self.dx).chain([&self.dw]).chain(&self.weights);
        lists.flatten().map(|value| value.wide())
    }
}

impl<T: Real> Run<T> {
    pub fn new(case: &Case, batch: usize, seed: u64) -> Run<T> {
        let mut random = Random::new(seed, Purpose::Shuffle, 0);
        let ins = case.ins();
        let outs = outs(&case.layer, &ins);
        // Away from 0, where many functions have a kink; exact in both element types.
        let mut number = |low: f64| {
            let size = f64::from(random.uniform(low, 1.3) as f32);
            T::of(if random.bits() & 1 == 0 { size } else { -size })
        };
        let mut weights = Weights::new(case.layer.weights(&ins).as_slice(), &mut Random::new(0, Purpose::Weights, 0));
        for variable in weights.variables_mut() {
            let positive = variable.name().contains("variance");
            variable.data_mut().iter_mut().for_each(|value| *value = number(0.2));
            variable.data_mut().iter_mut().filter(|_| positive).for_each(|value| *value = value.abs());
        }
        let factors = outs.iter().map(|shape| (0..batch * shape.size()).map(|_| number(0.1)).collect()).collect();
        let x = ins
            .iter()
            .map(|input| match case.ids {
                _ if input.kind == Kind::Mask => Data::Mask(
                    (0..batch * input.shape.size()).map(|_| T::of(f64::from(number(0.0).wide() > -0.4))).collect(),
                ),
                None => Data::Numbers((0..batch * input.shape.size()).map(|_| number(0.2)).collect()),
                Some(limit) => Data::Ids(
                    (0..batch * input.shape.size())
                        .map(|_| (number(0.0).wide().abs() * 1e4) as u32 % limit as u32)
                        .collect(),
                ),
            })
            .collect();
        Run { layer: case.layer, ins, outs, batch, x, weights, factors, inference: false }
    }

    pub fn views<'a>(&self, x: &'a [Data<T>]) -> Vec<View<'a, T>> {
        x.iter()
            .zip(&self.ins)
            .map(|(x, input)| match x {
                Data::Numbers(data) => View::numbers(data, self.batch, input.shape),
                Data::Ids(ids) => View::ids(ids, self.batch, input.shape),
                Data::Mask(mask) => View::numbers(mask, self.batch, input.shape).as_mask(),
            })
            .collect()
    }

    pub fn forward(
        &self,
        threads: &Threads,
        training: bool,
        weights: &mut Weights<T>,
        x: &[Data<T>],
        work: &mut Work,
    ) -> Vec<Vec<T>> {
        let pass = self.pass(threads);
        let mut y: Vec<Vec<T>> = self.outs.iter().map(|shape| vec![T::nan(); self.batch * shape.size()]).collect();
        let mut views: Vec<_> =
            y.iter_mut().zip(&self.outs).map(|(y, shape)| ViewMut::new(y, self.batch, *shape)).collect();
        let kernel = kernel::<T>(&self.layer);
        match training {
            true => kernel.train(&pass, weights, &self.views(x), &mut views, work),
            false => kernel.infer(&pass, weights, &self.views(x), &mut views, work),
        }
        y
    }

    /// The gradients, written to or added to what is there.
    pub fn backward(
        &self,
        threads: &Threads,
        weights: &Weights<T>,
        (y, dy): (&[Vec<T>], &[Vec<T>]),
        (dx, dw, write): (&mut [Option<Vec<T>>], &mut [T], Write),
        work: &mut Work,
    ) {
        let Reads { inputs, outputs } = self.layer.facts().reads;
        let unread = |shape: &Shape| View::unread(self.batch, *shape);
        let x: Vec<View<'_, T>> = match inputs {
            true => self.views(&self.x),
            // A mask is always there.
            false => (self.views(&self.x).into_iter().zip(&self.ins))
                .map(|(view, input)| if view.is_mask() { view } else { unread(&input.shape) })
                .collect(),
        };
        let y: Vec<View<'_, T>> = match outputs {
            true => y.iter().zip(&self.outs).map(|(y, shape)| View::numbers(y, self.batch, *shape)).collect(),
            false => self.outs.iter().map(unread).collect(),
        };
        let dy: Vec<View<'_, T>> =
            dy.iter().zip(&self.outs).map(|(dy, shape)| View::numbers(dy, self.batch, *shape)).collect();
        let mut dx: Vec<Grad<'_, T>> = dx
            .iter_mut()
            .map(|dx| match dx {
                Some(dx) => Grad::new(dx, write),
                None => Grad::unread(),
            })
            .collect();
        let step = Backward { x: &x, y: &y, dy: &dy, dx: &mut dx, dw: WeightGrads::new(dw, write) };
        kernel::<T>(&self.layer).backward(&self.pass(threads), weights, step, work);
    }

    fn pass<'a>(&self, threads: &'a Threads) -> Pass<'a> {
        Pass { batch: self.batch, threads, seed: 7, step: 3, input_gradients: true, inference: self.inference }
    }

    fn room(&self, value: T) -> (Vec<Option<Vec<T>>>, Vec<T>) {
        let dx = self.x.iter().zip(&self.ins).map(|(x, input)| match x {
            Data::Numbers(_) => Some(vec![value; self.batch * input.shape.size()]),
            Data::Ids(_) | Data::Mask(_) => None,
        });
        (dx.collect(), vec![value; self.layer.weights(&self.ins).trainable_parameters()])
    }

    pub fn all(&self, threads: &Threads) -> All<T> {
        let (dx, dw) = self.room(T::nan());
        self.all_into(threads, dx, dw, Write::Overwrite)
    }

    fn all_into(&self, threads: &Threads, mut dx: Vec<Option<Vec<T>>>, mut dw: Vec<T>, write: Write) -> All<T> {
        let (mut weights, mut work) = (self.weights.clone(), Work::at(5));
        let y = self.forward(threads, true, &mut weights, &self.x, &mut work);
        let dy = self.slope(&y);
        self.backward(threads, &weights, (&y, &dy), (&mut dx, &mut dw, write), &mut work);
        let weights = weights.variables().iter().map(|variable| variable.data().to_vec()).collect();
        All { y, dx: dx.into_iter().flatten().collect(), dw, weights }
    }

    /// The derivative of [`loss`](Run::loss).
    fn slope(&self, y: &[Vec<T>]) -> Vec<Vec<T>> {
        y.iter()
            .zip(&self.factors)
            .map(|(y, f)| y.iter().zip(f).map(|(y, f)| *f / (T::one() + *y * *y)).collect())
            .collect()
    }

    fn loss(&self, y: &[Vec<T>]) -> f64 {
        let terms = y.iter().flatten().zip(self.factors.iter().flatten());
        terms.map(|(y, factor)| (*factor * y.atan()).wide()).sum()
    }
}

impl Run<f64> {
    pub fn gradients_are_slopes(&self, threads: &Threads, all: &All<f64>) -> Result<(), TestCaseError> {
        // Where training changes the weights before it uses them, gradients are those at what it made of them.
        let changes = matches!(self.layer, Layer::SpectralNormalization(_));
        let mut base = self.weights.clone();
        if changes {
            (base.variables_mut().iter_mut().zip(&all.weights))
                .for_each(|(to, after)| to.data_mut().copy_from_slice(after));
        }
        let loss_of = |x: &[Data<f64>], weights: &Weights<f64>| {
            let y = self.forward(threads, !changes, &mut weights.clone(), x, &mut Work::at(5));
            self.loss(&y)
        };
        let (mut checked, mut kinks) = (0, 0);
        let mut check = |what: &str, found: f64, value: f64, loss: &mut dyn FnMut(f64) -> f64| {
            let step = 1e-5;
            let (below, here, above) = (loss(value - step), loss(value), loss(value + step));
            let wanted = (above - below) / (2.0 * step);
            let tolerance = 1e-5 * (1.0 + wanted.abs());
            checked += 1;
            if (found - wanted).abs() <= tolerance {
                return Ok(());
            }
            kinks += 1;
            // A kink nearby, but not here: a smaller step does not reach it.
            let small = step / 100.0;
            let nearer = (loss(value + small) - loss(value - small)) / (2.0 * small);
            if (found - nearer).abs() <= tolerance {
                return Ok(());
            }
            // No slope where the function has a kink or a jump.
            let bend = ((above - here) - (here - below)).abs() / step;
            prop_assert!(bend > 100.0 * tolerance.min(1e-4), "gradient of {}: {} instead of {}", what, found, wanted);
            Ok(())
        };
        let numbers = |i: usize| match &self.x[i] {
            Data::Numbers(data) => data.len(),
            Data::Ids(_) | Data::Mask(_) => 0,
        };
        let mut dx = all.dx.iter();
        for i in (0..self.x.len()).filter(|i| numbers(*i) > 0) {
            let dx = dx.next().expect("every input of numbers has a gradient");
            let mut x = self.x.clone();
            for k in (0..numbers(i)).step_by(1 + numbers(i) / 40) {
                let Data::Numbers(data) = &self.x[i] else { continue };
                check(&format!("input {i}, element {k}"), dx[k], data[k], &mut |value| {
                    let Data::Numbers(changed) = &mut x[i] else { return 0.0 };
                    changed[k] = value;
                    let loss = loss_of(&x, &base);
                    let Data::Numbers(changed) = &mut x[i] else { return 0.0 };
                    changed[k] = data[k];
                    loss
                })?;
            }
        }
        let mut at = 0;
        for i in 0..base.variables().len() {
            let variable = &base.variables()[i];
            if !variable.trainable() {
                continue;
            }
            let len = variable.data().len();
            for k in (0..len).step_by(1 + len / 40) {
                let mut weights = base.clone();
                check(
                    &format!("{}, element {k}", variable.name()),
                    all.dw[at + k],
                    variable.data()[k],
                    &mut |value| {
                        weights.data_mut(i)[k] = value;
                        loss_of(&self.x, &weights)
                    },
                )?;
            }
            at += len;
        }
        prop_assert!(kinks * 5 <= checked + 10, "{} kinks in {} places", kinks, checked);
        Ok(())
    }

    pub fn later_writers_add(&self, threads: &Threads, all: &All<f64>) -> Result<(), TestCaseError> {
        let (dx, dw) = self.room(0.5);
        let added = self.all_into(threads, dx, dw, Write::Add);
        let first = all.dx.iter().flatten().chain(&all.dw);
        for (added, first) in added.dx.iter().flatten().chain(&added.dw).zip(first) {
            prop_assert!((added - first - 0.5).abs() < 1e-9 * (1.0 + first.abs()), "{} was not added to 0.5", first);
        }
        // Nobody may read the gradients of the inputs.
        let (_, dw) = self.room(f64::NAN);
        let alone = self.all_into(threads, vec![None; self.x.len()], dw, Write::Overwrite);
        prop_assert_eq!(&alone.dw, &all.dw, "weight gradients depend on who reads the input gradients");
        Ok(())
    }

    pub fn samples_do_not_mix(&self, threads: &Threads) -> Result<(), TestCaseError> {
        let mut work = Work::at(5);
        let whole = self.forward(threads, false, &mut self.weights.clone(), &self.x, &mut work);
        for sample in 0..self.batch {
            let part = |len: usize| sample * (len / self.batch)..(sample + 1) * (len / self.batch);
            let x = self.x.iter().map(|x| match x {
                Data::Numbers(data) => Data::Numbers(data[part(data.len())].to_vec()),
                Data::Ids(ids) => Data::Ids(ids[part(ids.len())].to_vec()),
                Data::Mask(mask) => Data::Mask(mask[part(mask.len())].to_vec()),
            });
            let (ins, outs) = (self.ins.clone(), self.outs.clone());
            let (weights, factors) = (self.weights.clone(), Vec::new());
            let one =
                Run { layer: self.layer, ins, outs, batch: 1, x: x.collect(), weights, factors, inference: false };
            let y = one.forward(threads, false, &mut one.weights.clone(), &one.x, &mut work);
            for (whole, y) in whole.iter().zip(&y) {
                for (a, b) in whole[part(whole.len())].iter().zip(y) {
                    prop_assert!((a - b).abs() <= 1e-9 * (1.0 + a.abs()), "{} in a batch, {} alone", a, b);
                }
            }
        }
        Ok(())
    }
}

/// The shapes of the outputs.
pub(in crate::layer_kernels) fn outs(layer: &Layer, ins: &[In]) -> Vec<Shape> {
    let outs = layer.outputs(ins).unwrap_or_else(|message| panic!("{message}"));
    (0..outs.len()).map(|i| outs.get(i).shape).collect()
}
