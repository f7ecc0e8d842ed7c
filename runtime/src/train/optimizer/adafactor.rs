use super::step::{About, MOST, Now, Whole};
use super::{Common, Rate, Rule, builders, optimizer};
use crate::Real;
use crate::train::loss::within;
use crate::weights::largest_of_many;

/// Adaptive steps with little memory: of a matrix (or a stack of them, the last two axes) it keeps only a moving average of
/// the squared gradient for each row `r` and for each column `c`, and takes `v = r c / mean(r)` for its mean square.
///
/// With `rho = min(rate, 1 / sqrt(t))` and `b = 1 - t^beta_2_decay`, where `t` is the step:
/// `r = b r + (1 - b) mean(g² + epsilon_1)` over a row, `c` likewise, `u = g / sqrt(v)`,
/// `w -= max(epsilon_2, rms(w)) rho u / max(1, rms(u) / clip_threshold)`.
///
/// Shazeer and Stern (2018), <https://arxiv.org/abs/1804.04235>.
#[derive(Clone, Debug)]
pub struct Adafactor {
    rule: Factors,
    common: Common,
}

#[derive(Clone, Copy, Debug)]
struct Factors {
    decay: f64,
    epsilon_1: f64,
    epsilon_2: f64,
    clip_threshold: f64,
}

impl Adafactor {
    /// Adafactor with a learning rate (Keras' default is 0.001) or a schedule. It never exceeds `1 / sqrt(t)`.
    pub fn new(rate: impl Into<Rate>) -> Self {
        let rule = Factors { decay: -0.8, epsilon_1: 1e-30, epsilon_2: 1e-3, clip_threshold: 1.0 };
        Adafactor { rule, common: Common::new(rate) }
    }

    /// How the averages slow down, below 0; -0.8 by default.
    pub fn beta_2_decay(mut self, decay: f64) -> Self {
        self.rule.decay = decay;
        self
    }

    /// Keeps the averages above 0; 1e-30 by default.
    pub fn epsilon_1(mut self, epsilon: f64) -> Self {
        self.rule.epsilon_1 = epsilon;
        self
    }

    /// The size that weights are taken for at least; 0.001 by default.
    pub fn epsilon_2(mut self, epsilon: f64) -> Self {
        self.rule.epsilon_2 = epsilon;
        self
    }

    /// The size that a step has at most, relative to its rate; 1 by default.
    pub fn clip_threshold(mut self, threshold: f64) -> Self {
        self.rule.clip_threshold = threshold;
        self
    }
}

/// How a variable is a stack of matrices: rows and columns of each. None where it is a vector.
fn matrices(shape: &[usize]) -> Option<(usize, usize)> {
    match shape {
        [.., rows, columns] => Some((*rows, *columns)),
        _ => None,
    }
}

/// The root of the mean square.
fn rms<T: Real>(numbers: impl ExactSizeIterator<Item = T>) -> f64 {
    let count = numbers.len() as f64;
    (numbers.map(|x| x.wide() * x.wide()).sum::<f64>() / count).sqrt()
}

/// The steps `g / sqrt(v)` of a variable.
struct Steps<'a, T> {
    g: &'a [T],
    row_means: &'a [T],
    column_means: &'a [T],
    v: &'a [T],
    rows: usize,
    columns: usize,
}

impl<T: Real> Steps<'_, T> {
    /// Calls `f` with each place and its step.
    fn each(&self, mut f: impl FnMut(usize, T)) {
        if !self.v.is_empty() {
            return self.g.iter().zip(self.v).enumerate().for_each(|(place, (g, v))| f(place, *g / v.sqrt()));
        }
        let (rows, columns) = (self.rows, self.columns);
        let matrices = self.row_means.chunks_exact(rows).zip(self.column_means.chunks_exact(columns));
        for (matrix, (row_means, column_means)) in matrices.enumerate() {
            let mean = row_means.iter().fold(T::zero(), |sum, mean| sum + *mean) / T::of(rows as f64);
            for (row, row_mean) in row_means.iter().enumerate() {
                let at = (matrix * rows + row) * columns;
                for (column, (g, column_mean)) in self.g[at..][..columns].iter().zip(column_means).enumerate() {
                    f(at + column, *g / (*row_mean / mean * *column_mean).sqrt());
                }
            }
        }
    }
}

impl Rule for Factors {
    const WHOLE: bool = true;

    fn check(&self) -> Result<(), String> {
        within("beta_2_decay", self.decay, f64::MIN..=0.0)?;
        within("epsilon_1", self.epsilon_1, 0.0..=f64::MAX)?;
        within("epsilon_2", self.epsilon_2, 0.0..=f64::MAX)?;
        if self.clip_threshold > 0.0 {
            return Ok(());
        }
        Err(format!("has clip_threshold = {}: give a number above 0, such as 1", self.clip_threshold))
    }

    /// Averages of rows, of columns, and of single numbers.
    fn most<T: Real>(&self) -> T {
        largest_of_many()
    }

    fn slots(&self) -> usize {
        3
    }

    fn size(&self, slot: usize, About { shape, .. }: About<'_>) -> usize {
        let size: usize = shape.iter().product();
        match (matrices(shape), slot) {
            (Some((_, columns)), 0) => size / columns.max(1),
            (Some((rows, _)), 1) => size / rows.max(1),
            (None, 2) => size,
            _ => 0,
        }
    }

    fn update<T: Real>(&self, now: Now, w: &mut [T], g: &[T], slots: [&mut [T]; MOST]) {
        self.update_whole(now, Whole::vector(w, g, slots));
    }

    fn update_whole<T: Real>(&self, now: Now, whole: Whole<'_, T>) {
        let Whole { about: About { shape, .. }, w, g, slots, .. } = whole;
        let step = now.step as f64;
        let new = T::of(step.powf(self.decay));
        let old = T::one() - new;
        let epsilon = T::of(self.epsilon_1);
        let square = |g: &T| *g * *g + epsilon;
        let [row_means, column_means, v] = slots;
        let (rows, columns) = matrices(shape).unwrap_or((1, 1));
        if matrices(shape).is_some() {
            let share = new / T::of(columns as f64);
            for (mean, g) in row_means.iter_mut().zip(g.chunks_exact(columns)) {
                *mean = old * *mean + share * g.iter().fold(T::zero(), |sum, g| sum + square(g));
            }
            let share = new / T::of(rows as f64);
            for (means, g) in column_means.chunks_exact_mut(columns).zip(g.chunks_exact(rows * columns)) {
                means.iter_mut().for_each(|mean| *mean *= old);
                for g in g.chunks_exact(columns) {
                    means.iter_mut().zip(g).for_each(|(mean, g)| *mean += share * square(g));
                }
            }
        } else {
            v.iter_mut().zip(g).for_each(|(v, g)| *v = old * *v + new * square(g));
        }
        let rho = now.rate.min(1.0 / step.sqrt());
        let alpha = rms(w.iter().copied()).max(self.epsilon_2) * rho;
        let steps = Steps { g, row_means, column_means, v, rows, columns };
        let mut sum = 0.0;
        steps.each(|_, u| sum += u.wide() * u.wide());
        let size = (sum / g.len() as f64).sqrt();
        let factor = T::of(alpha / (size / self.clip_threshold).max(1.0));
        steps.each(|place, u| w[place] -= factor * u);
    }
}

builders! { Adafactor }
optimizer! { Adafactor }
