use super::*;
use crate::kernels::gemm::tests::numbers;

/// Of each column of four rows the element at a place, the same for all lanes.
struct Choose<'a, T> {
    rows: [&'a [T]; CHOICES],
    places: &'a [u8],
    to: &'a mut [T],
}

impl<T: Real> VectorRoutine<T> for Choose<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        let mut choices = vec![T::nan(); CHOICES * V::LANES];
        for first in (0..self.to.len()).step_by(V::LANES) {
            let count = (self.to.len() - first).min(V::LANES);
            // SAFETY: the caller answers for the register, and the lengths are those of the slices.
            unsafe {
                V::side_by_side(self.rows.map(|row| row[first..].as_ptr()), count, choices.as_mut_ptr());
                let places = V::load_places(self.places[first..].as_ptr(), count);
                for lane in 0..count {
                    let mut chosen = vec![T::nan(); V::LANES];
                    let element = choices.as_ptr().add(V::beside(lane));
                    V::choose(element, places).store_first(chosen.as_mut_ptr(), count);
                    self.to[first + lane] = chosen[lane];
                }
            }
        }
    }
}

fn check<T: Real>() {
    let numbers: [Vec<T>; CHOICES] = std::array::from_fn(|row| numbers::<T>(53, row as u64));
    let places: Vec<u8> = (0..53).map(|i| (i * i % 7 % CHOICES) as u8).collect();
    let expected: Vec<T> = places.iter().enumerate().map(|(at, &place)| numbers[usize::from(place)][at]).collect();
    for level in Level::available() {
        let mut to = vec![T::nan(); places.len()];
        let rows = numbers.each_ref().map(Vec::as_slice);
        level.run_vectors(Choose { rows, places: &places, to: &mut to });
        assert_eq!(to, expected, "{level:?}");
    }
}

/// The larger of two numbers in each lane, and its place.
struct LargerOf<'a, T> {
    numbers: [&'a [T]; 2],
    to: (&'a mut [T], &'a mut [u8]),
}

impl<T: Real> VectorRoutine<T> for LargerOf<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        for first in (0..self.to.0.len()).step_by(V::LANES) {
            let count = (self.to.0.len() - first).min(V::LANES);
            // SAFETY: the caller answers for the register, and the lengths are those of the slices.
            unsafe {
                let [a, b] = self.numbers.map(|numbers| V::load_first(numbers[first..].as_ptr(), count));
                let (larger, place) = a.larger_of(b, [V::place(1), V::place(3)]);
                larger.store_first(self.to.0[first..].as_mut_ptr(), count);
                place.store_places(self.to.1[first..].as_mut_ptr(), count);
            }
        }
    }
}

fn check_larger<T: Real>() {
    let some = [0.5, -1.0, 0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN].map(T::of);
    let [a, b]: [Vec<T>; 2] = [7, 1].map(|step| (0..53).map(|i| some[i / step % 7]).collect());
    for level in Level::available() {
        let (mut larger, mut places) = (vec![T::zero(); 53], vec![9; 53]);
        level.run_vectors(LargerOf { numbers: [&a, &b], to: (&mut larger, &mut places) });
        for i in 0..53 {
            let expected = if is_above(b[i], a[i]) { (b[i], 3) } else { (a[i], 1) };
            let same = larger[i] == expected.0 || (larger[i].is_nan() && expected.0.is_nan());
            assert!(same && places[i] == expected.1, "{level:?}: {:?} of {:?} and {:?}", larger[i], a[i], b[i]);
        }
    }
}

#[test]
fn lanes_know_where_the_larger_was() {
    check_larger::<f32>();
    check_larger::<f64>();
}

/// Numbers that are not below a least size.
struct UnlessBelow<'a, T> {
    numbers: &'a [T],
    least: T,
    to: &'a mut [T],
}

impl<T: Real> VectorRoutine<T> for UnlessBelow<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        for first in (0..self.to.len()).step_by(V::LANES) {
            let count = (self.to.len() - first).min(V::LANES);
            // SAFETY: the caller answers for the register, and the lengths are those of the slices.
            unsafe {
                let numbers = V::load_first(self.numbers[first..].as_ptr(), count);
                numbers.unless_below(V::splat(self.least)).store_first(self.to[first..].as_mut_ptr(), count);
            }
        }
    }
}

fn check_unless_below<T: Real>() {
    let some = [0.5, -1.0, 0.25, -0.25, 0.24, -0.24, 0.0, 1e-30, f64::INFINITY, f64::NEG_INFINITY, f64::NAN].map(T::of);
    let numbers: Vec<T> = (0..53).map(|i| some[i % some.len()]).collect();
    for level in Level::available() {
        let mut to = vec![T::nan(); 53];
        level.run_vectors(UnlessBelow { numbers: &numbers, least: T::of(0.25), to: &mut to });
        for (x, to) in numbers.iter().zip(to) {
            let expected = if x.abs() < T::of(0.25) { T::zero() } else { *x };
            assert!(to == expected || (to.is_nan() && expected.is_nan()), "{level:?}: {to:?} of {x:?}");
        }
    }
}

#[test]
fn small_numbers_become_zero() {
    check_unless_below::<f32>();
    check_unless_below::<f64>();
}

/// The bits of numbers that have a place.
struct AtPlace<'a, T> {
    numbers: &'a [T],
    places: &'a [u8],
    place: u8,
    to: &'a mut [bool],
}

impl<T: Real> VectorRoutine<T> for AtPlace<'_, T> {
    #[inline(always)]
    unsafe fn run<V: Vector<Element = T>>(self) {
        for first in (0..self.to.len()).step_by(V::LANES) {
            let count = (self.to.len() - first).min(V::LANES);
            // SAFETY: the caller answers for the register, and the lengths are those of the slices.
            let bits = unsafe {
                let values = V::load_first(self.numbers[first..].as_ptr(), count);
                values.at_place(self.places[first..].as_ptr(), self.place, count)
            };
            assert_eq!(bits >> count, 0, "bits of {count} numbers");
            (0..count).for_each(|lane| self.to[first + lane] = (bits >> lane) & 1 == 1);
        }
    }
}

fn check_at_place<T: Real>() {
    let some = [0.5, -1.0, 0.0, -0.0, f64::INFINITY, f64::NAN, 1e-40].map(T::of);
    let numbers: Vec<T> = (0..53).map(|i| some[i % 7]).collect();
    let places: Vec<u8> = (0..53).map(|i| [0, 3, 254, 255, 1][i / 7 % 5]).collect();
    for (level, place) in Level::available().flat_map(|level| [0, 1, 3, 254].map(|place| (level, place))) {
        let mut to = vec![false; numbers.len()];
        level.run_vectors(AtPlace { numbers: &numbers, places: &places, place, to: &mut to });
        for (i, is_there) in to.into_iter().enumerate() {
            assert_eq!(is_there, places[i] == place && numbers[i] != T::zero(), "{level:?}: {i}, place {place}");
        }
    }
}

#[test]
fn bits_say_which_numbers_have_a_place() {
    check_at_place::<f32>();
    check_at_place::<f64>();
}

#[test]
fn lanes_choose_by_place() {
    check::<f32>();
    check::<f64>();
}
