//! Vector registers, in the few operations that the kernels need.
//!
//! Plain loops over arrays reach the same speed where the compiler sees through them, and a thirtieth where it does not.

use crate::Real;

use super::level::at_level;
use super::{Elementary, Level};

/// A vector register. Every function must be inlined into code compiled for a level that has the register.
///
/// # Safety
/// Of all functions: the processor has the register, and pointers may be used for the elements concerned.
pub trait Vector: Copy {
    type Element: Real;
    const LANES: usize;

    unsafe fn splat(value: Self::Element) -> Self;
    unsafe fn load(from: *const Self::Element) -> Self;
    unsafe fn store(self, to: *mut Self::Element);
    /// `self * factor + sum`, fused where the level can.
    unsafe fn multiply_add(self, factor: Self, sum: Self) -> Self;
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn subtract(self, other: Self) -> Self;
    unsafe fn multiply(self, other: Self) -> Self;
    /// `self - step / (sqrt(square) + sum)`, the quotient to three units in the last place; of a quotient by 0 it is left open
    /// whether it is infinite or no number. The sum is finite.
    unsafe fn minus_over_root(self, step: Self, square: Self, sum: Self) -> Self;

    /// 0 for each element whose size is below `least`.
    unsafe fn unless_below(self, least: Self) -> Self;

    /// `self * factor - other`, fused where the level can.
    #[inline(always)]
    unsafe fn multiply_subtract(self, factor: Self, other: Self) -> Self {
        // SAFETY: the caller answers for the register.
        unsafe { self.multiply_add(factor, Self::splat(Self::Element::of(-0.0)).subtract(other)) }
    }

    /// `1 / (1 + e^-x)` of each element.
    #[inline(always)]
    unsafe fn logistic(self) -> Self {
        // SAFETY: the caller answers for the register.
        unsafe { self.each(Elementary::logistic::<false>) }
    }

    /// The hyperbolic tangent of each element.
    #[inline(always)]
    unsafe fn hyperbolic_tangent(self) -> Self {
        // SAFETY: the caller answers for the register.
        unsafe { self.each(Elementary::hyperbolic_tangent::<false>) }
    }

    /// A function of each element by itself.
    #[inline(always)]
    unsafe fn each(self, function: impl Fn(Self::Element) -> Self::Element) -> Self {
        let mut lanes = [Self::Element::default(); MOST_LANES];
        // SAFETY: there is room for at least `LANES` elements.
        unsafe { self.store(lanes.as_mut_ptr()) };
        for lane in &mut lanes[..Self::LANES] {
            *lane = function(*lane);
        }
        // SAFETY: there are at least `LANES` elements.
        unsafe { Self::load(lanes.as_ptr()) }
    }

    /// A place among some elements, below [`CHOICES`], in all lanes, as [`choose`](Vector::choose) takes it.
    #[inline(always)]
    unsafe fn place(place: u8) -> Self {
        // SAFETY: the caller answers for the register.
        unsafe { Self::splat(Self::Element::of(f64::from(place))) }
    }

    /// The first `count` numbers, of which those below [`CHOICES`] are such places, then zeros.
    #[inline(always)]
    unsafe fn load_places(from: *const u8, count: usize) -> Self {
        let mut lanes = [Self::Element::default(); MOST_LANES];
        for (lane, place) in lanes.iter_mut().enumerate().take(count) {
            // SAFETY: the pointer may be used for `count` numbers.
            *place = Self::Element::of(f64::from(unsafe { *from.add(lane) }));
        }
        // SAFETY: there are at least `LANES` elements.
        unsafe { Self::load(lanes.as_ptr()) }
    }

    /// Stores the first `count` of the places.
    #[inline(always)]
    unsafe fn store_places(self, to: *mut u8, count: usize) {
        let mut lanes = [Self::Element::default(); MOST_LANES];
        // SAFETY: there is room for at least `LANES` elements.
        unsafe { self.store(lanes.as_mut_ptr()) };
        for (lane, place) in lanes.iter().enumerate().take(count) {
            // SAFETY: the pointer may be used for `count` numbers.
            unsafe { *to.add(lane) = place.wide() as u8 };
        }
    }

