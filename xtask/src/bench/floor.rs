//! What a step cannot be faster than on this machine.

use serde_json::{Value, json};

use super::peer::Peer;
use super::rounded;
use crate::Result;

/// What Adam reads and writes: parameter, gradient and two moments, of which three are written.
const ADAM_BYTES: f64 = 28.0;

/// The machine at its best, all threads together.
pub struct Machine {
    pub gflops: f64,
    pub gbytes: f64,
}

impl Machine {
    pub fn measure(formwork: &mut Peer) -> Result<Machine> {
        let answer = formwork.ask("machine", 0.5)?;
        let read = |key: &str| answer[key].as_f64().ok_or_else(|| format!("no {key} in {answer}"));
        Ok(Machine { gflops: read("gflops")?, gbytes: read("gbytes")? })
    }

    /// Adds GFLOP/s and the share of the floor to a result: the larger of operations over peak and bytes over bandwidth,
    /// over the time. Operations are those of the definition: an algorithm that needs fewer can be above 1. Training
    /// counts as three forward passes and an update by Adam, prediction as one that reads all parameters.
    pub fn judge(&self, result: &mut Value) {
        let (flops, parameters) = (result["flops"].as_f64(), result["parameters"].as_f64());
        let (Some(flops), Some(parameters)) = (flops, parameters) else { return };
        let steps = [
            ("train", "train_step_ms", 3.0 * 32.0 * flops, ADAM_BYTES * parameters),
            ("infer32", "infer32_ms", 32.0 * flops, 4.0 * parameters),
            ("infer1", "infer1_ms", flops, 4.0 * parameters),
        ];
        for (name, step, flops, bytes) in steps {
            let Some(ms) = result[step].as_f64() else { continue };
            let floor = (flops / self.gflops).max(bytes / self.gbytes) / 1e6;
            result[format!("{name}_gflops")] = json!(rounded(flops / ms / 1e6));
            result[format!("{name}_share_of_floor")] = json!(rounded(floor / ms));
        }
    }
}
