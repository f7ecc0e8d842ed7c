use super::adam::Moments;
use super::betas;
use super::step::{About, MOST, Now, Slope, Whole};
use super::{Common, Rate, Rule, builders, optimizer};
use crate::Real;
use crate::kernels::Write;
use crate::kernels::gemm::{Epilogue, Matrix, gemm};
use crate::threads::Threads;
use crate::train::loss::within;
use crate::weights::largest_of_many;

/// Steps of matrices without a preferred direction: `m = momentum m + g`, of which (or, looking ahead, of `g + momentum m`)
/// the nearest orthogonal matrix `o` is taken, and `w -= rate rms_rate sqrt(max(rows, columns)) o`.
///
/// `o` comes from a few Newton-Schulz iterations `x = a x + (b x xᵀ + c (x xᵀ)²) x`, which begin with the matrix divided by its
/// norm. What is no matrix (biases, kernels of convolutions), embeddings, and what
/// [`exclude_layers`](Muon::exclude_layers) names are trained by [`AdamW`](super::AdamW). Both decay by 0.004.
///
/// Jordan (2024), <https://kellerjordan.github.io/posts/muon/>; the rate is that of Liu et al. (2025),
/// <https://arxiv.org/abs/2502.16982>.
#[derive(Clone, Debug)]
pub struct Muon {
    rule: Orthogonal,
    common: Common,
}

#[derive(Clone, Debug)]
struct Orthogonal {
    adam: Moments,
    adam_decay: f64,
    adam_rate: f64,
    coefficients: [f64; 3],
    momentum: f64,
    nesterov: bool,
    iterations: u32,
    rms_rate: Option<f64>,
    exclude_embeddings: bool,
    exclude: Vec<String>,
}

impl Muon {
    /// Muon with a learning rate (Keras' default is 0.001) or a schedule.
    pub fn new(rate: impl Into<Rate>) -> Self {
        let rule = Orthogonal {
            adam: Moments::DEFAULT,
            adam_decay: 0.004,
            adam_rate: 1.0,
            coefficients: [3.4445, -4.775, 2.0315],
            momentum: 0.95,
            nesterov: true,
            iterations: 5,
            rms_rate: Some(0.2),
            exclude_embeddings: true,
            exclude: Vec::new(),
        };
        Muon { rule, common: Common { weight_decay: Some(0.004), ..Common::new(rate) } }
    }

    /// The share of the last step that is taken again; 0.95 by default.
    pub fn momentum(mut self, momentum: f64) -> Self {
        self.rule.momentum = momentum;
        self
    }

    /// Looks ahead by the momentum; true by default.
    pub fn nesterov(mut self, nesterov: bool) -> Self {
        self.rule.nesterov = nesterov;
        self
    }

    /// The Newton-Schulz iterations; 5 by default.
    pub fn ns_steps(mut self, steps: u32) -> Self {
        self.rule.iterations = steps;
        self
    }

    /// The first coefficient of an iteration; 3.4445 by default.
    pub fn muon_a(mut self, a: f64) -> Self {
        self.rule.coefficients[0] = a;
        self
    }

    /// The second coefficient of an iteration; -4.775 by default.
    pub fn muon_b(mut self, b: f64) -> Self {
        self.rule.coefficients[1] = b;
        self
    }

    /// The third coefficient of an iteration; 2.0315 by default.
    pub fn muon_c(mut self, c: f64) -> Self {
        self.rule.coefficients[2] = c;
        self
    }

    /// What the steps of matrices are multiplied by, together with the root of their longer side, so that the rate of Adam
    /// suits them; 0.2 by default. `None` leaves both factors out.
    pub fn rms_rate(mut self, rate: impl Into<Option<f64>>) -> Self {
        self.rule.rms_rate = rate.into();
        self
    }

    /// Whether embeddings are trained by Adam; true by default.
    pub fn exclude_embeddings(mut self, exclude: bool) -> Self {
        self.rule.exclude_embeddings = exclude;
        self
    }