    /// Which of the first `count` elements are not 0 and have this of the places: a bit for each.
    #[inline(always)]
    unsafe fn at_place(self, places: *const u8, place: u8, count: usize) -> usize {
        let mut lanes = [Self::Element::default(); MOST_LANES];
        // SAFETY: there is room for at least `LANES` elements.
        unsafe { self.store(lanes.as_mut_ptr()) };
        let mut bits = 0;
        for (lane, value) in lanes.iter().enumerate().take(count) {
            // SAFETY: the pointer may be used for `count` numbers.
            let is_there = unsafe { *places.add(lane) } == place;
            bits |= usize::from(is_there & (*value != Self::Element::default())) << lane;
        }
        bits
    }

    /// The larger of both, the first one where they are equal, or the first that is NaN, and its place: `places` has that of
    /// either.
    #[inline(always)]
    unsafe fn larger_of(self, other: Self, places: [Self; 2]) -> (Self, Self) {
        let mut lanes = [[Self::Element::default(); MOST_LANES]; 4];
        let [best, value, winner, place] = &mut lanes;
        // SAFETY: there is room for at least `LANES` elements in each.
        unsafe {
            self.store(best.as_mut_ptr());
            other.store(value.as_mut_ptr());
            places[0].store(winner.as_mut_ptr());
            places[1].store(place.as_mut_ptr());
        }
        for lane in 0..Self::LANES {
            if is_above(value[lane], best[lane]) {
                (best[lane], winner[lane]) = (value[lane], place[lane]);
            }
        }
        // SAFETY: there are at least `LANES` elements.
        unsafe { (Self::load(best.as_ptr()), Self::load(winner.as_ptr())) }
    }

    /// Puts the first `count` elements, at most [`LANES`](Vector::LANES), of some rows side by side: there is room for
    /// `CHOICES * LANES`, and the choices of an element begin at [`beside`](Vector::beside).
    #[inline(always)]
    unsafe fn side_by_side(rows: [*const Self::Element; CHOICES], count: usize, to: *mut Self::Element) {
        for element in 0..count {
            for (place, row) in rows.iter().enumerate() {
                // SAFETY: the caller answers for the rows and the room.
                unsafe { *to.add(Self::beside(element) + place) = *row.add(element) };
            }
        }
    }

    /// Where [`side_by_side`](Vector::side_by_side) puts the choices of an element.
    #[inline(always)]
    fn beside(element: usize) -> usize {
        element * CHOICES
    }

    /// Of [`CHOICES`] elements the one at the place of each lane.
    #[inline(always)]
    unsafe fn choose(from: *const Self::Element, places: Self) -> Self {
        // SAFETY: the pointer may be used for all places.
        unsafe { places.each(|place| *from.add(place.wide() as usize % CHOICES)) }
    }

    /// The larger of both, NaN if one is.
    unsafe fn larger(self, other: Self) -> Self;

    /// What is not below 0, else 0; NaN stays.
    #[inline(always)]
    unsafe fn positive(self) -> Self {
        // SAFETY: the caller answers for the register.
        unsafe { Self::splat(Self::Element::default()).larger(self) }
    }

    /// The sum of the elements: halves are added until one is left.
    #[inline(always)]
    unsafe fn sum(self) -> Self::Element {
        let mut lanes = [Self::Element::default(); MOST_LANES];
        // SAFETY: there is room for at least `LANES` elements.
        unsafe { self.store(lanes.as_mut_ptr()) };
        let mut count = Self::LANES;
        while count > 1 {
            count /= 2;
            for lane in 0..count {
                lanes[lane] += lanes[lane + count];
            }
        }
        lanes[0]
    }

    /// Asks for what lies at an address, which may be any.
    #[inline(always)]
    fn prefetch(_at: *const Self::Element) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a prefetch reads nothing, and every processor of the architecture has it.
        unsafe {
            std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(_at.cast());
        }
    }

    /// The same, but not for the first-level cache, where it would take the place of what is in use.
    #[inline(always)]
    fn prefetch_to_second_level(_at: *const Self::Element) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        unsafe {
            std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T1 }>(_at.cast());
        }
    }

    /// Asks for what lies at an address and will be written: for this core alone, should others have it, too.
    #[inline(always)]
    fn prefetch_to_write(at: *mut Self::Element) {
        #[cfg(target_arch = "x86_64")]
        if Self::LANES * size_of::<Self::Element>() > 16 {
            // SAFETY: it writes nothing. Processors with wider registers have the instruction, or take it for none.
            unsafe { std::arch::asm!("prefetchw [{0}]", in(reg) at, options(nostack, preserves_flags)) };
            return;
        }
        Self::prefetch(at);
    }

    /// The first `count` elements, then zeros.
    #[inline(always)]
    unsafe fn load_first(from: *const Self::Element, count: usize) -> Self {
        let mut lanes = [Self::Element::default(); MOST_LANES];
        for (lane, value) in lanes.iter_mut().enumerate().take(count) {
            // SAFETY: the pointer may be used for `count` elements.
            *value = unsafe { *from.add(lane) };
        }
        // SAFETY: there are at least `LANES` elements.
        unsafe { Self::load(lanes.as_ptr()) }
    }

    /// Stores the first `count` elements.
    #[inline(always)]
    unsafe fn store_first(self, to: *mut Self::Element, count: usize) {
        let mut lanes = [Self::Element::default(); MOST_LANES];
        // SAFETY: there is room for at least `LANES` elements.
        unsafe { self.store(lanes.as_mut_ptr()) };
        for (lane, &value) in lanes.iter().enumerate().take(count) {
            // SAFETY: the pointer may be used for `count` elements.
            unsafe { *to.add(lane) = value };
        }
    }
}

