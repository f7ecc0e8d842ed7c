//! The instructions.

use std::arch::asm;
use std::arch::x86_64::{__cpuid, __cpuid_count};
use std::sync::OnceLock;

use super::STEP;

/// Has this processor tiles of bfloat16, and does the system let this process use them?
pub(in crate::kernels::gemm) fn is_available() -> bool {
    static AVAILABLE: OnceLock<bool> = OnceLock::new();
    *AVAILABLE.get_or_init(|| has_tiles() && is_permitted())
}

/// Has the processor the instructions, and eight tiles of sixteen rows of 64 bytes?
fn has_tiles() -> bool {
    if __cpuid(0).eax < 0x1d {
        return false;
    }
    let features = __cpuid_count(7, 0).edx;
    let (bfloat16, tiles) = (features >> 22 & 1, features >> 24 & 1);
    if bfloat16 & tiles == 0 {
        return false;
    }
    let palette = __cpuid_count(0x1d, 1);
    palette.ebx == 8 << 16 | 64 && palette.ecx & 0xffff == 16
}

/// Asks the system for the tiles, whose contents it must keep for each thread from then on.
#[cfg(target_os = "linux")]
fn is_permitted() -> bool {
    const ARCH_PRCTL: i64 = 158;
    const REQUEST_PERMISSION: u64 = 0x1023;
    const TILE_DATA: u64 = 18;
    let mut result = ARCH_PRCTL;
    // SAFETY: a call of the system that reads and writes none of this process' memory.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") result,
            in("rdi") REQUEST_PERMISSION,
            in("rsi") TILE_DATA,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result == 0
}

/// How other systems are asked is not known here.
#[cfg(not(target_os = "linux"))]
fn is_permitted() -> bool {
    false
}

/// The shapes of the tiles, in the form that the processor reads.
#[repr(C, align(64))]
struct Shapes {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    row_bytes: [u16; 16],
    rows: [u8; 16],
}

/// Sixteen rows of 64 bytes each.
static SHAPES: Shapes = Shapes {
    palette: 1,
    start_row: 0,
    reserved: [0; 14],
    row_bytes: [64, 64, 64, 64, 64, 64, 64, 64, 0, 0, 0, 0, 0, 0, 0, 0],
    rows: [16, 16, 16, 16, 16, 16, 16, 16, 0, 0, 0, 0, 0, 0, 0, 0],
};

/// The tiles of this thread, ready for use while this is there.
pub(super) struct Tiles(());

impl Tiles {
    /// # Panics
    /// If there are no tiles.
    pub fn ready() -> Tiles {
        assert!(is_available(), "this processor has no tiles");
        // SAFETY: the processor has tiles of these shapes, and the system lets this process use them.
        unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const SHAPES, options(nostack, preserves_flags, readonly)) };
        Tiles(())
    }

    /// Adds products of strips to sums.
    ///
    /// # Safety
    /// There are 1 or 2 strips on the left and up to [`most_rights`] on the right; each has so many `steps`. What sums start from may
    /// be read, and their place be written.
    pub unsafe fn multiply(&self, lefts: &[*const u16], rights: &[*const u16], steps: usize, sums: &Sums) {
        let left = |index: usize| lefts[index.min(lefts.len() - 1)];
        let right = |index: usize| rights[index.min(rights.len() - 1)];
        let kernel = match (lefts.len(), rights.len()) {
            (1, 1) => one_by_one,
            (1, 2) => one_by_two,
            (1, 3) => one_by_three,
            (1, _) => one_by_four,
            (_, 1) => two_by_one,
            _ => two_by_two,
        };
        // SAFETY: the tiles are ready, and the caller answers for strips and sums.
        unsafe { kernel([left(0), left(1)], [right(0), right(1), right(2), right(3)], steps, sums) };
    }
}

impl Drop for Tiles {
    fn drop(&mut self) {
        // SAFETY: nobody uses the tiles any more; the system need not keep them then.
        unsafe { asm!("tilerelease", options(nostack, nomem, preserves_flags)) };
    }
}

/// Most strips on the right for so many on the left.
pub(super) fn most_rights(lefts: usize) -> usize {
    if lefts == 1 { 4 } else { 2 }
}

/// Where tiles of sums lie, one or two above each other, and as many beside each other as there are strips on the right.
#[repr(C)]
pub(super) struct Sums {
    /// What the tiles of the upper and the lower row start from.
    pub from: [*const f32; 2],
    /// The distance of its lines in bytes; 0 if all start from the same one.
    pub from_stride: usize,
    /// Where they go.
    pub to: [*mut f32; 2],
    /// The distance of lines there, in bytes.
    pub to_stride: usize,
}

