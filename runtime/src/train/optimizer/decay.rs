//! Keras' schedules.

use std::f64::consts::PI;

use super::Schedule;
use crate::train::loss::within;

/// `initial rate^(step / steps)`; with a staircase the exponent is a whole number.
#[derive(Clone, Debug)]
pub struct ExponentialDecay {
    initial: f64,
    steps: f64,
    rate: f64,
    staircase: bool,
}

/// `initial / (1 + rate step / steps)`; with a staircase `step / steps` is a whole number.
#[derive(Clone, Debug)]
pub struct InverseTimeDecay {
    initial: f64,
    steps: f64,
    rate: f64,
    staircase: bool,
}

/// Are the settings of a schedule in their ranges? Each is a name, a value, and the least and the largest it may be.
fn ranges<const N: usize>(schedule: &str, settings: [(&str, f64, f64, f64); N]) -> Result<(), String> {
    let check = |(name, value, low, high)| within(name, value, low..=high);
    settings.into_iter().try_for_each(check).map_err(|what| format!("the schedule {schedule} {what}"))
}

const ANY: f64 = f64::MAX;

macro_rules! stairs {
    ($($schedule:ident)*) => { $(
        impl $schedule {
            /// Falls by `rate` once in `steps` steps, at least 1.
            pub fn new(initial: f64, steps: u64, rate: f64) -> Self {
                $schedule { initial, steps: steps as f64, rate, staircase: false }
            }

            fn settings(&self) -> Result<(), String> {
                let Self { initial, steps, rate, .. } = *self;
                let settings = [
                    ("initial_learning_rate", initial, 0.0, ANY),
                    ("decay_steps", steps, 1.0, ANY),
                    ("decay_rate", rate, 0.0, ANY),
                ];
                ranges(stringify!($schedule), settings)
            }

            /// Falls at the end of every `steps` steps only.
            pub fn staircase(mut self, staircase: bool) -> Self {
                self.staircase = staircase;
                self
            }

            fn periods(&self, step: u64) -> f64 {
                let periods = step as f64 / self.steps;
                if self.staircase { periods.floor() } else { periods }
            }
        }
    )* };
}

stairs! { ExponentialDecay InverseTimeDecay }

impl Schedule for ExponentialDecay {
    fn at(&self, step: u64) -> f64 {
        self.initial * self.rate.powf(self.periods(step))
    }

    fn check(&self) -> Result<(), String> {
        self.settings()
    }
}

impl Schedule for InverseTimeDecay {
    fn at(&self, step: u64) -> f64 {
        self.initial / (1.0 + self.rate * self.periods(step))
    }

    fn check(&self) -> Result<(), String> {
        self.settings()
    }
}

/// One number up to and including each boundary, and a last one beyond.
#[derive(Clone, Debug)]
pub struct PiecewiseConstantDecay {
    pieces: Vec<(u64, f64)>,
    last: f64,
}

impl PiecewiseConstantDecay {
    /// `pieces` are pairs of a boundary and the rate up to it, with rising boundaries; `last` is the rate beyond them.
    pub fn new(pieces: impl Into<Vec<(u64, f64)>>, last: f64) -> Self {
        PiecewiseConstantDecay { pieces: pieces.into(), last }
    }
}

impl Schedule for PiecewiseConstantDecay {
    fn at(&self, step: u64) -> f64 {
        self.pieces.iter().find(|(boundary, _)| step <= *boundary).map_or(self.last, |(_, rate)| *rate)
    }

    fn check(&self) -> Result<(), String> {
        let name = "PiecewiseConstantDecay";
        if self.pieces.is_empty() {
            return Err(format!(
                "the schedule {name} has no boundaries: give pairs of a boundary and the rate up to it"
            ));
        }
        if let Some(pair) = self.pieces.windows(2).find(|pair| pair[0].0 >= pair[1].0) {
            let (first, second) = (pair[0].0, pair[1].0);
            return Err(format!(
                "the schedule {name} has the boundary {second} after {first}: give them in rising order"
            ));
        }
        let rates = self.pieces.iter().map(|(_, rate)| *rate).chain([self.last]);
        rates.into_iter().try_for_each(|rate| ranges(name, [("a rate", rate, 0.0, ANY)]))
    }
}

/// `(initial - end) (1 - step / steps)^power + end`.
#[derive(Clone, Debug)]
pub struct PolynomialDecay {
    initial: f64,
    steps: f64,
    end: f64,
    power: f64,
    cycle: bool,
}

impl PolynomialDecay {
    /// Falls from `initial` to 0.0001 in `steps` steps, at least 1, along a line.
    pub fn new(initial: f64, steps: u64) -> Self {
        PolynomialDecay { initial, steps: steps as f64, end: 1e-4, power: 1.0, cycle: false }
    }

    /// The rate at the end; 0.0001 by default.
    pub fn end(mut self, end: f64) -> Self {
        self.end = end;
        self
    }

    /// 1, a line, by default.
    pub fn power(mut self, power: f64) -> Self {
        self.power = power;
        self
    }

