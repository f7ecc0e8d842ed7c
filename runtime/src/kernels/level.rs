//! Instruction levels: one source is compiled once per level, and the best level of the processor is picked at run time.

use std::sync::OnceLock;

use super::gemm;
use crate::Real;

/// A set of instructions that kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What every processor of the target has; no fused multiply-add is assumed.
    Portable,
    /// 128-bit vectors with fused multiply-add, on every aarch64 processor.
    Neon,
    /// AVX2 and FMA: 256-bit vectors.
    Avx2,
    /// AVX-512 F, BW, DQ and VL: 512-bit vectors.
    Avx512,
    /// The same, and AMX: products of large matrices in single precision by tiles, each number as a sum of three of 16 bits, which
    /// keeps the precision; what is not finite becomes NaN there. Linux is asked for the tiles once for the whole process, and
    /// wants stacks of signal handlers to be larger from then on.
    Amx,
}

impl Level {
    /// Every level, from the plainest to the fastest.
    const ALL: [Level; 5] = [Level::Portable, Level::Neon, Level::Avx2, Level::Avx512, Level::Amx];

    /// The best level of this processor, no better than the one a feature of this crate pins.
    pub fn best() -> Level {
        Level::highest().min(Level::PINNED)
    }

    /// The best level of this processor.
    pub(super) fn highest() -> Level {
        static HIGHEST: OnceLock<Level> = OnceLock::new();
        *HIGHEST.get_or_init(|| Level::available().last().unwrap_or(Level::Portable))
    }

    /// The best level that may be picked: the plainest one that a feature asks for.
    const PINNED: Level = if cfg!(feature = "level-portable") {
        Level::Portable
    } else if cfg!(feature = "level-avx2") {
        // Other architectures have one level besides the portable one.
        if cfg!(target_arch = "x86_64") { Level::Avx2 } else { Level::Neon }
    } else if cfg!(feature = "level-avx512") {
        Level::Avx512
    } else {
        Level::Amx
    };

    /// The levels this processor can run, from the plainest to the fastest.
    pub fn available() -> impl Iterator<Item = Level> {
        Level::ALL.into_iter().filter(|level| level.is_available())
    }

    /// Whether this processor can run the level.
    pub fn is_available(self) -> bool {
        match self {
            Level::Portable => true,
            Level::Neon => cfg!(target_arch = "aarch64"),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => {
                Level::Avx2.is_available()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
            }
            #[cfg(not(target_arch = "x86_64"))]
            Level::Avx2 | Level::Avx512 => false,
            // The system is asked for tiles, which a feature may have ruled out.
            Level::Amx => Level::Amx <= Level::PINNED && Level::Avx512.is_available() && gemm::has_tiles(),
        }
    }

    /// The level of everything but products of matrices: that of the vectors.
    pub(crate) fn of_vectors(self) -> Level {
        self.min(Level::Avx512)
    }

    /// Bytes in one vector register.
    pub(crate) fn vector_bytes(self) -> usize {
        match self {
            Level::Portable | Level::Neon => 16,
            Level::Avx2 => 32,
            Level::Avx512 | Level::Amx => 64,
        }
    }
}

/// A method of `Level` that runs a routine compiled for the level; what each level runs follows its name.
macro_rules! at_level {
    (
        $(#[$about:meta])*
        $name:ident[$($T:ident: $Bound:path),+]($routine:ident: $R:ident) -> $Output:ty {
            Portable => $portable:expr,
            Neon => $neon:expr,
            Avx2 => $avx2:expr,
            Avx512 => $avx512:expr,
        }
    ) => {
        impl Level {
            $(#[$about])*
            ///
            /// # Panics
            /// If the processor lacks the level.
            #[inline]
            pub(crate) fn $name<$($T: $Bound),+>(self, $routine: $R) -> $Output {
                #[cfg(target_arch = "x86_64")]
                #[target_feature(enable = "avx2,fma")]
                fn avx2<$($T: $Bound),+>($routine: $R) -> $Output {
                    $avx2
                }

                #[cfg(target_arch = "x86_64")]
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
                fn avx512<$($T: $Bound),+>($routine: $R) -> $Output {
                    $avx512
                }

                match self {
                    Level::Portable => $portable,
                    #[cfg(target_arch = "aarch64")]
                    Level::Neon => $neon,
                    #[cfg(target_arch = "x86_64")]
                    Level::Avx2 | Level::Avx512 | Level::Amx => {
                        assert!(self <= Level::highest(), "this processor does not have {self:?}");
                        if self == Level::Avx2 {
                            // SAFETY: the processor has the highest level, which includes AVX2 and FMA.
                            unsafe { avx2($routine) }
                        } else {
                            // SAFETY: the processor has the highest level, which includes AVX-512.
                            unsafe { avx512($routine) }
                        }
                    }
                    #[allow(unreachable_patterns)]
                    _ => panic!("this processor does not have {self:?}"),
                }
            }
        }
    };
}
pub(super) use at_level;

at_level! {
    /// Runs a routine compiled for this level.
    run[R: Routine](routine: R) -> R::Output {
        Portable => routine.run::<false>(),
        Neon => routine.run::<true>(),
        Avx2 => routine.run::<true>(),
        Avx512 => routine.run::<true>(),
    }
}

/// Work that is compiled once per level.
///
/// Everything `run` calls must be `#[inline(always)]`: a function that is not inlined is compiled for the plainest
/// level only. Nor is a large closure safe in `for_each`, which may become such a function.
pub(crate) trait Routine {
    /// What the work returns.
    type Output;

    /// The work; `FMA` says whether the level has a fused multiply-add.
    fn run<const FMA: bool>(self) -> Self::Output;
}

/// `a * b + c`, fused where the level can: without the instruction, `mul_add` is a slow library call.
#[inline(always)]
pub(crate) fn multiply_add<const FMA: bool, T: Real>(a: T, b: T, c: T) -> T {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Square(f64);

    impl Routine for Square {
        type Output = f64;

        #[inline(always)]
        fn run<const FMA: bool>(self) -> f64 {
            multiply_add::<FMA, f64>(self.0, self.0, 0.0)
        }
    }

    #[test]
    fn a_feature_pins_the_level() {
        assert!(Level::best().is_available() && Level::best() <= Level::PINNED);
        if cfg!(feature = "level-portable") {
            assert_eq!(Level::best(), Level::Portable);
        }
    }

    #[test]
    fn every_available_level_runs() {
        assert_eq!(Level::available().next(), Some(Level::Portable));
        for level in Level::available() {
            assert_eq!(level.run(Square(3.0)), 9.0, "{level:?}");
        }
    }
}
