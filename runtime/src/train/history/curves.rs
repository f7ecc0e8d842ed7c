//! Training curves as a picture.

use std::fmt::Write;

use super::History;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 32.0;
const BOTTOM: f64 = 40.0;

/// Blue for training, orange for validation: told apart by all, in print by the dashes.
const LINES: [(&str, &str, &str); 2] = [("training", "#1f77b4", ""), ("validation", "#ff7f0e", "6 3")];

/// A panel a value, two panels a row.
pub(super) fn svg(history: &History) -> String {
    let names: Vec<&str> = history.names().into_iter().filter(|name| !name.starts_with("val_")).collect();
    let columns = names.len().clamp(1, 2);
    let rows = names.len().div_ceil(2).max(1);
    let (width, height) = (WIDTH * columns as f64, HEIGHT * rows as f64);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    for (place, name) in names.iter().enumerate() {
        let (x, y) = ((place % 2) as f64 * WIDTH, (place / 2) as f64 * HEIGHT);
        let _ = writeln!(text, "<g transform=\"translate({x},{y})\">");
        panel(&mut text, history, name);
        text += "</g>\n";
    }
    text + "</svg>\n"
}

/// The points of a value: epochs counted from 1.
fn points(history: &History, name: &str) -> Vec<(f64, f64)> {
    let values =
        history.epochs().iter().filter_map(|(epoch, report)| Some((*epoch as f64 + 1.0, report.metric(name)?)));
    values.filter(|(_, value)| value.is_finite()).collect()
}

fn panel(text: &mut String, history: &History, name: &str) {
    let lines = [points(history, name), points(history, &format!("val_{name}"))];
    let all = || lines.iter().flatten();
    let (low, high) = range(all().map(|(_, value)| *value));
    let (first, last) = all().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), (x, _)| (a.min(*x), b.max(*x)));
    let (first, last) = if first < last { (first, last) } else { (first - 0.5, first + 0.5) };
    let step = step(high - low);
    let x = |epoch: f64| LEFT + (epoch - first) / (last - first) * (WIDTH - LEFT - RIGHT);
    let y = |value: f64| HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM);
    let middle = WIDTH / 2.0;
    let _ = writeln!(
        text,
        "<text x=\"{middle}\" y=\"18\" text-anchor=\"middle\" font-size=\"13\">{}</text>",
        escaped(name)
    );
    let mut tick = (low / step).ceil() * step;
    while tick <= high + step * 1e-6 {
        let (at, right) = (y(tick), WIDTH - RIGHT);
        let _ = writeln!(text, "<path d=\"M{LEFT},{at:.1}H{right}\" stroke=\"#ddd\"/>");
        let shown = label(tick, step);
        let _ = writeln!(text, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{shown}</text>", LEFT - 6.0, at + 4.0);
        tick += step;
    }
    let bottom = HEIGHT - BOTTOM;
    for (epoch, anchor) in [(first.ceil(), "start"), (last.floor(), "end")] {
        let (at, under) = (x(epoch), bottom + 15.0);
        let _ = writeln!(text, "<text x=\"{at:.1}\" y=\"{under}\" text-anchor=\"{anchor}\">{epoch}</text>");
    }
    let _ = writeln!(text, "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">epoch</text>", bottom + 28.0);
    let _ = writeln!(text, "<path d=\"M{LEFT},{TOP}V{bottom}H{}\" fill=\"none\" stroke=\"#333\"/>", WIDTH - RIGHT);
    for (line, (what, colour, dashes)) in lines.iter().zip(LINES).filter(|(line, _)| !line.is_empty()) {
        let path: Vec<String> =
            line.iter().map(|(epoch, value)| format!("{:.1},{:.1}", x(*epoch), y(*value))).collect();
        let path = path.join(" ");
        let _ = writeln!(
            text,
            "<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\">\
             <title>{what}</title></polyline>"
        );
        // A line of one point is none.
        let (epoch, value) = line[line.len() - 1];
        let _ = writeln!(text, "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{colour}\"/>", x(epoch), y(value));
    }
    if lines.iter().all(|line| !line.is_empty()) {
        for (place, (what, colour, dashes)) in LINES.into_iter().enumerate() {
            let (at, from) = (TOP + 10.0 + 14.0 * place as f64, WIDTH - RIGHT - 100.0);
            let _ = writeln!(
                text,
                "<path d=\"M{from},{at}h24\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\"/>\
                 <text x=\"{}\" y=\"{}\">{what}</text>",
                from + 30.0,
                at + 4.0
            );
        }
    }
}

/// From the smallest to the largest value, with some room; never empty.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    if low > high {
        return (0.0, 1.0);
    }
    let room = if low < high { (high - low) * 0.05 } else { (low.abs() * 0.05).max(1e-6) };
    (low - room, high + room)
}

/// 1, 2 or 5 times a power of ten, so that there are about five ticks.
fn step(span: f64) -> f64 {
    let power = 10_f64.powf((span / 5.0).log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| span / step <= 6.0).unwrap_or(power)
}

/// A tick with as many digits as its step needs.
fn label(tick: f64, step: f64) -> String {
    let digits = (-step.log10().floor()).max(0.0) as usize;
    let tick = if tick.abs() < step * 1e-6 { 0.0 } else { tick };
    if digits > 6 || tick.abs() >= 1e6 { format!("{tick:.1e}") } else { format!("{tick:.digits$}") }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::report::Report;

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(step(1.0), 0.2);
        assert_eq!(step(60.0), 10.0);
        assert_eq!(label(0.30000000000000004, 0.1), "0.3");
        assert_eq!(label(-1e-18, 0.5), "0.0");
    }

    #[test]
    fn every_value_has_a_panel_whatever_it_is() {
        let mut history = History::default();
        assert!(svg(&history).ends_with("</svg>\n"));
        for (epoch, value) in [1.0, f64::NAN, 0.5].into_iter().enumerate() {
            let mut report = Report::default();
            report.set("loss", value);
            report.set("val_loss", 2.0);
            report.set("a<b", 0.0);
            history.push(epoch, report);
        }
        let picture = svg(&history);
        assert_eq!(picture.matches("<polyline").count(), 3);
        assert!(picture.contains("a&lt;b") && !picture.contains("NaN"));
    }
}
