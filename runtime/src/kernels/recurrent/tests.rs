use formwork_shape::Activation;

use super::*;
use crate::Threads;
use crate::kernels::gemm::tests::numbers;

/// Sums by the definition, in double precision: what the kernel brings to each gate of each unit, and the recurrent kernel.
struct Reference {
    gates: Gates,
    units: usize,
    kernels: [Vec<f64>; 2],
    bias: Vec<f64>,
}

impl Reference {
    fn product(&self, part: usize, x: &[f64], column: usize) -> f64 {
        let width = self.gates.columns() * self.units;
        x.iter().enumerate().map(|(k, x)| x * self.kernels[part][k * width + column]).sum()
    }

    /// The new h and c.
    fn step(&self, x: &[f64], h: &[f64], c: &[f64]) -> [Vec<f64>; 2] {
        let (units, width) = (self.units, self.gates.columns() * self.units);
        let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
        let sum = |gate: usize, unit: usize| self.bias[gate * units + unit] + self.product(0, x, gate * units + unit);
        let product = |gate: usize, unit: usize| {
            let bias = if self.gates.are_apart() { self.bias[width + gate * units + unit] } else { 0.0 };
            bias + self.product(1, h, gate * units + unit)
        };
        let both = |gate, unit| sum(gate, unit) + product(gate, unit);
        let mut new = [vec![0.0; units], c.to_vec()];
        for unit in 0..units {
            new[0][unit] = match self.gates {
                Gates::Lstm(_) => {
                    let [i, f, o] = [0, 1, 3].map(|gate| logistic(both(gate, unit)));
                    new[1][unit] = f * c[unit] + i * both(2, unit).tanh();
                    o * new[1][unit].tanh()
                }
                Gates::Gru(_) => {
                    let [z, r] = [0, 1].map(|gate| logistic(both(gate, unit)));
                    z * h[unit] + (1.0 - z) * (sum(2, unit) + r * product(2, unit)).tanh()
                }
                Gates::Simple(_) => both(0, unit).tanh(),
            };
        }
        new
    }
}

fn all() -> [Gates; 3] {
    let (activation, recurrent_activation) = (Activation::Tanh, Activation::Sigmoid);
    [
        Gates::Lstm(Lstm { activation, recurrent_activation }),
        Gates::Gru(Gru { activation, recurrent_activation }),
        Gates::Simple(Simple { activation }),
    ]
}

fn wide<T: Real>(values: &[T]) -> Vec<f64> {
    values.iter().map(|value| value.wide()).collect()
}

