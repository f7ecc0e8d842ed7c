//! One sample at inference.

use super::{Cell, Forward, Sizes, Writes, give, is_ahead, is_masked};
use crate::Real;
use crate::kernels::recurrent::{self, Input, Packed, Rows, RowsMut, Walk};

impl<C: Cell<T>, T: Real> Forward<'_, C, T> {
    /// Takes a sample through the whole sequence, through all steps between masked ones at once. The room is for h before
    /// and after a step, c, and what the kernel brings to the sums of all steps.
    pub(super) fn alone(&self, packed: &Packed<T>, sample: usize, room: [&mut [T]; 4], to: Writes<'_, T>) {
        let Sizes { steps, features, units, .. } = self.sizes;
        let Writes { y, states: last, .. } = to;
        let [mut h, mut room, c, sums] = room;
        let samples = sample..sample + 1;
        self.start(&samples, [h, c]);
        self.go_ahead(packed, &samples, sums);
        let input = if is_ahead(packed, 1) {
            (&*sums, packed.sums(&(0..packed.panels())))
        } else {
            (self.features(sample, 0).data, features)
        };
        let masked = |s: usize| is_masked(self.mask, sample * steps + self.sequence.time(s, steps));
        let shown = |s: usize| self.shown.get(sample * steps + s) != Some(&false);
        let mut s = 0;
        while s < steps {
            let is_masked = masked(s);
            let end = (s + 1..steps).find(|s| masked(*s) != is_masked).unwrap_or(steps);
            let mut y = self.sequence.return_sequences.then(|| &mut y[s * units..end * units]);
            if is_masked {
                for (s, y) in (s..end).zip(y.iter_mut().flat_map(|y| y.chunks_exact_mut(units))) {
                    give(h, units, y, units, |_| shown(s));
                }
            } else {
                let (data, width) = input;
                let first = self.sequence.time(s, steps).min(self.sequence.time(end - 1, steps));
                let rows = Rows::new(&data[(first * width).min(data.len())..], width);
                let input = if is_ahead(packed, 1) { Input::Ahead(rows) } else { Input::Features(rows) };
                let walk = Walk {
                    steps: end - s,
                    turned: s % 2 == 1,
                    input,
                    go_backwards: self.sequence.go_backwards,
                    h: [&mut *h, &mut *room],
                    c: &mut *c,
                    y: y.map(|y| RowsMut::new(y, units)),
                };
                recurrent::walk(packed, walk);
                if (end - s) % 2 == 1 {
                    std::mem::swap(&mut h, &mut room);
                }
            }
            s = end;
        }
        if !self.sequence.return_sequences {
            give(h, units, y, units, |_| steps == 0 || shown(steps - 1));
        }
        for (state, last) in [&*h, &*c].into_iter().zip(last) {
            let len = last.len();
            last.copy_from_slice(&state[..len]);
        }
    }
}
