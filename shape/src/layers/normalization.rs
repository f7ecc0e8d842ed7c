use super::{check, norm};
use crate::layer::{layer, ok};
use crate::{Dims, Facts, In, Initializer, Masking, Msg, Numbers, Outs, Rule, Shape, Weights};

layer! {
    /// Brings features to mean 0 and variance 1 by statistics of the data: `y = (x - mean) / max(√variance, 1e-7)`, or the
    /// inverse of that, `y = x max(√variance, 1e-7) + mean`. A feature that is constant becomes 0.
    ///
    /// Input: any shape; the axes that have statistics of their own have fixed lengths. Output: the same shape. Weights,
    /// where mean and variance are not given: mean (zeros) and variance (ones) for each place of `axis`, count; no gradient
    /// changes them, `model.normalization.adapt(&data)` sets them. Training and inference do the same. Errors: a mean
    /// without a variance, a negative variance, as many numbers as there are neither features nor one.
    Normalization {
        /// The axes that have a mean for each of their places, counted as in Keras; `None` for one mean of all.
        axis: Option<Dims> = Some(Dims::of(&[-1])),
        /// The mean, where it is known.
        mean: Option<Numbers> = None,
        /// The variance, where it is known.
        variance: Option<Numbers> = None,
        /// Whether the inverse is computed.
        invert: bool = false,
    }
}

impl Normalization {
    /// The axes with statistics of their own.
    pub const fn kept(&self) -> &[isize] {
        match &self.axis {
            Some(axes) => axes.as_slice(),
            None => &[],
        }
    }

    /// Any shape, kept.
    pub const fn outputs(&self, x: &[In]) -> Rule {
        let input = ok!(check::only("Normalization", x));
        if let Some(axes) = &self.axis
            && !axes.as_slice().is_empty()
        {
            ok!(norm::axes("Normalization", axes, input, true));
        }
        if let Some(variance) = &self.variance {
            ok!(no_negative(variance.as_slice()));
        }
        let (mean, variance) = match (&self.mean, &self.variance) {
            (None, None) => return Ok(Outs::one(input.shape)),
            (Some(mean), Some(variance)) => (mean.as_slice().len(), variance.as_slice().len()),
            _ => {
                return Err(Msg::new("Normalization takes mean and variance together, but got only one of them")
                    .hint("give both, or none and call `adapt` with the data"));
            }
        };
        let places = self.statistics(input).size();
        if (mean != 1 && mean != places) || (variance != 1 && variance != places) {
            return Err(Msg::new("Normalization needs a mean and a variance for each of ")
                .number(places)
                .text(" places, but got ")
                .number(mean)
                .text(" and ")
                .number(variance)
                .text(": ")
                .input(input)
                .hint("give one number for all, or as many as the axis has places"));
        }
        Ok(Outs::one(input.shape))
    }

    /// The shape of the statistics.
    const fn statistics(&self, input: &In) -> Shape {
        match &self.axis {
            Some(axes) => norm::dims(axes, &input.shape),
            None => Shape::new(&[]),
        }
    }

    /// mean, variance, of the shape of the axes; count `[]`.
    pub const fn weights(&self, x: &[In]) -> Weights {
        if self.mean.is_some() {
            return Weights::NONE;
        }
        let (shape, mut along) = (self.statistics(&x[0]), 0);
        let mut k = 0;
        while k < self.kept().len() {
            let axis = self.kept()[k];
            along |= 1 << if axis < 0 { x[0].shape.rank() as isize + axis } else { axis - 1 };
            k += 1;
        }
        Weights::NONE
            .with_state("mean", shape.dims(), Initializer::Zeros)
            .with_state("variance", shape.dims(), Initializer::Ones)
            .with_state("count", &[], Initializer::Zeros)
            .of_axes(along)
    }

    /// Two operations an element.
    pub const fn flops(&self, x: &[In]) -> usize {
        2 * check::pass(&x[0].shape)
    }

    /// The gradient is scaled.
    pub const fn facts(&self) -> Facts {
        Facts { weighted: self.mean.is_none(), ..Facts::PLAIN.reading(false, false).masking(Masking::Passes) }
    }
}

/// A variance is a mean of squares.
const fn no_negative(variance: &[f64]) -> Result<(), Msg> {
    let mut i = 0;
    while i < variance.len() {
        ok!(check::not_negative("Normalization", "variance", variance[i]));
        i += 1;
    }
    Ok(())
}
