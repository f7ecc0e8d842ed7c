use formwork_shape::layers::Dropout;

use super::each;
use super::noise;
use crate::buffer::Buffer;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::{Routine, Write};
use crate::random::Random;
use crate::view::{View, ViewMut};
use crate::weights::Weights;
use crate::{Real, Threads};

/// What the last training step multiplied the values by, where several share a factor.
#[derive(Default)]
struct Factors<T> {
    factors: Buffer<T>,
}

impl<T: Real> Kernel<T> for Dropout {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        each::copy(pass.threads, y[0].data, x[0].data());
    }

    fn train(&self, pass: &Pass<'_>, _: &mut Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], work: &mut Work) {
        if self.noise_shape.is_some() {
            let (mut random, rate) = (work.random(pass, self.seed), pass.randomly(self.rate));
            let keep = T::of(1.0 / (1.0 - rate));
            let factors = work.of::<Factors<T>>().factors.take(x[0].data().len());
            let form = (pass.batch, x[0].shape());
            let value = |draw| if draw < rate { T::zero() } else { keep };
            noise::fill(self.noise_shape.as_ref(), form, factors, &mut random, value);
            let multiply = |x, factor| factor * x;
            return each::zip(pass.threads, Write::Overwrite, y[0].data, x[0].data(), factors, multiply);
        }
        drop_out(
            pass.threads,
            pass.randomly(self.rate),
            &work.random(pass, self.seed),
            (x[0].data(), y[0].data),
            Write::Overwrite,
        );
    }

    /// Draws the numbers of `train` again: that is quicker than to remember which values it kept.
    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
        let Some((dx, write)) = step.dx[0].target() else { return };
        if self.noise_shape.is_some() {
            let dy = step.dy[0].data();
            let factors = work.of::<Factors<T>>().factors.get(dy.len());
            return each::zip(pass.threads, write, dx, dy, factors, |dy, factor| factor * dy);
        }
        drop_out(pass.threads, pass.randomly(self.rate), &work.random(pass, self.seed), (step.dy[0].data(), dx), write);
    }
}

/// `to` becomes, or grows by, `from / (1 - rate)` where a number of `random` says so. The number at a place is the same
/// whichever thread asks for it.
fn drop_out<T: Real>(threads: &Threads, rate: f64, random: &Random, (from, to): (&[T], &mut [T]), write: Write) {
    let threshold = (rate * (1u64 << 32) as f64) as u64;
    let scale = T::of(1.0 / (1.0 - rate));
    each::split(threads, to, |first, to| {
        let (random, from) = (random.from(first), &from[first..][..to.len()]);
        threads.level().run(DropOut { random, threshold, scale, from, to, write });
    });
}

struct DropOut<'a, T> {
    random: Random,
    threshold: u64,
    scale: T,
    from: &'a [T],
    to: &'a mut [T],
    write: Write,
}

impl<T: Real> Routine for DropOut<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(mut self) {
        let mut bits = [0; 256];
        for (to, from) in self.to.chunks_mut(bits.len()).zip(self.from.chunks(bits.len())) {
            self.random.fill(&mut bits);
            for ((to, &from), &bits) in to.iter_mut().zip(from).zip(&bits) {
                let kept = u64::from(bits) >= self.threshold;
                each::put(self.write, to, if kept { from * self.scale } else { T::zero() });
            }
        }
    }
}

#[cfg(test)]
super::conformance::cases!(Dropout: (shape(1..4), 0.0..0.9, noise_shape()) => |(input, rate, noise)| {
    Case::new(Dropout { rate, noise_shape: noise.map(|shared| noise_of(&input, shared)), ..Dropout::TEMPLATE }, [input])
});
