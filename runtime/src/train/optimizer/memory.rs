//! The memory of an optimizer in a checkpoint.

use super::common::Common;
use super::step::{Rule, Slots};
use crate::Real;
use crate::buffer::Buffer;
use crate::train::State;
use crate::weights::Parameters;

const PARTS: [&str; 5] = ["slot/0", "slot/1", "slot/2", "gradient", "average"];

fn parts<T>(slots: &Slots<T>) -> [&Buffer<T>; 5] {
    let [a, b, c] = &slots.slots;
    [a, b, c, &slots.gradient, &slots.average]
}

/// All that changes while it trains.
pub(crate) fn state<T: Real, R: Rule>(rule: &R, common: &Common) -> State {
    let mut state = State::new();
    state.put_number("calls", common.calls as f64);
    state.put_number("kept", rule.kept());
    state.put_number("swapped", f64::from(u8::from(common.swapped)));
    if let Some(rate) = common.rate.constant() {
        state.put_number("learning_rate", rate);
    }
    if let Some(slots) = common.slots.as_ref().and_then(|slots| slots.downcast_ref::<Slots<T>>()) {
        for (name, part) in PARTS.into_iter().zip(parts(slots)) {
            state.put(name, part.as_slice());
        }
    }
    state
}

/// Does a state fit an optimizer with these settings, and the model?
pub(crate) fn check<T: Real, R: Rule>(
    rule: &R,
    common: &Common,
    model: &dyn Parameters<T>,
    state: &State,
) -> Result<(), String> {
    if state.number("calls").is_none() {
        return Err("holds no state of this optimizer".to_string());
    }
    if state.get::<T>(PARTS[0]).is_none() {
        return if state.number("calls") == Some(0.0) { Ok(()) } else { Err("is of another element type".to_string()) };
    }
    let fresh = Slots::<T>::new(rule, common, model);
    for (name, part) in PARTS.into_iter().zip(parts(&fresh)) {
        let (wanted, got) = (part.as_slice().len(), state.get::<T>(name).map_or(0, |data| data.len()));
        if wanted != got {
            return Err(format!(
                "is of another optimizer, or of one with other settings: its `{name}` has {got} numbers, not {wanted}"
            ));
        }
    }
    Ok(())
}

/// Takes back what [`state`] gave and [`check`] found good.
pub(crate) fn restore<T: Real, R: Rule>(rule: &mut R, common: &mut Common, state: &State) {
    common.calls = state.number("calls").unwrap_or(0.0) as u64;
    common.swapped = state.number("swapped") == Some(1.0);
    rule.keep(state.number("kept").unwrap_or(0.0));
    if let Some(rate) = state.number("learning_rate") {
        common.rate = rate.into();
    }
    common.slots = state.get::<T>(PARTS[0]).map(|_| {
        let part = |name: &str| {
            let data = state.get::<T>(name).unwrap_or_default();
            let mut buffer = Buffer::zeros(data.len());
            buffer.as_mut_slice().copy_from_slice(&data);
            buffer
        };
        let slots = Slots {
            slots: [part("slot/0"), part("slot/1"), part("slot/2")],
            gradient: part("gradient"),
            average: part("average"),
            room: Buffer::default(),
        };
        Box::new(slots) as Box<dyn std::any::Any + Send + Sync>
    });
}
