//! Numbers of single precision as three of 16 bits.

use std::arch::x86_64::*;

/// The sign, the exponent and the leading bits: a number of 16 bits.
const LEADING: i32 = 0xffff_0000_u32 as i32;

/// How the upper halves of two registers of single precision lie in one.
#[derive(Clone, Copy)]
pub(super) struct Order(__m512i);

impl Order {
    /// Those of the first, then those of the second.
    #[target_feature(enable = "avx512f,avx512bw")]
    #[inline]
    pub fn one_after_the_other() -> Order {
        let places: [u16; 32] = std::array::from_fn(|place| 2 * place as u16 + 1);
        Order(load(&places))
    }

    /// In turn.
    #[target_feature(enable = "avx512f,avx512bw")]
    #[inline]
    pub fn in_turn() -> Order {
        let places: [u16; 32] = std::array::from_fn(|place| place as u16 / 2 * 2 + 1 + 32 * (place as u16 % 2));
        Order(load(&places))
    }
}

#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn load(places: &[u16; 32]) -> __m512i {
    // SAFETY: an array has as many bytes as a register.
    unsafe { _mm512_loadu_si512(places.as_ptr().cast()) }
}

/// Splits the numbers of two registers: their leading parts, what is left of them, and what is left of that.
///
/// The leading part is cut off, so that it is finite if the number is; the second is rounded to the nearest, so that the third is
/// of either sign.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
pub(super) fn split(a: __m512, b: __m512, order: Order) -> [__m512i; 3] {
    let (a_left, b_left) = (_mm512_sub_ps(a, leading(a)), _mm512_sub_ps(b, leading(b)));
    let (a_next, b_next) = (rounded(a_left), rounded(b_left));
    let (a_last, b_last) = (_mm512_sub_ps(a_left, leading(a_next)), _mm512_sub_ps(b_left, leading(b_next)));
    [upper(a, b, order), upper(a_next, b_next, order), upper(a_last, b_last, order)]
}

/// The numbers without all but their leading bits.
#[target_feature(enable = "avx512f")]
#[inline]
fn leading(numbers: __m512) -> __m512 {
    _mm512_castsi512_ps(_mm512_and_si512(_mm512_castps_si512(numbers), _mm512_set1_epi32(LEADING)))
}

/// Numbers whose leading bits are the nearest to these.
#[target_feature(enable = "avx512f")]
#[inline]
fn rounded(numbers: __m512) -> __m512 {
    _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(numbers), _mm512_set1_epi32(0x8000)))
}

#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn upper(a: __m512, b: __m512, order: Order) -> __m512i {
    _mm512_permutex2var_epi16(_mm512_castps_si512(a), order.0, _mm512_castps_si512(b))
}

/// Transposes a tile of sixteen rows of sixteen pairs.
///
/// # Safety
/// The tile may be read and written.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) unsafe fn transpose(tile: *mut u16) {
    let mut fours = [_mm512_setzero_si512(); 16];
    for (row, to) in fours.iter_mut().enumerate() {
        // SAFETY: the caller answers for the tile.
        *to = unsafe { _mm512_loadu_si512(tile.add(row * 32).cast()) };
    }
    // Pairs within quarters of registers, then pairs of pairs: quarter `q` of `fours[4 i + c]` is column `4 q + c` of rows 4 i to
    // 4 i + 3.
    for i in 0..4 {
        let [a, b, c, d] = [fours[4 * i], fours[4 * i + 1], fours[4 * i + 2], fours[4 * i + 3]];
        let (ab, cd) = (_mm512_unpacklo_epi32(a, b), _mm512_unpacklo_epi32(c, d));
        let (ab_upper, cd_upper) = (_mm512_unpackhi_epi32(a, b), _mm512_unpackhi_epi32(c, d));
        fours[4 * i] = _mm512_unpacklo_epi64(ab, cd);
        fours[4 * i + 1] = _mm512_unpackhi_epi64(ab, cd);
        fours[4 * i + 2] = _mm512_unpacklo_epi64(ab_upper, cd_upper);
        fours[4 * i + 3] = _mm512_unpackhi_epi64(ab_upper, cd_upper);
    }
    for c in 0..4 {
        let [a, b, d, e] = [fours[c], fours[4 + c], fours[8 + c], fours[12 + c]];
        // Quarters 0 and 2, and 1 and 3, of two registers each.
        let (even, odd) = (_mm512_shuffle_i32x4::<0x88>(a, b), _mm512_shuffle_i32x4::<0xdd>(a, b));
        let (even_lower, odd_lower) = (_mm512_shuffle_i32x4::<0x88>(d, e), _mm512_shuffle_i32x4::<0xdd>(d, e));
        let columns = [
            (c, _mm512_shuffle_i32x4::<0x88>(even, even_lower)),
            (8 + c, _mm512_shuffle_i32x4::<0xdd>(even, even_lower)),
            (4 + c, _mm512_shuffle_i32x4::<0x88>(odd, odd_lower)),
            (12 + c, _mm512_shuffle_i32x4::<0xdd>(odd, odd_lower)),
        ];
        for (column, values) in columns {
            // SAFETY: as above.
            unsafe { _mm512_storeu_si512(tile.add(column * 32).cast(), values) };
        }
    }
}