/// A kernel: each sum starts from what it is given, grows by the products of all steps, and is written.
///
/// `left` says which strips go to which tiles. `right` says the same, and which sums a tile adds to, times which tile on the left.
/// `sums` says where in the two rows of sums each lies, in bytes.
///
/// All kernels add the same products to a sum in the same order: what a sum is does not follow from the others that are made
/// with it. With four sums under way, each is there when its next product is.
macro_rules! kernel {
    ($name:ident, left: $left:tt, right: $right:tt, sums: $sums:tt) => {
        /// # Safety
        /// The tiles are ready; each strip has so many steps; what the sums start from may be read, and their place be written.
        unsafe fn $name(left: [*const u16; 2], right: [*const u16; 4], steps: usize, sums: &Sums) {
            // SAFETY: the caller answers for the tiles, the strips and the sums.
            unsafe {
                asm!(
                    "mov {upper}, [{sums}]",
                    "mov {lower}, [{sums} + 8]",
                    "mov {stride}, [{sums} + 16]",
                    kernel!(@load_sums $sums),
                    "2:",
                    kernel!(@load "2048" $left),
                    kernel!(@multiply "0" $right),
                    kernel!(@load "1024" $left),
                    kernel!(@multiply "0" $right),
                    kernel!(@multiply "1024" $right),
                    kernel!(@load "0" $left),
                    kernel!(@multiply "1024" $right),
                    kernel!(@multiply "2048" $right),
                    kernel!(@multiply "0" $right),
                    "add {a0}, {step}",
                    "add {a1}, {step}",
                    "add {b0}, {step}",
                    "add {b1}, {step}",
                    "add {b2}, {step}",
                    "add {b3}, {step}",
                    "dec {steps}",
                    "jnz 2b",
                    "mov {upper}, [{sums} + 24]",
                    "mov {lower}, [{sums} + 32]",
                    "mov {stride}, [{sums} + 40]",
                    kernel!(@store_sums $sums),
                    a0 = inout(reg) left[0] => _,
                    a1 = inout(reg) left[1] => _,
                    b0 = inout(reg) right[0] => _,
                    b1 = inout(reg) right[1] => _,
                    b2 = inout(reg) right[2] => _,
                    b3 = inout(reg) right[3] => _,
                    steps = inout(reg) steps => _,
                    sums = in(reg) sums,
                    line = in(reg) 64_usize,
                    upper = out(reg) _,
                    lower = out(reg) _,
                    stride = out(reg) _,
                    step = const 2 * STEP,
                    out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
                    out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
                    options(nostack),
                );
            }
        }
    };
    // Loads the part of each strip that begins at byte `$part`.
    (@load $part:literal [$($tile:literal: $strip:literal),*]) => {
        concat!($("tileloadd ", $tile, ", [{", $strip, "} + {line} + ", $part, "]\n"),*)
    };
    (@multiply $part:literal [$($tile:literal: $strip:literal [$($sum:literal += $left:literal),*]),*]) => {
        concat!($(
            "tileloadd ", $tile, ", [{", $strip, "} + {line} + ", $part, "]\n",
            $("tdpbf16ps ", $sum, ", ", $left, ", ", $tile, "\n",)*
        )*)
    };
    (@load_sums [$($tile:literal: $row:literal + $place:literal),*]) => {
        concat!($("tileloadd ", $tile, ", [{", $row, "} + {stride} + ", $place, "]\n"),*)
    };
    (@store_sums [$($tile:literal: $row:literal + $place:literal),*]) => {
        concat!($("tilestored [{", $row, "} + {stride} + ", $place, "], ", $tile, "\n"),*)
    };
}

kernel!(
    one_by_one,
    left: ["tmm4": "a0"],
    right: ["tmm5": "b0" ["tmm0" += "tmm4"]],
    sums: ["tmm0": "upper" + "0"]
);
kernel!(
    one_by_two,
    left: ["tmm4": "a0"],
    right: ["tmm5": "b0" ["tmm0" += "tmm4"], "tmm6": "b1" ["tmm1" += "tmm4"]],
    sums: ["tmm0": "upper" + "0", "tmm1": "upper" + "64"]
);
kernel!(
    one_by_three,
    left: ["tmm4": "a0"],
    right: ["tmm5": "b0" ["tmm0" += "tmm4"], "tmm6": "b1" ["tmm1" += "tmm4"], "tmm7": "b2" ["tmm2" += "tmm4"]],
    sums: ["tmm0": "upper" + "0", "tmm1": "upper" + "64", "tmm2": "upper" + "128"]
);
kernel!(
    one_by_four,
    left: ["tmm4": "a0"],
    right: [
        "tmm5": "b0" ["tmm0" += "tmm4"],
        "tmm6": "b1" ["tmm1" += "tmm4"],
        "tmm7": "b2" ["tmm2" += "tmm4"],
        "tmm5": "b3" ["tmm3" += "tmm4"]
    ],
    sums: ["tmm0": "upper" + "0", "tmm1": "upper" + "64", "tmm2": "upper" + "128", "tmm3": "upper" + "192"]
);
kernel!(
    two_by_one,
    left: ["tmm4": "a0", "tmm5": "a1"],
    right: ["tmm6": "b0" ["tmm0" += "tmm4", "tmm1" += "tmm5"]],
    sums: ["tmm0": "upper" + "0", "tmm1": "lower" + "0"]
);
kernel!(
    two_by_two,
    left: ["tmm4": "a0", "tmm5": "a1"],
    right: ["tmm6": "b0" ["tmm0" += "tmm4", "tmm1" += "tmm5"], "tmm7": "b1" ["tmm2" += "tmm4", "tmm3" += "tmm5"]],
    sums: ["tmm0": "upper" + "0", "tmm1": "lower" + "0", "tmm2": "upper" + "64", "tmm3": "lower" + "64"]
);
