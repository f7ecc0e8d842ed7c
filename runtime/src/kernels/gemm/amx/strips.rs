//! Operands in strips of sixteen lines: rows of a left one, columns of a right one.
//!
//! A strip has a step for every 32 terms, of three tiles: the leading parts of the numbers, the next, and the last ones. A tile of
//! a left operand has a row of 32 terms for each line; one of a right operand has a row for each two terms, with both of every line.

use std::arch::x86_64::*;
use std::ops::Range;

use super::super::tile::Terms;
use super::numbers::{Order, split, transpose};
use super::{DEPTH, LINES, STEP, Side, TILE};

/// Packs some terms of lines, sixteen at most, into the steps of a strip at `to`. What is not there, lines or terms, becomes 0.
///
/// # Safety
/// The processor has AVX-512; the terms exist, and `to` has room for the strip.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
pub(super) unsafe fn pack(side: Side, lines: &Terms<f32>, range: Range<usize>, to: *mut u16) {
    let count = lines.rows.len();
    assert!(count <= LINES, "lines of a strip");
    let are_neighbours = lines.step != 1 && lines.rows.is_sorted_by(|a, b| a + 1 == *b);
    let is_one_run = range.end <= lines.run;
    let mut to = to;
    for first in range.clone().step_by(DEPTH) {
        let (segment, within) = if is_one_run { (0, first) } else { (first / lines.run, first % lines.run) };
        let terms = DEPTH.min(range.end - first);
        let data = lines.data.wrapping_add(lines.segments[segment] + within * lines.step);
        // SAFETY: the lines and terms exist, and there is room for the step.
        unsafe {
            let has_rows_of = if within + terms > lines.run || !(are_neighbours || lines.step == 1) {
                let mut gathered = [0.0; LINES * DEPTH];
                gather(lines, first, terms, &mut gathered);
                let places: [usize; LINES] = std::array::from_fn(|line| line * DEPTH);
                pack_lines(gathered.as_ptr(), &places[..count], terms, to);
                Side::Left
            } else if are_neighbours {
                pack_terms(data.wrapping_add(lines.rows[0]), count, lines.step, terms, to);
                Side::Right
            } else {
                pack_lines(data, lines.rows, terms, to);
                Side::Left
            };
            if has_rows_of != side {
                for part in 0..3 {
                    transpose(to.add(part * TILE));
                }
            }
        }
        to = to.wrapping_add(STEP);
    }
}

/// Copies terms that lie apart, with a line of `to` for each line.
///
/// # Safety
/// The terms exist.
unsafe fn gather(lines: &Terms<f32>, first: usize, terms: usize, to: &mut [f32; LINES * DEPTH]) {
    let (mut done, mut segment, mut within) = (0, first / lines.run, first % lines.run);
    while done < terms {
        let count = (lines.run - within).min(terms - done);
        let data = lines.data.wrapping_add(lines.segments[segment] + within * lines.step);
        for (to, line) in to.chunks_exact_mut(DEPTH).zip(lines.rows) {
            for (term, to) in to[done..done + count].iter_mut().enumerate() {
                // SAFETY: the caller answers for the terms.
                *to = unsafe { *data.add(line + term * lines.step) };
            }
        }
        (done, segment, within) = (done + count, segment + 1, 0);
    }
}

/// As many of sixteen numbers as there are from `first` on.
fn mask(count: usize, first: usize) -> __mmask16 {
    match count.saturating_sub(first) {
        0 => 0,
        left @ 1..16 => (1 << left) - 1,
        16.. => !0,
    }
}

/// Packs terms that lie side by side, 32 at most of some lines: a row of the tiles for each line.
///
/// # Safety
/// The processor has AVX-512; the terms exist, and there is room for a step.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
#[inline]
unsafe fn pack_lines(data: *const f32, lines: &[usize], terms: usize, to: *mut u16) {
    let order = Order::one_after_the_other();
    // SAFETY: the caller answers for the terms and for the room.
    unsafe {
        if let (Ok(lines), DEPTH) = (<&[usize; LINES]>::try_from(lines), terms) {
            for (index, line) in lines.iter().enumerate() {
                let line = data.wrapping_add(*line);
                let (a, b) = (_mm512_loadu_ps(line), _mm512_loadu_ps(line.wrapping_add(16)));
                store(split(a, b, order), to.add(index * DEPTH));
            }
            return;
        }
        let masks = [mask(terms, 0), mask(terms, 16)];
        for index in 0..LINES {
            let parts = match lines.get(index) {
                None => [_mm512_setzero_si512(); 3],
                Some(line) => {
                    let line = data.wrapping_add(*line);
                    let a = _mm512_maskz_loadu_ps(masks[0], line);
                    split(a, _mm512_maskz_loadu_ps(masks[1], line.wrapping_add(16)), order)
                }
            };
            store(parts, to.add(index * DEPTH));
        }
    }
}

/// Packs lines that lie side by side, sixteen at most, `step` numbers from term to term: a row of the tiles for each two terms.
///
/// # Safety
/// The processor has AVX-512; the terms exist, and there is room for a step.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
#[inline]
unsafe fn pack_terms(data: *const f32, lines: usize, step: usize, terms: usize, to: *mut u16) {
    let order = Order::in_turn();
    // SAFETY: the caller answers for the terms and for the room.
    unsafe {
        if (lines, terms) == (LINES, DEPTH) {
            for pair in 0..DEPTH / 2 {
                let line = data.wrapping_add(2 * pair * step);
                let (a, b) = (_mm512_loadu_ps(line), _mm512_loadu_ps(line.wrapping_add(step)));
                store(split(a, b, order), to.add(pair * DEPTH));
            }
            return;
        }
        let mask = mask(lines, 0);
        for pair in 0..DEPTH / 2 {
            let term = |term: usize| if term < terms { mask } else { 0 };
            let line = data.wrapping_add(2 * pair * step);
            let a = _mm512_maskz_loadu_ps(term(2 * pair), line);
            let b = _mm512_maskz_loadu_ps(term(2 * pair + 1), line.wrapping_add(step));
            store(split(a, b, order), to.add(pair * DEPTH));
        }
    }
}

/// Writes a row of each tile of a step.
///
/// # Safety
/// There is room for the rows.
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn store(parts: [__m512i; 3], to: *mut u16) {
    // SAFETY: the caller answers for the room.
    unsafe {
        _mm512_storeu_si512(to.cast(), parts[0]);
        _mm512_storeu_si512(to.add(TILE).cast(), parts[1]);
        _mm512_storeu_si512(to.add(2 * TILE).cast(), parts[2]);
    }
}
