//! An image of a file in the size that was asked for.

use std::path::Path;
use std::sync::LazyLock;

use formwork_shape::Shape;
use formwork_shape::layers::Resizing;
use image::DynamicImage;
use ndarray::Array3;

use crate::kernel::{Kernel, Pass, Work};
use crate::weights::Weights;
use crate::{Error, Result, Threads, View, ViewMut};

/// Can images become of this size at all?
pub(super) fn check(
    Resizing { height, width, crop_to_aspect_ratio, pad_to_aspect_ratio, .. }: &Resizing,
) -> Result<()> {
    if height * width == 0 {
        return Err(Error::data(format!("images cannot become {height} x {width}: give at least 1 for each")));
    }
    if *crop_to_aspect_ratio && *pad_to_aspect_ratio {
        return Err(Error::data(
            "images cannot both lose and get edges: give crop_to_aspect_ratio or pad_to_aspect_ratio, not both",
        ));
    }
    Ok(())
}

/// Images are resized one by one: other threads are at other images.
static ALONE: LazyLock<Threads> = LazyLock::new(|| Threads::new(1));

/// The points of an image with so many channels.
pub(super) fn load<const CHANNELS: usize>(
    path: &Path,
    resize: &Resizing,
) -> Result<Array3<f32>, Box<dyn std::error::Error>> {
    let image = image::ImageReader::open(path)?.with_guessed_format()?.decode()?;
    let (height, width) = (image.height() as usize, image.width() as usize);
    if height * width == 0 {
        return Err(format!("an image of {height} x {width} has no points").into());
    }
    let pixels: Vec<f32> = match CHANNELS {
        1 => grey(image),
        3 => image.into_rgb8().into_raw().into_iter().map(f32::from).collect(),
        _ => image.into_rgba8().into_raw().into_iter().map(f32::from).collect(),
    };
    let mut resized = Array3::zeros((resize.height, resize.width, CHANNELS));
    let (from, to) = (Shape::new(&[height, width, CHANNELS]), Shape::new(&[resize.height, resize.width, CHANNELS]));
    let pass = Pass { batch: 1, threads: &ALONE, seed: 0, step: 0, input_gradients: false, inference: false };
    let y = ViewMut::new(resized.as_slice_mut().expect("it is new"), 1, to);
    resize.infer(&pass, &Weights::none(), &[View::numbers(&pixels, 1, from)], &mut [y], &mut Work::default());
    Ok(resized)
}

/// The brightness of each point as television has it (Rec. 601), in the fixed point numbers of libpng, which Keras uses.
fn grey(image: DynamicImage) -> Vec<f32> {
    let brightness = |[red, green, blue]: [u32; 3]| ((9_798 * red + 19_235 * green + 3_735 * blue) >> 15) as f32;
    image.into_rgb8().pixels().map(|point| brightness(point.0.map(u32::from))).collect()
}