    /// Variables whose paths (`head/kernel`) hold one of these words are trained by Adam; none by default.
    pub fn exclude_layers<N: Into<String>>(mut self, words: impl IntoIterator<Item = N>) -> Self {
        self.rule.exclude = words.into_iter().map(Into::into).collect();
        self
    }

    /// How slowly Adam's average of the gradient moves; 0.9 by default.
    pub fn adam_beta_1(mut self, beta: f64) -> Self {
        self.rule.adam.beta_1 = beta;
        self
    }

    /// How slowly Adam's average of the square moves; 0.999 by default.
    pub fn adam_beta_2(mut self, beta: f64) -> Self {
        self.rule.adam.beta_2 = beta;
        self
    }

    /// Keeps Adam's quotients finite; 1e-7 by default.
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.rule.adam.epsilon = epsilon;
        self
    }

    /// The decay of what Adam trains; 0.004 by default.
    pub fn adam_weight_decay(mut self, decay: f64) -> Self {
        self.rule.adam_decay = decay;
        self
    }

    /// What the learning rate is multiplied by for Adam; 1 by default.
    pub fn adam_lr_ratio(mut self, ratio: f64) -> Self {
        self.rule.adam_rate = ratio;
        self
    }
}

/// Keeps the quotient by a norm of 0 finite.
const EPSILON: f64 = 1e-7;

impl Orthogonal {
    /// Does Adam train it?
    fn by_adam(&self, About { path, shape }: About<'_>) -> bool {
        let embedding = || path.as_bytes().windows(9).any(|part| part.eq_ignore_ascii_case(b"embedding"));
        shape.len() != 2
            || (self.exclude_embeddings && embedding())
            || self.exclude.iter().any(|word| path.contains(word.as_str()))
    }

    /// Iterates `x`, a row-major matrix with so many rows; `next` and the squares are room.
    fn iterate<T: Real>(&self, rows: usize, x: &mut [T], next: &mut [T], squares: [&mut [T]; 2]) {
        let (threads, none) = (Threads::global(), Epilogue::none());
        let [square, quartic] = squares;
        let [a, b, c] = self.coefficients.map(T::of);
        let columns = x.len() / rows;
        for _ in 0..self.iterations {
            let matrix = Matrix::new(&*x, rows, columns);
            gemm(threads, matrix, matrix.transposed(), square, rows, Write::Overwrite, &none);
            let matrix = Matrix::new(&*square, rows, rows);
            gemm(threads, matrix, matrix, quartic, rows, Write::Overwrite, &none);
            quartic.iter_mut().zip(&*square).for_each(|(q, s)| *q = b * *s + c * *q);
            let factor = Matrix::new(&*quartic, rows, rows);
            gemm(threads, factor, Matrix::new(&*x, rows, columns), next, columns, Write::Overwrite, &none);
            x.iter_mut().zip(&*next).for_each(|(x, next)| *x = a * *x + *next);
        }
    }
}

impl Rule for Orthogonal {
    const WHOLE: bool = true;

    fn check(&self) -> Result<(), String> {
        betas::check(self.adam.beta_1, self.adam.beta_2, self.adam.epsilon)?;
        within("momentum", self.momentum, 0.0..=1.0)?;
        within("adam_weight_decay", self.adam_decay, 0.0..=f64::MAX)?;
        within("adam_lr_ratio", self.adam_rate, 0.0..=f64::MAX)?;
        self.rms_rate.map_or(Ok(()), |rate| within("rms_rate", rate, 0.0..=f64::MAX))
    }

    /// The momentum, and Adam's average of the square.
    fn most<T: Real>(&self) -> T {
        largest_of_many()
    }

    fn slots(&self) -> usize {
        2
    }

    fn size(&self, slot: usize, about: About<'_>) -> usize {
        if slot == 0 || self.by_adam(about) { about.shape.iter().product() } else { 0 }
    }

