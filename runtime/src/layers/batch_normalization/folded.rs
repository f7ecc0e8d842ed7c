//! A normalization that became a part of the convolution before it.

use formwork_shape::layers;

use super::moving;
use crate::Real;
use crate::buffer::Buffer;
use crate::weights::{Variable, Weights, new_stamp};

/// The weights of a convolution with the normalization after it in them, kept until one of both changes.
#[derive(Default)]
pub(in crate::layer_kernels) struct Folded<T> {
    /// Of which variables, and what tells the result from all others.
    key: Option<([u64; 6], u64)>,
    weights: Buffer<T>,
    bias: Buffer<T>,
    factor: Buffer<T>,
}

impl<T: Real> Folded<T> {
    /// The weights, what tells them from others, and the bias; filters are the last axis of the weights, and variable
    /// `bias`, if any, is the bias.
    pub fn fold<'a>(
        &'a mut self,
        layer: &layers::BatchNormalization,
        statistics: &Weights<T>,
        weights: &Weights<T>,
        bias: Option<usize>,
    ) -> (&'a [T], u64, Option<&'a [T]>) {
        let all = statistics.variables().iter().map(Variable::stamp);
        let all = all.chain([weights.stamp(0), bias.map_or(0, |bias| weights.stamp(bias))]);
        let mut stamps = [0; 6];
        stamps.iter_mut().zip(all).for_each(|(to, stamp)| *to = stamp);
        let (mean, variance) = (statistics.data(moving(layer)), statistics.data(moving(layer) + 1));
        let (filters, values) = (mean.len(), weights.data(0));
        let stamp = match self.key {
            Some((key, stamp)) if key == stamps => stamp,
            _ => {
                self.key = None;
                let factor = self.factor.take(filters);
                for (filter, factor) in factor.iter_mut().enumerate() {
                    let gamma = if layer.scale { statistics.data(0)[filter] } else { T::one() };
                    *factor = gamma * (variance[filter] + T::of(layer.epsilon)).sqrt().recip();
                }
                let rows = self.weights.take(values.len()).chunks_exact_mut(filters);
                for (to, from) in rows.zip(values.chunks_exact(filters)) {
                    to.iter_mut().zip(from).zip(&*factor).for_each(|((to, &value), &factor)| *to = value * factor);
                }
                for (filter, to) in self.bias.take(filters).iter_mut().enumerate() {
                    let beta = if layer.center { statistics.data(moving(layer) - 1)[filter] } else { T::zero() };
                    let bias = bias.map_or(T::zero(), |bias| weights.data(bias)[filter]);
                    *to = beta + (bias - mean[filter]) * factor[filter];
                }
                let stamp = new_stamp();
                self.key = Some((stamps, stamp));
                stamp
            }
        };
        (self.weights.get(values.len()), stamp, Some(self.bias.get(filters)))
    }
}