/// One step of `count` rows at every level: against the definition, and the same bits for other panels, with the inputs
/// ahead and without.
fn check<T: Real>(gates: Gates, count: usize, features: usize, units: usize, tolerance: f64) {
    let width = gates.columns() * units;
    let biases = if gates.are_apart() { 2 } else { 1 };
    let few = |len: usize, seed: u64| -> Vec<T> { numbers::<T>(len, seed).iter().map(|x| *x * T::of(0.3)).collect() };
    let (kernel, recurrent) = (few(features * width, 1), few(units * width, 2));
    let (bias, x, h) = (few(biases * width, 3), few(count * features, 4), few(count * units, 5));
    let c = few(count * units, 6);
    let reference = Reference { gates, units, kernels: [wide(&kernel), wide(&recurrent)], bias: wide(&bias) };
    for level in Level::available() {
        let what = format!("{gates:?}, {count} x {features} to {units}, {level:?}");
        let mut packed = Packed::new(gates);
        packed.pack(&Threads::new(1).with_level(level), gates, units, [&kernel, &recurrent], Some(&bias));
        let take = |panels: Range<usize>, made: bool, turned: bool| {
            let own = packed.units(panels.clone());
            let part =
                |rows: &[T]| -> Vec<T> { rows.chunks_exact(units).flat_map(|row| row[own.clone()].to_vec()).collect() };
            let (before, mut new_c) = (part(&h), part(&c));
            let (mut after, mut y) = (vec![T::zero(); before.len()], vec![T::zero(); before.len()]);
            let sums = packed.sums(&panels);
            let mut room = vec![T::zero(); count * sums];
            let mut input = Input::Features(Rows::new(&x, features));
            if made {
                ahead(&packed, panels.clone(), count, Rows::new(&x, features), &mut room);
                input = Input::Ahead(Rows::new(&room, sums));
            }
            let one = Step {
                count,
                turned,
                input,
                met: Rows::new(&h, units),
                before: Rows::new(&before, own.len()),
                after: RowsMut::new(&mut after, own.len()),
                c: RowsMut::new(&mut new_c, own.len()),
                y: Some(RowsMut::new(&mut y, own.len())),
                records: None,
            };
            step(&packed, panels, one);
            assert_eq!(y, after, "{what}: h goes to both places");
            (own, after, new_c)
        };
        for turned in [false, true] {
            let (_, after, new_c) = take(0..packed.panels(), false, turned);
            for row in 0..count {
                let (from, of) = (row * units..(row + 1) * units, row * features..(row + 1) * features);
                let expected = reference.step(&wide(&x[of]), &wide(&h[from.clone()]), &wide(&c[from.clone()]));
                for (actual, expected) in [&after, &new_c].into_iter().zip(&expected) {
                    for (actual, expected) in actual[from.clone()].iter().zip(expected) {
                        assert!((actual.wide() - expected).abs() < tolerance, "{what}: {actual}, not {expected}");
                    }
                }
            }
            assert_eq!(take(0..packed.panels(), true, turned).1, after, "{what}, inputs ahead");
            for panel in 0..packed.panels() {
                let (own, part, _) = take(panel..panel + 1, panel % 2 == 0, turned);
                let rows = after.chunks_exact(units).flat_map(|row| row[own.clone()].to_vec());
                assert_eq!(part, rows.collect::<Vec<T>>(), "{what}, panel {panel}");
            }
        }
    }
}

#[test]
fn a_step_is_what_the_definition_says() {
    for gates in all() {
        for (count, features, units) in
            [(1, 3, 5), (2, 1, 1), (3, 20, 32), (4, 7, 33), (5, 2, 70), (7, 5, 100), (16, 9, 48), (23, 4, 17)]
        {
            check::<f32>(gates, count, features, units, 3e-6);
            check::<f64>(gates, count, features, units, 1e-13);
        }
    }
}

/// Each row comes out the same whatever rows are computed with it.
#[test]
fn rows_do_not_depend_on_one_another() {
    let (units, features) = (37, 5);
    for gates in all() {
        let width = gates.columns() * units;
        let (kernel, recurrent) = (numbers::<f32>(features * width, 1), numbers::<f32>(units * width, 2));
        let (x, h) = (numbers::<f32>(20 * features, 3), numbers::<f32>(20 * units, 4));
        for level in Level::available() {
            let mut packed = Packed::new(gates);
            packed.pack(&Threads::new(1).with_level(level), gates, units, [&kernel, &recurrent], None);
            let take = |rows: Range<usize>| {
                let (mut after, mut c) = (vec![0.0; rows.len() * units], vec![0.5; rows.len() * units]);
                let one = Step {
                    count: rows.len(),
                    turned: false,
                    input: Input::Features(Rows::new(&x[rows.start * features..], features)),
                    met: Rows::new(&h[rows.start * units..], units),
                    before: Rows::new(&h[rows.start * units..], units),
                    after: RowsMut::new(&mut after, units),
                    c: RowsMut::new(&mut c, units),
                    y: None,
                    records: None,
                };
                step(&packed, 0..packed.panels(), one);
                after
            };
            let all = take(0..20);
            for (first, last) in [(0, 1), (1, 3), (3, 8), (8, 20), (5, 12)] {
                assert_eq!(
                    take(first..last),
                    all[first * units..last * units],
                    "{gates:?}, {level:?}, {first}..{last}"
                );
            }
        }
    }
}

