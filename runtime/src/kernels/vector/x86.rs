//! The registers of x86-64: SSE2, AVX2 and AVX-512.

use std::arch::x86_64::*;

use super::{CHOICES, Vector};
use crate::kernels::elementary::single;

/// The larger of 0 and the register: of two numbers that have no order, the instruction gives the second.
macro_rules! positive {
    ($larger:path) => {
        #[inline(always)]
        unsafe fn positive(self) -> Self {
            // SAFETY: the processor has the register.
            unsafe { $larger(Self::splat(Self::Element::default()), self) }
        }
    };
}

/// The least size that counts, where comparing gives all bits of a lane or none: NaN is below nothing.
macro_rules! unless_below {
    ($is_below:expr, $and_not:path) => {
        #[inline(always)]
        unsafe fn unless_below(self, least: Self) -> Self {
            // SAFETY: the processor has the register.
            unsafe {
                let size = $and_not(Self::splat(-0.0), self);
                $and_not($is_below(size, least), self)
            }
        }
    };
}

impl Vector for __m128 {
    intrinsics!(f32, 4, _mm_set1_ps, _mm_loadu_ps, _mm_storeu_ps, _mm_add_ps, _mm_sub_ps, _mm_mul_ps, |a, b, c| {
        _mm_add_ps(_mm_mul_ps(a, b), c)
    });
    elementary!();

    minus_over_root!(_mm_sqrt_ps, _mm_div_ps);
    unless_below!(_mm_cmplt_ps, _mm_andnot_ps);
    positive!(_mm_max_ps);

    #[inline(always)]
    unsafe fn larger(self, other: Self) -> Self {
        // SAFETY: the processor has the register.
        unsafe {
            let missing = _mm_cmpunord_ps(other, other);
            // NaN in the first operand gives the second.
            let larger = _mm_max_ps(other, self);
            _mm_or_ps(_mm_and_ps(missing, other), _mm_andnot_ps(missing, larger))
        }
    }
}

impl Vector for __m128d {
    intrinsics!(f64, 2, _mm_set1_pd, _mm_loadu_pd, _mm_storeu_pd, _mm_add_pd, _mm_sub_pd, _mm_mul_pd, |a, b, c| {
        _mm_add_pd(_mm_mul_pd(a, b), c)
    });

    minus_over_root!(_mm_sqrt_pd, _mm_div_pd);
    unless_below!(_mm_cmplt_pd, _mm_andnot_pd);
    positive!(_mm_max_pd);

    #[inline(always)]
    unsafe fn larger(self, other: Self) -> Self {
        // SAFETY: the processor has the register.
        unsafe {
            let missing = _mm_cmpunord_pd(other, other);
            // NaN in the first operand gives the second.
            let larger = _mm_max_pd(other, self);
            _mm_or_pd(_mm_and_pd(missing, other), _mm_andnot_pd(missing, larger))
        }
    }
}

/// The mask of the first `count` of eight lanes.
///
/// # Safety
/// The processor has AVX2.
#[inline(always)]
unsafe fn first_lanes(count: usize) -> __m256i {
    // SAFETY: the caller answers for the processor.
    unsafe { _mm256_cmpgt_epi32(_mm256_set1_epi32(count as i32), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)) }
}

impl Vector for __m256 {
    intrinsics!(
        f32,
        8,
        _mm256_set1_ps,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        _mm256_add_ps,
        _mm256_sub_ps,
        _mm256_mul_ps,
        |a, b, c| _mm256_fmadd_ps(a, b, c)
    );
    elementary!();

    minus_over_root!(_mm256_sqrt_ps, _mm256_div_ps);
    choices!(
        _mm256_castps_pd,
        _mm256_castpd_ps,
        _mm256_unpacklo_ps,
        _mm256_unpackhi_ps,
        _mm256_unpacklo_pd,
        _mm256_unpackhi_pd
    );

    #[inline(always)]
    unsafe fn load_first(from: *const f32, count: usize) -> Self {
        // SAFETY: the processor has the register, and the elements under the mask may be read.
        unsafe { _mm256_maskload_ps(from, first_lanes(count)) }
    }

    #[inline(always)]
    unsafe fn store_first(self, to: *mut f32, count: usize) {
        // SAFETY: the processor has the register, and the elements under the mask may be written.
        unsafe { _mm256_maskstore_ps(to, first_lanes(count), self) }
    }

    #[inline(always)]
    unsafe fn load_places(from: *const u8, count: usize) -> Self {
        // SAFETY: the processor has the register, and `count` numbers may be read.
        unsafe {
            let places = if count < Self::LANES {
                let mut places = [0; Self::LANES];
                places[..count].copy_from_slice(std::slice::from_raw_parts(from, count));
                _mm_loadl_epi64(places.as_ptr().cast())
            } else {
                _mm_loadl_epi64(from.cast())
            };
            _mm256_castsi256_ps(_mm256_cvtepu8_epi32(places))
        }
    }

