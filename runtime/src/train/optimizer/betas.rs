//! The settings of optimizers that keep two moving averages.

use crate::train::loss::within;

/// The builders of `beta_1`, `beta_2` and, where the optimizer has it, `epsilon`; the defaults are for the documentation.
macro_rules! betas {
    ($optimizer:ident, $beta_1:literal, $beta_2:literal $(, $epsilon:literal)?) => {
        impl $optimizer {
            #[doc = concat!("How slowly the first moving average moves, from 0 to below 1; ", $beta_1, " by default.")]
            pub fn beta_1(mut self, beta: f64) -> Self {
                self.rule.beta_1 = beta;
                self
            }

            #[doc = concat!("How slowly the second moving average moves, from 0 to below 1; ", $beta_2, " by default.")]
            pub fn beta_2(mut self, beta: f64) -> Self {
                self.rule.beta_2 = beta;
                self
            }

            $(
                #[doc = concat!("Keeps quotients finite; ", $epsilon, " by default.")]
                pub fn epsilon(mut self, epsilon: f64) -> Self {
                    self.rule.epsilon = epsilon;
                    self
                }
            )?
        }
    };
}
pub(super) use betas;

/// Averages that move, and quotients that stay finite.
pub(super) fn check(beta_1: f64, beta_2: f64, epsilon: f64) -> Result<(), String> {
    let below_one = |(name, beta): (&str, f64)| match beta {
        0.0..1.0 => Ok(()),
        _ => Err(format!("has {name} = {beta}: give a number from 0 to below 1, such as 0.9")),
    };
    [("beta_1", beta_1), ("beta_2", beta_2)].into_iter().try_for_each(below_one)?;
    within("epsilon", epsilon, 0.0..=f64::MAX)
}

/// What makes up for a moving average that started from 0: `1 / (1 - beta^step)`.
pub(super) fn unbias(beta: f64, step: u64) -> f64 {
    1.0 / (1.0 - powi(beta, step))
}

/// `base^step`.
pub(super) fn powi(base: f64, step: u64) -> f64 {
    base.powf(step as f64)
}
