//! Shapes as types: the witness of every edge of a model, and what user-defined layers are generic over.
//!
//! A dimension is a number of the crate [typenum] or [`Dyn`]; a shape is a tuple of dimensions. The macro writes the
//! types of the dimensions that it can read, and derives the others from constants, four bits at a time (`dim!`).

use formwork_shape::{DYN, Shape as ShapeValue};
use typenum::{B0, B1, Bit, UInt, UTerm, Unsigned};

/// One dimension of a shape.
pub trait Dim: Send + Sync + 'static {
    /// The number, or the marker of a dynamic axis.
    const N: usize;
}

/// An axis whose length only the data knows.
#[derive(Clone, Copy, Debug)]
pub struct Dyn;

impl Dim for Dyn {
    const N: usize = DYN;
}

impl Dim for UTerm {
    const N: usize = 0;
}

impl<U: Unsigned + Send + Sync, B: Bit + Send + Sync> Dim for UInt<U, B> {
    const N: usize = <UInt<U, B> as Unsigned>::USIZE;
}

/// The shape of one sample as a type.
pub trait Shape: Send + Sync + 'static {
    /// The same as a value.
    const SHAPE: ShapeValue;
}

/// The shape after a mistake. Every layer takes it in silence, so that one mistake gives one error.
#[derive(Clone, Copy, Debug)]
pub struct Poison;

impl Shape for Poison {
    const SHAPE: ShapeValue = ShapeValue::POISON;
}

macro_rules! shapes {
    ($($rank:literal: $($dim:ident)*;)*) => { $(
        impl<$($dim: Dim),*> Shape for ($($dim,)*) {
            const SHAPE: ShapeValue = ShapeValue::new(&[$($dim::N),*]);
        }
    )* };
}

shapes! {
    0: ;
    1: A;
    2: A B;
    3: A B C;
    4: A B C D;
    5: A B C D E;
    6: A B C D E F;
}

/// Four bits of a number, as a type.
#[derive(Clone, Copy, Debug)]
pub struct Digit<const V: usize>;

/// The bits of a digit, and the digit as a number without leading zeros.
pub trait Bits {
    /// Worth 8.
    type B3;
    /// Worth 4.
    type B2;
    /// Worth 2.
    type B1;
    /// Worth 1.
    type B0;
    /// The digit alone.
    type Number;
}

macro_rules! digits {
    ($($v:literal $b3:ident $b2:ident $b1:ident $b0:ident $number:ident;)*) => { $(
        impl Bits for Digit<$v> {
            type B3 = $b3;
            type B2 = $b2;
            type B1 = $b1;
            type B0 = $b0;
            type Number = typenum::$number;
        }
    )* };
}

digits! {
    0 B0 B0 B0 B0 U0; 1 B0 B0 B0 B1 U1; 2 B0 B0 B1 B0 U2; 3 B0 B0 B1 B1 U3;
    4 B0 B1 B0 B0 U4; 5 B0 B1 B0 B1 U5; 6 B0 B1 B1 B0 U6; 7 B0 B1 B1 B1 U7;
    8 B1 B0 B0 B0 U8; 9 B1 B0 B0 B1 U9; 10 B1 B0 B1 B0 U10; 11 B1 B0 B1 B1 U11;
    12 B1 B1 B0 B0 U12; 13 B1 B1 B0 B1 U13; 14 B1 B1 B1 B0 U14; 15 B1 B1 B1 B1 U15;
}

/// A number with one more digit at its end: `16 self + digit`.
pub trait Push<D> {
    /// The longer number.
    type Out;
}

impl<D: Bits> Push<D> for UTerm {
    type Out = D::Number;
}

impl<U, B, D: Bits> Push<D> for UInt<U, B> {
    type Out = UInt<UInt<UInt<UInt<UInt<U, B>, D::B3>, D::B2>, D::B1>, D::B0>;
}

/// A choice between two types.
#[derive(Clone, Copy, Debug)]
pub struct If<const CONDITION: bool>;

