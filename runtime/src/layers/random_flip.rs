use formwork_shape::layers::RandomFlip;
use formwork_shape::{FlipMode, Shape};

use super::each;
use crate::Real;
use crate::kernel::{Backward, Kernel, Pass, Work};
use crate::kernels::Write;
use crate::view::{View, ViewMut};
use crate::weights::Weights;

/// Which images were turned round, top and bottom, left and right.
#[derive(Default)]
struct Flips {
    flips: Vec<[bool; 2]>,
}

impl<T: Real> Kernel<T> for RandomFlip {
    fn infer(&self, pass: &Pass<'_>, _: &Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], _: &mut Work) {
        each::copy(pass.threads, y[0].data, x[0].data());
    }

    fn train(&self, pass: &Pass<'_>, _: &mut Weights<T>, x: &[View<'_, T>], y: &mut [ViewMut<'_, T>], work: &mut Work) {
        let mut random = work.random(pass, self.seed);
        let (vertical, horizontal) = (self.mode != FlipMode::Horizontal, self.mode != FlipMode::Vertical);
        let flips = &mut work.of::<Flips>().flips;
        flips.clear();
        // Both are drawn in any mode, so that a mode does not change what the other axis does.
        let mut draw = || [vertical, horizontal].map(|wanted| (random.unit() < pass.randomly(0.5)) && wanted);
        flips.extend((0..pass.batch).map(|_| draw()));
        turn(pass, flips, x[0].shape(), x[0].data(), (y[0].data, Write::Overwrite));
    }

    fn backward(&self, pass: &Pass<'_>, _: &Weights<T>, step: Backward<'_, '_, T>, work: &mut Work) {
        let Some(target) = step.dx[0].target() else { return };
        turn(pass, &work.of::<Flips>().flips, step.x[0].shape(), step.dy[0].data(), target);
    }
}

/// Images turned round, which is its own way back.
fn turn<T: Real>(pass: &Pass<'_>, flips: &[[bool; 2]], shape: &Shape, from: &[T], (to, write): (&mut [T], Write)) {
    let [height, width, channels] = [0, 1, 2].map(|axis| shape.dim(axis));
    let row = width * channels;
    each::parts(pass.threads, to, row.max(1), |index, to| {
        let (sample, line) = (index / height, index % height);
        let [vertical, horizontal] = flips[sample];
        let line = if vertical { height - 1 - line } else { line };
        let from = &from[(sample * height + line) * row..][..row];
        for (place, to) in to.chunks_exact_mut(channels).enumerate() {
            let place = if horizontal { width - 1 - place } else { place };
            let from = &from[place * channels..][..channels];
            to.iter_mut().zip(from).for_each(|(to, from)| each::put(write, to, *from));
        }
    });
}

#[cfg(test)]
super::conformance::cases!(RandomFlip: (image(2), 0..3usize) => |(input, mode)| {
    let modes = [FlipMode::Horizontal, FlipMode::Vertical, FlipMode::HorizontalAndVertical];
    Case::new(RandomFlip { mode: modes[mode], ..RandomFlip::TEMPLATE }, [input])
});
