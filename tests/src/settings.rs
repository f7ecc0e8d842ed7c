//! Optimizers as scripts for Keras describe them.

/// An optimizer with those of the settings that all optimizers have whose number `$given` knows by Keras' name.
#[macro_export]
macro_rules! settings {
    ($optimizer:expr, $given:expr) => {{
        let mut optimizer = $optimizer;
        let given = |name: &str| -> Option<f64> { ($given)(name) };
        if let Some(norm) = given("clipnorm") {
            optimizer = optimizer.clipnorm(norm);
        }
        if let Some(norm) = given("global_clipnorm") {
            optimizer = optimizer.global_clipnorm(norm);
        }
        if let Some(value) = given("clipvalue") {
            optimizer = optimizer.clipvalue(value);
        }
        if let Some(decay) = given("weight_decay") {
            optimizer = optimizer.weight_decay(decay);
        }
        if let Some(steps) = given("gradient_accumulation_steps") {
            optimizer = optimizer.gradient_accumulation_steps(steps as u64);
        }
        if let Some(momentum) = given("ema_momentum") {
            optimizer = optimizer.use_ema(momentum);
        }
        if let Some(steps) = given("ema_overwrite_frequency") {
            optimizer = optimizer.ema_overwrite_frequency(steps as u64);
        }
        optimizer
    }};
}