/// The chosen type.
pub trait Pick<A, B> {
    /// `A` if the condition holds, else `B`.
    type Out;
}

impl<A, B> Pick<A, B> for If<true> {
    type Out = A;
}

impl<A, B> Pick<A, B> for If<false> {
    type Out = B;
}

/// The shape of a given rank: as many of the dimensions as it needs.
#[derive(Clone, Copy, Debug)]
pub struct Rank<const R: usize>;

/// The shape that [`Rank`] makes of six dimensions.
pub trait Make<A, B, C, D, E, F> {
    /// The tuple.
    type Out;
}

macro_rules! ranks {
    ($($rank:literal ($($dim:ident)*);)*) => { $(
        impl<A, B, C, D, E, F> Make<A, B, C, D, E, F> for Rank<$rank> {
            type Out = ($($dim,)*);
        }
    )* };
}

ranks! {
    1 (A);
    2 (A B);
    3 (A B C);
    4 (A B C D);
    5 (A B C D E);
    6 (A B C D E F);
}

/// A failed rule has rank 0.
impl<A, B, C, D, E, F> Make<A, B, C, D, E, F> for Rank<0> {
    type Out = Poison;
}

/// The type of a dimension that is a constant expression, below 2³².
#[doc(hidden)]
#[macro_export]
macro_rules! dim {
    ($n:expr) => {
        <$crate::types::If<{ $crate::__private::is_dynamic($n) }> as $crate::types::Pick<
            $crate::types::Dyn,
            $crate::dim!(@digits $n; 28 24 20 16 12 8 4 0; $crate::__private::typenum::UTerm),
        >>::Out
    };
    (@digits $n:expr; ; $number:ty) => { $number };
    (@digits $n:expr; $shift:literal $($rest:literal)*; $number:ty) => {
        $crate::dim!(@digits $n; $($rest)*;
            <$number as $crate::types::Push<$crate::types::Digit<{ (($n) >> $shift) & 15 }>>>::Out)
    };
}

/// The type of a shape that is a constant; cheaper to compile where its axes are known: `shape_type!(S; 0 1)`.
#[doc(hidden)]
#[macro_export]
macro_rules! shape_type {
    ($shape:expr; $($axis:literal)*) => {
        <$crate::types::If<{ $shape.is_poison() }> as $crate::types::Pick<
            $crate::types::Poison,
            ($($crate::dim!($crate::__private::dim_or_zero(&$shape, $axis)),)*),
        >>::Out
    };
    ($shape:expr) => {
        <$crate::types::Rank<{ $shape.rank() }> as $crate::types::Make<
            $crate::dim!($crate::__private::dim_or_zero(&$shape, 0)),
            $crate::dim!($crate::__private::dim_or_zero(&$shape, 1)),
            $crate::dim!($crate::__private::dim_or_zero(&$shape, 2)),
            $crate::dim!($crate::__private::dim_or_zero(&$shape, 3)),
            $crate::dim!($crate::__private::dim_or_zero(&$shape, 4)),
            $crate::dim!($crate::__private::dim_or_zero(&$shape, 5)),
        >>::Out
    };
}

#[cfg(test)]
mod tests {
    use typenum::{Prod, Sum, U0, U5, U15, U16, U64, U288, U300, U1024, U65536, assert_type_eq};

    #[test]
    fn a_constant_becomes_the_type_of_its_number() {
        const HIDDEN: usize = 300;
        assert_type_eq!(crate::dim!(0), U0);
        assert_type_eq!(crate::dim!(15), U15);
        assert_type_eq!(crate::dim!(16), U16);
        assert_type_eq!(crate::dim!(HIDDEN), U300);
        assert_type_eq!(crate::dim!(HIDDEN * 3 + 124), U1024);
        assert_type_eq!(crate::dim!(65536), U65536);
        assert_type_eq!(crate::dim!(5408), Sum<Prod<U1024, U5>, U288>);
        assert_type_eq!(crate::dim!(65536 * 64), Prod<U65536, U64>);
    }
}