    fn room(&self, about: About<'_>) -> usize {
        match about.shape {
            [rows, columns] if !self.by_adam(about) => {
                let short = *rows.min(columns);
                2 * rows * columns + 2 * short * short
            }
            _ => 0,
        }
    }

    fn decay(&self, about: About<'_>, common: Option<f64>) -> Option<f64> {
        if self.by_adam(about) { Some(self.adam_decay) } else { common }
    }

    fn begin(&mut self, now: Now) {
        self.adam.begin(now);
    }

    fn update<T: Real>(&self, now: Now, w: &mut [T], g: &[T], slots: [&mut [T]; MOST]) {
        self.adam.update(now, w, g, slots);
    }

    fn update_whole<T: Real>(&self, now: Now, whole: Whole<'_, T>) {
        let Whole { about, w, g, slots, room } = whole;
        let [rows, columns] = *about.shape else { return self.adam_step(now, w, g, slots) };
        if self.by_adam(about) {
            return self.adam_step(now, w, g, slots);
        }
        let [momentum, ..] = slots;
        let keep = T::of(self.momentum);
        let (short, long) = (rows.min(columns), rows.max(columns));
        // The iteration multiplies square matrices of the rows, so these are the shorter side.
        let place = |index: usize| if rows > columns { index % columns * long + index / columns } else { index };
        let (x, room) = room.split_at_mut(w.len());
        let (next, room) = room.split_at_mut(w.len());
        let (square, quartic) = room.split_at_mut(short * short);
        let mut norm = 0.0;
        for (index, (m, g)) in momentum.iter_mut().zip(g).enumerate() {
            *m = *g + keep * *m;
            let direction = if self.nesterov { *g + keep * *m } else { *m };
            norm += direction.wide() * direction.wide();
            x[place(index)] = direction;
        }
        let scale = T::of(1.0 / (norm.sqrt() + EPSILON));
        x.iter_mut().for_each(|x| *x *= scale);
        self.iterate(short, x, next, [square, quartic]);
        let rate = T::of(now.rate * self.rms_rate.map_or(1.0, |rate| rate * (long as f64).sqrt()));
        w.iter_mut().enumerate().for_each(|(index, w)| *w -= rate * x[place(index)]);
    }
}

impl Orthogonal {
    fn adam_step<T: Real>(&self, now: Now, w: &mut [T], g: &[T], slots: [&mut [T]; MOST]) {
        super::step::update(
            &self.adam,
            Now { rate: now.rate * self.adam_rate, ..now },
            None,
            w,
            Slope::Written(g),
            slots,
        );
    }
}

builders! { Muon }
optimizer! { Muon }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_of_a_matrix_is_nearly_orthogonal() {
        let Muon { rule, .. } = Muon::new(1.0).rms_rate(None).ns_steps(5).muon_a(2.0).muon_b(-1.5).muon_c(0.5);
        let rule = Orthogonal { iterations: 30, ..rule };
        for (rows, columns) in [(3, 5), (5, 3)] {
            let g: Vec<f64> = (0..15).map(|i| f64::from(i * i % 7) - 3.0).collect();
            let shape = [rows, columns];
            let about = About { path: "dense/kernel", shape: &shape };
            let (mut w, mut m, mut room) = (vec![0.0; 15], vec![0.0; 15], vec![f64::NAN; rule.room(about)]);
            let slots = [&mut m[..], &mut [], &mut []];
            let now = Now { rate: 1.0, step: 1, level: crate::kernels::Level::best(), follow: 0 };
            rule.update_whole(now, Whole { about, w: &mut w, g: &g, slots, room: &mut room });
            let short = rows.min(columns);
            let at = |vector: usize, k: usize| {
                if rows < columns { w[vector * columns + k] } else { w[k * columns + vector] }
            };
            for a in 0..short {
                for b in 0..short {
                    let dot: f64 = (0..rows.max(columns)).map(|k| at(a, k) * at(b, k)).sum();
                    assert!((dot - f64::from(u8::from(a == b))).abs() < 1e-9, "{a} and {b}: {dot}");
                }
            }
        }
    }
}
