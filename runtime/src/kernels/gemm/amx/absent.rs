//! What a processor of another kind has instead: nothing.

use crate::Real;

use super::super::Matrix;
use super::super::operands::{Block, Right, Start};
use super::super::panel::PanelPart;
use super::super::tile::Gathered;
use super::Side;

pub(in crate::kernels::gemm) fn is_available() -> bool {
    false
}

/// Nothing has the level that this is for.
fn absent() -> ! {
    unreachable!("this processor has no tiles")
}

pub(in crate::kernels::gemm) fn pack_strip<T: Real>(_: Side, _: &Matrix<T>, _: usize, _: &mut [T]) {
    absent()
}

pub(in crate::kernels::gemm) fn product<T: Real>(_: &Gathered<T>, _: Right<T>, _: &mut Block<T>, _: Start<T>, _: bool) {
    absent()
}

pub(in crate::kernels::gemm) fn product_of_strips<T: Real>(
    _: &[T],
    _: usize,
    _: PanelPart<T>,
    _: &mut Block<T>,
    _: Start<T>,
) {
    absent()
}
