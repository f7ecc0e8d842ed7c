//! The arithmetic of windows that slide over an axis: convolution and pooling.

use crate::{DYN, Padding, is_dynamic};

/// How a window meets one axis of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Window size in taps: kernel or pool.
    pub size: usize,
    /// Step between windows.
    pub stride: usize,
    /// Distance between taps.
    pub dilation: usize,
}

impl Window {
    /// How far the window reaches: `(size - 1) dilation + 1`.
    pub const fn extent(&self) -> usize {
        (self.size - 1) * self.dilation + 1
    }

    /// The number of windows on an axis of length `n`; zero if none fits. A dynamic axis stays dynamic.
    ///
    /// valid: ⌊(n - extent) / stride⌋ + 1; same and causal: ⌈n / stride⌉
    pub const fn output(&self, n: usize, padding: Padding) -> usize {
        if is_dynamic(n) {
            return if self.keeps_length(padding) { n } else { DYN };
        }
        match padding {
            Padding::Same | Padding::Causal => n.div_ceil(self.stride),
            Padding::Valid if n < self.extent() => 0,
            Padding::Valid => (n - self.extent()) / self.stride + 1,
        }
    }

    /// How many positions of padding come before an axis of length `n`; the odd one of "same" comes after.
    pub const fn pad_before(&self, n: usize, padding: Padding) -> usize {
        match padding {
            Padding::Valid => 0,
            Padding::Causal => self.extent() - 1,
            Padding::Same => {
                let reach = (n.div_ceil(self.stride).saturating_sub(1)) * self.stride + self.extent();
                reach.saturating_sub(n) / 2
            }
        }
    }

    const fn keeps_length(&self, padding: Padding) -> bool {
        self.stride == 1 && (!matches!(padding, Padding::Valid) || self.extent() == 1)
    }
}