/// Is it larger, or the first that is NaN?
#[inline(always)]
pub(crate) fn is_above<T: Real>(value: T, best: T) -> bool {
    (value > best) | (value.is_nan() & !best.is_nan())
}

/// The elements among which [`Vector::choose`] chooses.
pub(crate) const CHOICES: usize = 4;

/// Do registers of the level choose as fast as they add?
pub(crate) fn chooses<T: Real>(level: Level) -> bool {
    match level {
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 | Level::Avx512 | Level::Amx => size_of::<T>() == size_of::<f32>(),
        _ => false,
    }
}

/// Room for any register above that uses the default functions.
const MOST_LANES: usize = 8;

/// The functions that are one intrinsic each; `$multiply_add` is an expression in the three operands.
macro_rules! intrinsics {
    (
        $Element:ty, $lanes:literal, $splat:path, $load:path, $store:path, $add:path, $subtract:path, $multiply:path,
        |$a:ident, $b:ident, $c:ident| $multiply_add:expr
    ) => {
        type Element = $Element;
        const LANES: usize = $lanes;

        #[inline(always)]
        unsafe fn splat(value: $Element) -> Self {
            // SAFETY: the processor has the register.
            unsafe { $splat(value) }
        }

        #[inline(always)]
        unsafe fn load(from: *const $Element) -> Self {
            // SAFETY: the processor has the register, and the elements may be read.
            unsafe { $load(from) }
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut $Element) {
            // SAFETY: the processor has the register, and the elements may be written.
            unsafe { $store(to, self) }
        }

        #[inline(always)]
        unsafe fn multiply_add(self, factor: Self, sum: Self) -> Self {
            let ($a, $b, $c) = (self, factor, sum);
            // SAFETY: the processor has the register.
            unsafe { $multiply_add }
        }

        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            // SAFETY: the processor has the register.
            unsafe { $add(self, other) }
        }

        #[inline(always)]
        unsafe fn subtract(self, other: Self) -> Self {
            // SAFETY: the processor has the register.
            unsafe { $subtract(self, other) }
        }

        #[inline(always)]
        unsafe fn multiply(self, other: Self) -> Self {
            // SAFETY: the processor has the register.
            unsafe { $multiply(self, other) }
        }
    };
}

/// [`Vector::minus_over_root`] where the processor's own root and quotient are fast.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
macro_rules! minus_over_root {
    ($root:path, $divide:path) => {
        #[inline(always)]
        unsafe fn minus_over_root(self, step: Self, square: Self, sum: Self) -> Self {
            // SAFETY: the processor has the register.
            unsafe { self.subtract($divide(step, $root(square).add(sum))) }
        }
    };
}

/// The functions that registers of single precision compute as a whole.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
macro_rules! elementary {
    () => {
        #[inline(always)]
        unsafe fn logistic(self) -> Self {
            // SAFETY: the processor has the register.
            unsafe { single::logistic(self) }
        }

        #[inline(always)]
        unsafe fn hyperbolic_tangent(self) -> Self {
            // SAFETY: the processor has the register.
            unsafe { single::hyperbolic_tangent(self) }
        }
    };
}

