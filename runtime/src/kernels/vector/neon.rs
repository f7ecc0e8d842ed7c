//! The registers of AArch64.

use std::arch::aarch64::*;

use super::Vector;
use crate::kernels::elementary::single;

impl Vector for float32x4_t {
    intrinsics!(f32, 4, vdupq_n_f32, vld1q_f32, vst1q_f32, vaddq_f32, vsubq_f32, vmulq_f32, |a, b, c| vfmaq_f32(
        c, a, b
    ));
    elementary!();

    minus_over_root!(vsqrtq_f32, vdivq_f32);

    #[inline(always)]
    unsafe fn unless_below(self, least: Self) -> Self {
        // SAFETY: the processor has the register.
        unsafe { vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_f32(self), vcaltq_f32(self, least))) }
    }

    #[inline(always)]
    unsafe fn larger(self, other: Self) -> Self {
        // SAFETY: the processor has the register.
        unsafe { vmaxq_f32(self, other) }
    }
}

impl Vector for float64x2_t {
    intrinsics!(f64, 2, vdupq_n_f64, vld1q_f64, vst1q_f64, vaddq_f64, vsubq_f64, vmulq_f64, |a, b, c| vfmaq_f64(
        c, a, b
    ));

    minus_over_root!(vsqrtq_f64, vdivq_f64);

    #[inline(always)]
    unsafe fn unless_below(self, least: Self) -> Self {
        // SAFETY: the processor has the register.
        unsafe { vreinterpretq_f64_u64(vbicq_u64(vreinterpretq_u64_f64(self), vcaltq_f64(self, least))) }
    }

    #[inline(always)]
    unsafe fn larger(self, other: Self) -> Self {
        // SAFETY: the processor has the register.
        unsafe { vmaxq_f64(self, other) }
    }
}
