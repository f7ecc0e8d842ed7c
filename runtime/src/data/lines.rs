//! The line in which something stands: the csv crate counts a line late where lines end in `\r\n` or hold nothing.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

/// What is read passes through here, so that its ends of lines are known.
pub(super) struct Watched<R> {
    reader: R,
    read: u64,
    lines: Lines,
}

/// The ends of lines that have been read and not passed.
#[derive(Clone, Default)]
pub(super) struct Lines(Arc<Mutex<Ends>>);

#[derive(Default)]
struct Ends {
    /// Where a `\r` or a `\n` is, and whether it is a `\n`.
    places: VecDeque<(u64, bool)>,
    /// How many `\n` have been passed.
    passed: u64,
}

impl<R: Read> Watched<R> {
    pub(super) fn new(reader: R) -> (Self, Lines) {
        let lines = Lines::default();
        (Watched { reader, read: 0, lines: lines.clone() }, lines)
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.reader.read(buffer)?;
        let ends = buffer[..count].iter().zip(self.read..).filter(|(byte, _)| matches!(byte, b'\r' | b'\n'));
        let mut known = self.lines.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.places.extend(ends.map(|(byte, place)| (place, *byte == b'\n')));
        self.read += count as u64;
        Ok(count)
    }
}

impl Lines {
    /// The line of the record that begins at this byte, or after the ends of lines there. The places asked for never fall.
    pub(super) fn at(&self, byte: u64) -> u64 {
        let mut ends = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut begin = byte;
        while let Some((place, newline)) = ends.places.front().copied().filter(|(place, _)| *place <= begin) {
            begin += u64::from(place == begin);
            ends.passed += u64::from(newline);
            ends.places.pop_front();
        }
        ends.passed + 1
    }
}