    #[inline(always)]
    unsafe fn place(place: u8) -> Self {
        // SAFETY: the processor has the register.
        unsafe { _mm256_castsi256_ps(_mm256_set1_epi32(place.into())) }
    }

    #[inline(always)]
    unsafe fn store_places(self, to: *mut u8, count: usize) {
        // SAFETY: the processor has the register, and `count` numbers may be written.
        unsafe {
            let places = _mm256_castps_si256(self);
            let places = _mm_packs_epi32(_mm256_castsi256_si128(places), _mm256_extracti128_si256::<1>(places));
            let places = _mm_packus_epi16(places, places);
            if count < Self::LANES {
                let mut all = [0; Self::LANES];
                _mm_storel_epi64(all.as_mut_ptr().cast(), places);
                std::slice::from_raw_parts_mut(to, count).copy_from_slice(&all[..count]);
            } else {
                _mm_storel_epi64(to.cast(), places);
            }
        }
    }

    #[inline(always)]
    unsafe fn at_place(self, places: *const u8, place: u8, count: usize) -> usize {
        // SAFETY: the processor has the register, and `count` numbers may be read.
        unsafe {
            let places = _mm256_castps_si256(Self::load_places(places, count));
            let is_there = _mm256_castsi256_ps(_mm256_cmpeq_epi32(places, _mm256_set1_epi32(place.into())));
            let counts = _mm256_cmp_ps::<_CMP_NEQ_UQ>(self, _mm256_setzero_ps());
            _mm256_movemask_ps(_mm256_and_ps(is_there, counts)) as usize & ((1 << count) - 1)
        }
    }

    #[inline(always)]
    unsafe fn larger_of(self, other: Self, places: [Self; 2]) -> (Self, Self) {
        // SAFETY: the processor has the register.
        unsafe {
            let larger = _mm256_cmp_ps::<_CMP_NLE_UQ>(other, self);
            let wins = _mm256_and_ps(larger, _mm256_cmp_ps::<_CMP_ORD_Q>(self, self));
            (_mm256_blendv_ps(self, other, wins), _mm256_blendv_ps(places[0], places[1], wins))
        }
    }

    #[inline(always)]
    unsafe fn choose(from: *const f32, places: Self) -> Self {
        // SAFETY: the processor has the register, and the elements may be read.
        unsafe {
            let four = _mm_loadu_ps(from);
            _mm256_permutevar_ps(_mm256_set_m128(four, four), _mm256_castps_si256(places))
        }
    }

    unless_below!(_mm256_cmp_ps::<_CMP_LT_OQ>, _mm256_andnot_ps);
    positive!(_mm256_max_ps);

    #[inline(always)]
    unsafe fn larger(self, other: Self) -> Self {
        // SAFETY: the processor has the register.
        unsafe {
            let missing = _mm256_cmp_ps::<_CMP_UNORD_Q>(other, other);
            _mm256_blendv_ps(_mm256_max_ps(other, self), other, missing)
        }
    }
}

impl Vector for __m256d {
    intrinsics!(
        f64,
        4,
        _mm256_set1_pd,
        _mm256_loadu_pd,
        _mm256_storeu_pd,
        _mm256_add_pd,
        _mm256_sub_pd,
        _mm256_mul_pd,
        |a, b, c| _mm256_fmadd_pd(a, b, c)
    );

    minus_over_root!(_mm256_sqrt_pd, _mm256_div_pd);
    unless_below!(_mm256_cmp_pd::<_CMP_LT_OQ>, _mm256_andnot_pd);
    positive!(_mm256_max_pd);

    #[inline(always)]
    unsafe fn larger(self, other: Self) -> Self {
        // SAFETY: the processor has the register.
        unsafe {
            let missing = _mm256_cmp_pd::<_CMP_UNORD_Q>(other, other);
            _mm256_blendv_pd(_mm256_max_pd(other, self), other, missing)
        }
    }
}

