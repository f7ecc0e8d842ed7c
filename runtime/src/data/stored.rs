//! Numbers as files hold them.

use ndarray::{Array, ArrayD, Dimension, IxDyn};
use safetensors::Dtype;

use super::element::Element;

/// An element type of data files.
pub trait Stored: Element {
    /// Its name.
    #[doc(hidden)]
    const NAME: &'static str;
    /// Its code in IDX files, if they can hold it.
    #[doc(hidden)]
    const IDX: Option<u8>;
    /// Its code in safetensors files.
    #[doc(hidden)]
    const DTYPE: Dtype;

    /// Numbers of bytes, the highest first.
    #[doc(hidden)]
    fn from_be(bytes: &[u8]) -> Vec<Self>;

    /// Numbers of bytes, the lowest first.
    #[doc(hidden)]
    fn from_le(bytes: &[u8]) -> Vec<Self>;
}

macro_rules! stored {
    ($($t:ident $idx:expr, $dtype:ident;)*) => { $(
        impl Stored for $t {
            const NAME: &'static str = stringify!($t);
            const IDX: Option<u8> = $idx;
            const DTYPE: Dtype = Dtype::$dtype;

            fn from_be(bytes: &[u8]) -> Vec<$t> {
                bytes.as_chunks().0.iter().map(|bytes| $t::from_be_bytes(*bytes)).collect()
            }

            fn from_le(bytes: &[u8]) -> Vec<$t> {
                bytes.as_chunks().0.iter().map(|bytes| $t::from_le_bytes(*bytes)).collect()
            }
        }
    )* };
}

stored! {
    u8 Some(0x08), U8;
    i8 Some(0x09), I8;
    i16 Some(0x0b), I16;
    i32 Some(0x0c), I32;
    f32 Some(0x0d), F32;
    f64 Some(0x0e), F64;
    u16 None, U16;
    u32 None, U32;
    u64 None, U64;
    i64 None, I64;
}

/// An array of these numbers, or what is wrong with its axes.
pub(super) fn shaped<E, D: Dimension>(dims: &[usize], numbers: Vec<E>) -> Result<Array<E, D>, String> {
    let array = ArrayD::from_shape_vec(IxDyn(dims), numbers).map_err(|error| error.to_string())?;
    array.into_dimensionality().map_err(|_| {
        let wanted = D::NDIM.map_or_else(String::new, |rank| rank.to_string());
        format!("holds an array of shape {dims:?}, but {wanted} axes are asked for")
    })
}

/// How many numbers such an array has, unless that is beyond any memory.
pub(super) fn count(dims: &[usize], bytes: usize) -> Option<usize> {
    let count = dims.iter().try_fold(1usize, |count, n| count.checked_mul(*n))?;
    count.checked_mul(bytes).filter(|size| isize::try_from(*size).is_ok())?;
    Some(count)
}
