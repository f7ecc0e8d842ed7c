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
        let take = |panels: Range<usize>, made: bool, backward: bool| {
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
                backward,
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
        for backward in [false, true] {
            let (_, after, new_c) = take(0..packed.panels(), false, backward);
            for row in 0..count {
                let (from, of) = (row * units..(row + 1) * units, row * features..(row + 1) * features);
                let expected = reference.step(&wide(&x[of]), &wide(&h[from.clone()]), &wide(&c[from.clone()]));
                for (actual, expected) in [&after, &new_c].into_iter().zip(&expected) {
                    for (actual, expected) in actual[from.clone()].iter().zip(expected) {
                        assert!((actual.wide() - expected).abs() < tolerance, "{what}: {actual}, not {expected}");
                    }
                }
            }
            assert_eq!(take(0..packed.panels(), true, backward).1, after, "{what}, inputs ahead");
            for panel in 0..packed.panels() {
                let (own, part, _) = take(panel..panel + 1, panel % 2 == 0, backward);
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
                    backward: false,
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