/// A walk has the bits of its steps, wherever it begins, forth and back, with the inputs ahead and without.
#[test]
fn a_walk_is_steps_in_a_row() {
    const STEPS: usize = 5;
    for (gates, units, features) in all().into_iter().flat_map(|gates| [(gates, 7, 3), (gates, 50, 4), (gates, 150, 2)])
    {
        let width = gates.columns() * units;
        let (kernel, recurrent) = (numbers::<f32>(features * width, 1), numbers::<f32>(units * width, 2));
        let (x, first) = (numbers::<f32>(STEPS * features, 3), numbers::<f32>(units, 4));
        for (level, go_backwards) in Level::available().flat_map(|level| [(level, false), (level, true)]) {
            let mut packed = Packed::new(gates);
            packed.pack(&Threads::new(1).with_level(level), gates, units, [&kernel, &recurrent], None);
            let panels = 0..packed.panels();
            let sums = packed.sums(&panels);
            let mut made = vec![0.0; STEPS * sums];
            ahead(&packed, panels.clone(), STEPS, Rows::new(&x, features), &mut made);

            let (mut h, mut c, mut expected) = (first.clone(), vec![0.5; units], Vec::new());
            for s in 0..STEPS {
                let time = if go_backwards { STEPS - 1 - s } else { s };
                let mut after = vec![0.0; units];
                let one = Step {
                    count: 1,
                    turned: s % 2 == 1,
                    input: Input::Features(Rows::new(&x[time * features..], features)),
                    met: Rows::new(&h, units),
                    before: Rows::new(&h, units),
                    after: RowsMut::new(&mut after, units),
                    c: RowsMut::new(&mut c, units),
                    y: None,
                    records: None,
                };
                step(&packed, panels.clone(), one);
                expected.extend_from_slice(&after);
                h = after;
            }

            for (is_made, middle) in [(false, 0), (true, 0), (false, 3), (true, 4)] {
                let what = format!("{gates:?} of {units}, {level:?}, back {go_backwards}, {is_made}, {middle}");
                let (mut even, mut odd, mut new_c) = (first.clone(), vec![0.0; units], vec![0.5; units]);
                let mut y = vec![0.0; STEPS * (units + 1)];
                for part in [0..middle, middle..STEPS] {
                    let first = if go_backwards { STEPS - part.end } else { part.start };
                    let input = if is_made {
                        Input::Ahead(Rows::new(&made[first * sums..], sums))
                    } else {
                        Input::Features(Rows::new(&x[first * features..], features))
                    };
                    let one = Walk {
                        steps: part.len(),
                        turned: part.start % 2 == 1,
                        input,
                        go_backwards,
                        h: [&mut even, &mut odd],
                        c: &mut new_c,
                        y: Some(RowsMut::new(&mut y[part.start * (units + 1)..], units + 1)),
                    };
                    walk(&packed, one);
                    if part.len() % 2 == 1 {
                        std::mem::swap(&mut even, &mut odd);
                    }
                }
                assert_eq!(even, h, "{what}: the last h");
                assert_eq!(new_c, c, "{what}: the last c");
                for (y, expected) in y.chunks_exact(units + 1).zip(expected.chunks_exact(units)) {
                    assert_eq!(y[..units], *expected, "{what}: the h of each step");
                }
            }
        }
    }
}

/// A sample in a step with given sums: four numbers a unit. Its h is that of all units before it is met.
struct Given {
    gates: Gates,
    sums: Vec<f64>,
    h: Vec<f64>,
    c: Vec<f64>,
}

impl Given {
    /// The new h and c, and the record.
    fn forward<T: Real>(&self, level: Level) -> [Vec<T>; 3] {
        let (gates, units) = (self.gates, self.h.len());
        let narrow = |values: &[f64]| -> Vec<T> { values.iter().map(|value| T::of(*value)).collect() };
        let mut packed = Packed::new(gates);
        let weights = vec![T::zero(); units * gates.columns() * units];
        packed.pack(&Threads::new(1).with_level(level), gates, units, [&[], &weights], None);
        let panels = 0..packed.panels();
        let lanes = packed.sums(&(0..1)) / SUMS;
        let mut start = vec![T::zero(); packed.sums(&panels)];
        for unit in 0..units {
            for sum in 0..SUMS {
                // A panel of a cell with one gate has as many units as sums.
                let place =
                    if gates.columns() == 1 { unit } else { (unit / lanes * SUMS + sum) * lanes + unit % lanes };
                if gates.columns() > 1 || sum == 0 {
                    start[place] = T::of(self.sums[SUMS * unit + sum]);
                }
            }
        }
        let h = narrow(&self.h);
        let [mut after, mut c, mut record] =
            [vec![T::zero(); units], narrow(&self.c), vec![T::zero(); gates.record() * units]];
        let one = Step {
            count: 1,
            turned: false,
            input: Input::Ahead(Rows::new(&start, start.len())),
            met: Rows::new(&h, units),
            before: Rows::new(&h, units),
            after: RowsMut::new(&mut after, units),
            c: RowsMut::new(&mut c, units),
            y: None,
            records: Some(RowsMut::new(&mut record, gates.record() * units)),
        };
        step(&packed, panels, one);
        [after, c, record]
    }