impl Vector for __m512 {
    intrinsics!(
        f32,
        16,
        _mm512_set1_ps,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_add_ps,
        _mm512_sub_ps,
        _mm512_mul_ps,
        |a, b, c| _mm512_fmadd_ps(a, b, c)
    );
    elementary!();
    masked!(__mmask16, _mm512_maskz_loadu_ps, _mm512_mask_storeu_ps);
    choices!(
        _mm512_castps_pd,
        _mm512_castpd_ps,
        _mm512_unpacklo_ps,
        _mm512_unpackhi_ps,
        _mm512_unpacklo_pd,
        _mm512_unpackhi_pd
    );

    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        // SAFETY: the processor has the register.
        unsafe { _mm512_reduce_add_ps(self) }
    }

    #[inline(always)]
    unsafe fn load_places(from: *const u8, count: usize) -> Self {
        // SAFETY: the processor has the register, and `count` numbers may be read.
        unsafe {
            let places = _mm_maskz_loadu_epi8(((1_u32 << count) - 1) as __mmask16, from.cast());
            _mm512_castsi512_ps(_mm512_cvtepu8_epi32(places))
        }
    }

    #[inline(always)]
    unsafe fn place(place: u8) -> Self {
        // SAFETY: the processor has the register.
        unsafe { _mm512_castsi512_ps(_mm512_set1_epi32(place.into())) }
    }

    #[inline(always)]
    unsafe fn store_places(self, to: *mut u8, count: usize) {
        // SAFETY: the processor has the register, and `count` numbers may be written.
        unsafe {
            let places = _mm512_cvtepi32_epi8(_mm512_castps_si512(self));
            _mm_mask_storeu_epi8(to.cast(), ((1_u32 << count) - 1) as __mmask16, places);
        }
    }

    #[inline(always)]
    unsafe fn at_place(self, places: *const u8, place: u8, count: usize) -> usize {
        let first = ((1_u32 << count) - 1) as __mmask16;
        // SAFETY: the processor has the register, and `count` numbers may be read.
        unsafe {
            let counts = _mm512_mask_cmp_ps_mask::<_CMP_NEQ_UQ>(first, self, _mm512_setzero_ps());
            let places = _mm_maskz_loadu_epi8(first, places.cast());
            usize::from(_mm_mask_cmpeq_epi8_mask(counts, places, _mm_set1_epi8(place as i8)))
        }
    }

    #[inline(always)]
    unsafe fn larger_of(self, other: Self, places: [Self; 2]) -> (Self, Self) {
        // SAFETY: the processor has the register.
        unsafe {
            let is_number = _mm512_cmp_ps_mask::<_CMP_ORD_Q>(self, self);
            let wins = _mm512_mask_cmp_ps_mask::<_CMP_NLE_UQ>(is_number, other, self);
            (_mm512_mask_mov_ps(self, wins, other), _mm512_mask_mov_ps(places[0], wins, places[1]))
        }
    }

    #[inline(always)]
    unsafe fn choose(from: *const f32, places: Self) -> Self {
        // SAFETY: the processor has the register, and the elements may be read.
        unsafe { _mm512_permutevar_ps(_mm512_broadcast_f32x4(_mm_loadu_ps(from)), _mm512_castps_si512(places)) }
    }

    /// The divider would take twice as long as it does for the root alone, which it finds while other units do the rest.
    #[inline(always)]
    unsafe fn minus_over_root(self, step: Self, square: Self, sum: Self) -> Self {
        // SAFETY: the processor has the register.
        unsafe {
            // The inverse of infinity times infinity is no number.
            let is_step = _mm512_cmp_ps_mask::<_CMP_NEQ_UQ>(square, Self::splat(f32::INFINITY));
            let divisor = _mm512_add_ps(_mm512_sqrt_ps(square), sum);
            let inverse = _mm512_rcp14_ps(divisor);
            // A step of Newton's.
            let error = _mm512_fnmadd_ps(divisor, inverse, Self::splat(1.0));
            let quotient = _mm512_mul_ps(step, inverse);
            _mm512_mask_sub_ps(self, is_step, self, _mm512_fmadd_ps(quotient, error, quotient))
        }
    }

    #[inline(always)]
    unsafe fn unless_below(self, least: Self) -> Self {
        // SAFETY: the processor has the register.
        unsafe { _mm512_maskz_mov_ps(_mm512_cmp_ps_mask::<_CMP_NLT_UQ>(_mm512_abs_ps(self), least), self) }
    }

    positive!(_mm512_max_ps);

    #[inline(always)]
    unsafe fn larger(self, other: Self) -> Self {
        // SAFETY: the processor has the register.
        unsafe {
            let missing = _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(other, other);
            _mm512_mask_mov_ps(_mm512_max_ps(other, self), missing, other)
        }
    }
}

impl Vector for __m512d {
    intrinsics!(
        f64,
        8,
        _mm512_set1_pd,
        _mm512_loadu_pd,
        _mm512_storeu_pd,
        _mm512_add_pd,
        _mm512_sub_pd,
        _mm512_mul_pd,
        |a, b, c| _mm512_fmadd_pd(a, b, c)
    );
    masked!(__mmask8, _mm512_maskz_loadu_pd, _mm512_mask_storeu_pd);

    #[inline(always)]
    unsafe fn sum(self) -> f64 {
        // SAFETY: the processor has the register.
        unsafe { _mm512_reduce_add_pd(self) }
    }

    minus_over_root!(_mm512_sqrt_pd, _mm512_div_pd);

    #[inline(always)]
    unsafe fn unless_below(self, least: Self) -> Self {
        // SAFETY: the processor has the register.
        unsafe { _mm512_maskz_mov_pd(_mm512_cmp_pd_mask::<_CMP_NLT_UQ>(_mm512_abs_pd(self), least), self) }
    }

    positive!(_mm512_max_pd);

    #[inline(always)]
    unsafe fn larger(self, other: Self) -> Self {
        // SAFETY: the processor has the register.
        unsafe {
            let missing = _mm512_cmp_pd_mask::<_CMP_UNORD_Q>(other, other);
            _mm512_mask_mov_pd(_mm512_max_pd(other, self), missing, other)
        }
    }
}