    /// Beyond its end the decay is stretched to the next multiple of `steps`.
    pub fn cycle(mut self, cycle: bool) -> Self {
        self.cycle = cycle;
        self
    }
}

impl Schedule for PolynomialDecay {
    fn at(&self, step: u64) -> f64 {
        let step = step as f64;
        let done = if self.cycle {
            step / (self.steps * (step / self.steps).ceil().max(1.0))
        } else {
            step.min(self.steps) / self.steps
        };
        (self.initial - self.end) * (1.0 - done).powf(self.power) + self.end
    }

    fn check(&self) -> Result<(), String> {
        let settings = [
            ("initial_learning_rate", self.initial, 0.0, ANY),
            ("decay_steps", self.steps, 1.0, ANY),
            ("end", self.end, 0.0, ANY),
            ("power", self.power, 0.0, ANY),
        ];
        ranges("PolynomialDecay", settings)
    }
}

/// Half a cosine from `initial` down to `alpha` times it, after a warm-up along a line.
///
/// Loshchilov and Hutter (2016), <https://arxiv.org/abs/1608.03983>.
#[derive(Clone, Debug)]
pub struct CosineDecay {
    initial: f64,
    steps: f64,
    alpha: f64,
    warmup: Option<(f64, f64)>,
}

impl CosineDecay {
    /// Falls from `initial` to 0 in `steps` steps, at least 1.
    pub fn new(initial: f64, steps: u64) -> Self {
        CosineDecay { initial, steps: steps as f64, alpha: 0.0, warmup: None }
    }

    /// The share of the rate that is left at the end; 0 by default.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }

    /// First rises from `initial` to `target` in so many steps, and falls from there.
    pub fn warmup(mut self, target: f64, steps: u64) -> Self {
        self.warmup = Some((target, steps as f64));
        self
    }
}

impl Schedule for CosineDecay {
    fn at(&self, step: u64) -> f64 {
        let step = step as f64;
        match self.warmup {
            Some((target, steps)) if step < steps => self.initial + (target - self.initial) * step / steps,
            Some((target, steps)) => target * fall(((step - steps) / self.steps).min(1.0), 1.0, self.alpha),
            None => self.initial * fall((step / self.steps).min(1.0), 1.0, self.alpha),
        }
    }

    fn check(&self) -> Result<(), String> {
        let settings = [
            ("initial_learning_rate", self.initial, 0.0, ANY),
            ("decay_steps", self.steps, 1.0, ANY),
            ("alpha", self.alpha, 0.0, 1.0),
            ("a warm-up target", self.warmup.map_or(0.0, |(target, _)| target), 0.0, ANY),
        ];
        ranges("CosineDecay", settings)
    }
}

/// Half cosines that begin again, each longer (and lower) than the one before.
///
/// Loshchilov and Hutter (2016), <https://arxiv.org/abs/1608.03983>.
#[derive(Clone, Debug)]
pub struct CosineDecayRestarts {
    initial: f64,
    first: f64,
    longer: f64,
    lower: f64,
    alpha: f64,
}

impl CosineDecayRestarts {
    /// Falls from `initial` to 0 in `first_steps` steps, at least 1, then in twice as many, and so on.
    pub fn new(initial: f64, first_steps: u64) -> Self {
        CosineDecayRestarts { initial, first: first_steps as f64, longer: 2.0, lower: 1.0, alpha: 0.0 }
    }

    /// How much longer each period is than the one before; 2 by default.
    pub fn t_mul(mut self, factor: f64) -> Self {
        self.longer = factor;
        self
    }

    /// How much lower each period begins than the one before; 1 by default.
    pub fn m_mul(mut self, factor: f64) -> Self {
        self.lower = factor;
        self
    }

    /// The share of the rate that is left at the end of a period; 0 by default.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }
}

impl Schedule for CosineDecayRestarts {
    fn at(&self, step: u64) -> f64 {
        let done = step as f64 / self.first;
        let (period, part) = if self.longer == 1.0 {
            (done.floor(), done.fract())
        } else {
            let period = ((1.0 - done * (1.0 - self.longer)).ln() / self.longer.ln()).floor();
            let start = (1.0 - self.longer.powf(period)) / (1.0 - self.longer);
            (period, (done - start) / self.longer.powf(period))
        };
        self.initial * fall(part, self.lower.powf(period), self.alpha)
    }

    fn check(&self) -> Result<(), String> {
        let settings = [
            ("initial_learning_rate", self.initial, 0.0, ANY),
            ("first_decay_steps", self.first, 1.0, ANY),
            ("t_mul", self.longer, 1.0, ANY),
            ("m_mul", self.lower, 0.0, ANY),
            ("alpha", self.alpha, 0.0, 1.0),
        ];
        ranges("CosineDecayRestarts", settings)
    }
}

/// Half a cosine from `height` to 0, with `alpha` left.
fn fall(part: f64, height: f64, alpha: f64) -> f64 {
    (1.0 - alpha) * 0.5 * height * (1.0 + (PI * part).cos()) + alpha
}