/// The functions for a part of a register, with mask registers.
#[cfg(target_arch = "x86_64")]
macro_rules! masked {
    ($Mask:ty, $load:path, $store:path) => {
        #[inline(always)]
        unsafe fn load_first(from: *const Self::Element, count: usize) -> Self {
            // SAFETY: the processor has the register, and the elements under the mask may be read.
            unsafe { $load(((1_u32 << count) - 1) as $Mask, from) }
        }

        #[inline(always)]
        unsafe fn store_first(self, to: *mut Self::Element, count: usize) {
            // SAFETY: the processor has the register, and the elements under the mask may be written.
            unsafe { $store(to, ((1_u32 << count) - 1) as $Mask, self) }
        }
    };
}

/// Choices put side by side by four registers, whose quarters of four lanes are turned by themselves.
#[cfg(target_arch = "x86_64")]
macro_rules! choices {
    ($cast:path, $cast_back:path, $low:path, $high:path, $low_pairs:path, $high_pairs:path) => {
        #[inline(always)]
        unsafe fn side_by_side(rows: [*const f32; CHOICES], count: usize, to: *mut f32) {
            // SAFETY: the processor has the register, and the caller answers for the rows and the room.
            unsafe {
                let [a, b] = [Self::load_first(rows[0], count), Self::load_first(rows[1], count)];
                let [c, d] = [Self::load_first(rows[2], count), Self::load_first(rows[3], count)];
                let (low, high) = ($cast($low(a, b)), $cast($high(a, b)));
                let (other_low, other_high) = ($cast($low(c, d)), $cast($high(c, d)));
                $cast_back($low_pairs(low, other_low)).store(to);
                $cast_back($high_pairs(low, other_low)).store(to.add(Self::LANES));
                $cast_back($low_pairs(high, other_high)).store(to.add(2 * Self::LANES));
                $cast_back($high_pairs(high, other_high)).store(to.add(3 * Self::LANES));
            }
        }

        #[inline(always)]
        fn beside(element: usize) -> usize {
            element % CHOICES * Self::LANES + element / CHOICES * CHOICES
        }
    };
}

#[cfg(not(target_arch = "x86_64"))]
mod array;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(target_arch = "x86_64")]
mod x86;

/// The register of each level that holds elements of this type.
pub trait Registers: Sized {
    /// What every processor of the target has.
    type Portable: Vector<Element = Self>;
    #[cfg(target_arch = "aarch64")]
    type Neon: Vector<Element = Self>;
    #[cfg(target_arch = "x86_64")]
    type Avx2: Vector<Element = Self>;
    #[cfg(target_arch = "x86_64")]
    type Avx512: Vector<Element = Self>;
}

impl Registers for f32 {
    #[cfg(target_arch = "x86_64")]
    type Portable = std::arch::x86_64::__m128;
    #[cfg(not(target_arch = "x86_64"))]
    type Portable = [f32; 4];
    #[cfg(target_arch = "aarch64")]
    type Neon = std::arch::aarch64::float32x4_t;
    #[cfg(target_arch = "x86_64")]
    type Avx2 = std::arch::x86_64::__m256;
    #[cfg(target_arch = "x86_64")]
    type Avx512 = std::arch::x86_64::__m512;
}

impl Registers for f64 {
    #[cfg(target_arch = "x86_64")]
    type Portable = std::arch::x86_64::__m128d;
    #[cfg(not(target_arch = "x86_64"))]
    type Portable = [f64; 2];
    #[cfg(target_arch = "aarch64")]
    type Neon = std::arch::aarch64::float64x2_t;
    #[cfg(target_arch = "x86_64")]
    type Avx2 = std::arch::x86_64::__m256d;
    #[cfg(target_arch = "x86_64")]
    type Avx512 = std::arch::x86_64::__m512d;
}

/// Work on registers that is compiled once per level; everything that `run` calls must be `#[inline(always)]`.
pub(crate) trait VectorRoutine<T> {
    /// The work.
    ///
    /// # Safety
    /// The processor has the register.
    unsafe fn run<V: Vector<Element = T>>(self);
}

at_level! {
    /// Runs a routine with the registers of this level.
    run_vectors[T: Real, R: VectorRoutine<T>](routine: R) -> () {
        // SAFETY: every processor has this register.
        Portable => unsafe { routine.run::<T::Portable>() },
        // SAFETY: every processor of the architecture has the level.
        Neon => unsafe { routine.run::<T::Neon>() },
        // SAFETY: this is called only where the processor has the register.
        Avx2 => unsafe { routine.run::<T::Avx2>() },
        // SAFETY: this is called only where the processor has the register.
        Avx512 => unsafe { routine.run::<T::Avx512>() },
    }
}

#[cfg(test)]
mod tests;
