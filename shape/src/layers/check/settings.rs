//! What settings may be.

use crate::{Factor, Interpolation, Msg, Numbers, Padding};

/// A setting that must be at least 1.
pub(in crate::layers) const fn positive(layer: &str, name: &str, value: usize) -> Result<(), Msg> {
    if value == 0 {
        Err(Msg::new(layer)
            .text(" needs `")
            .text(name)
            .text("` of at least 1, but got 0")
            .hint("give it a positive number"))
    } else {
        Ok(())
    }
}

/// Settings that must each be at least 1.
pub(in crate::layers) const fn all_positive(layer: &str, name: &str, values: &[usize]) -> Result<(), Msg> {
    let mut i = 0;
    while i < values.len() {
        if values[i] == 0 {
            return Err(Msg::new(layer)
                .text(" needs `")
                .text(name)
                .text("` of at least 1 on every axis, but got ")
                .by(values)
                .hint("give it positive numbers"));
        }
        i += 1;
    }
    Ok(())
}

/// A share that must be in 0..1.
pub(in crate::layers) const fn share(layer: &str, name: &str, value: f64) -> Result<(), Msg> {
    if value >= 0.0 && value < 1.0 {
        Ok(())
    } else {
        Err(Msg::new(layer)
            .text(" needs `")
            .text(name)
            .text("` in 0..1 (1 excluded), but got ")
            .decimal(value)
            .hint("0.5 drops half of the values; a percentage such as 50 is written 0.5"))
    }
}

/// A setting that must not be negative.
pub(in crate::layers) const fn not_negative(layer: &str, name: &str, value: f64) -> Result<(), Msg> {
    if value >= 0.0 {
        Ok(())
    } else {
        Err(Msg::new(layer)
            .text(" needs `")
            .text(name)
            .text("` of at least 0, but got ")
            .decimal(value)
            .hint("drop the minus sign"))
    }
}

/// A setting that must be above 0, such as an epsilon.
pub(in crate::layers) const fn above_zero(layer: &str, name: &str, value: f64) -> Result<(), Msg> {
    if value > 0.0 {
        Ok(())
    } else {
        Err(Msg::new(layer)
            .text(" needs `")
            .text(name)
            .text("` above 0, but got ")
            .decimal(value)
            .hint("leave it out to take Keras' default"))
    }
}

/// A padding that layers other than Conv1D know.
pub(in crate::layers) const fn not_causal(layer: &str, padding: Padding) -> Result<(), Msg> {
    if !matches!(padding, Padding::Causal) {
        return Ok(());
    }
    Err(Msg::new(layer)
        .text(" takes padding = valid or padding = same, but got padding = causal")
        .hint("causal means that no step sees a later one: it needs the time axis of Conv1D"))
}

/// The values of an image lie between two numbers.
pub(in crate::layers) const fn value_range(layer: &str, range: &Numbers) -> Result<(), Msg> {
    match range.as_slice() {
        [low, high] if *low < *high => Ok(()),
        _ => Err(Msg::new(layer)
            .text(" needs a value_range of two rising numbers")
            .hint("write value_range = (0.0, 1.0) for images whose values are in 0..=1")),
    }
}

/// A factor whose limits lie between two numbers.
pub(in crate::layers) const fn factor(
    layer: &str,
    name: &str,
    factor: Factor,
    [least, most]: [f64; 2],
) -> Result<(), Msg> {
    let [low, high] = factor.limits();
    if low >= least && high <= most {
        return Ok(());
    }
    let m = Msg::new(layer).text(" needs `").text(name).text("` between ").decimal(least);
    let m = if most < 1e12 { m.text(" and ").decimal(most) } else { m.text(" and above") };
    Err(m
        .text(", but got ")
        .decimal(low)
        .text(" to ")
        .decimal(high)
        .hint("a factor is a share: 0.1 stands for -10 % to 10 %"))
}

/// The interpolations of images that are moved.
pub(in crate::layers) const fn nearest_or_bilinear(layer: &str, interpolation: Interpolation) -> Result<(), Msg> {
    match interpolation {
        Interpolation::Nearest | Interpolation::Bilinear => Ok(()),
        other => Err(Msg::new(layer)
            .text(" makes values between places by nearest or bilinear, but has interpolation = ")
            .text(other.word())
            .hint("write interpolation = bilinear, or leave it out")),
    }
}