    /// The gradients of each unit's sums, h and c for those of the new h and c.
    fn back<T: Real>(&self, level: Level, d: &[f64]) -> Vec<f64> {
        let (gates, units) = (self.gates, self.h.len());
        let [_, _, mut record] = self.forward::<T>(level);
        let states = if gates.has_c() { 2 } else { 1 };
        let mut d: Vec<T> = d[..states * units].iter().map(|d| T::of(*d)).collect();
        let width = record.len();
        let (records, rows) = (RowsMut::new(&mut record, width), RowsMut::new(&mut d, states * units));
        step_back(level, gates, StepBack { count: 1, units, records, d: rows });
        // The product that a GRU keeps apart is its last sum.
        let places: &[usize] = match gates {
            Gates::Lstm(_) => &[0, 1, 2, 3],
            Gates::Gru(_) => &[0, 1, 2, 5],
            Gates::Simple(_) => &[0],
        };
        let sums = places.iter().flat_map(|place| &record[place * units..][..units]);
        sums.chain(&d).map(|d| d.wide()).collect()
    }

    /// What the gradients are of.
    fn loss(&self, d: &[f64]) -> f64 {
        let [h, c, _] = self.forward::<f64>(Level::Portable);
        let states = if self.gates.has_c() { [h, c].concat() } else { h };
        states.iter().zip(d).map(|(state, d)| state * d).sum()
    }
}

#[test]
fn the_way_back_follows_differences() {
    let rare = (Activation::Silu, Activation::Softplus);
    for (activation, recurrent_activation) in [(Activation::Tanh, Activation::Sigmoid), rare] {
        let gates = [
            Gates::Lstm(Lstm { activation, recurrent_activation }),
            Gates::Gru(Gru { activation, recurrent_activation }),
            Gates::Simple(Simple { activation }),
        ];
        for (gates, units) in gates.into_iter().flat_map(|gates| [1, 5, 16, 37].map(|units| (gates, units))) {
            let [sums, h, c, d] = [(SUMS * units, 1), (units, 2), (units, 3), (2 * units, 4)]
                .map(|(len, seed)| numbers::<f64>(len, seed));
            let mut given = Given { gates, sums, h, c };
            let mut expected = Vec::new();
            let slope = |given: &mut Given, place: fn(&mut Given) -> &mut Vec<f64>, at: usize| {
                let value = place(given)[at];
                let [more, less] = [1e-5, -1e-5].map(|step| {
                    place(given)[at] = value + step;
                    given.loss(&d)
                });
                place(given)[at] = value;
                (more - less) / 2e-5
            };
            for sum in 0..if gates.columns() == 1 { 1 } else { SUMS } {
                for unit in 0..units {
                    expected.push(slope(&mut given, |given| &mut given.sums, SUMS * unit + sum));
                }
            }
            for unit in 0..units {
                expected.push(slope(&mut given, |given| &mut given.h, unit));
            }
            for unit in 0..if gates.has_c() { units } else { 0 } {
                expected.push(slope(&mut given, |given| &mut given.c, unit));
            }
            for level in Level::available() {
                let (single, double) = (given.back::<f32>(level, &d), given.back::<f64>(level, &d));
                for (actual, tolerance) in [(single, 1e-5), (double, 1e-8)] {
                    assert_eq!(actual.len(), expected.len());
                    for (place, (actual, expected)) in actual.iter().zip(&expected).enumerate() {
                        let what =
                            format!("{gates:?} of {units}, {level:?}: {actual} instead of {expected} at {place}");
                        assert!((actual - expected).abs() < tolerance, "{what}");
                    }
                }
            }
        }
    }
}
