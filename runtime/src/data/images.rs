//! Folders of images, one folder a class.

mod decode;
mod files;

use std::path::{Path, PathBuf};

use formwork_shape::Interpolation;
use formwork_shape::layers::Resizing;
use ndarray::{Array1, Array3};

use self::decode::{check, load};
use self::files::{entries, list};
use super::dataset::Dataset;
use super::prepare::stratified_split;
use crate::{Error, Result};

/// The images in a folder, of which each folder is a class: `cats/1.jpg`, `cats/2.jpg`, `dogs/1.png`. The settings are those of
/// Keras' `image_dataset_from_directory`, with its defaults:
///
/// | Keras | here |
/// |---|---|
/// | `class_names` | [`class_names`](ImageFolder::class_names) |
/// | `color_mode`, `image_size` | [`images::<CHANNELS>(height, width)`](ImageFolder::images) |
/// | `label_mode` | what is made of [`Image::class`]: the id, `f32` of it for a `BinaryCrossentropy`, or [`Image::one_hot`] |
/// | `validation_split`, `shuffle`, `seed` | [`split`](ImageFolder::split), [`shuffle`](ImageFolder::shuffle) |
/// | `interpolation` | [`interpolation`](ImageFolder::interpolation) |
/// | `crop_to_aspect_ratio`, `pad_to_aspect_ratio` | the same |
/// | `batch_size` | [`Dataset::batch`] |
///
/// ```no_run
/// # use formwork::prelude::*;
/// use formwork::data::{Image, ImageFolder};
///
/// model!(fn Pets(image: Input<64, 64, 3>) -> Output<2> {
///     Sequential([Rescaling(1.0 / 255.0), Conv2D(8, 3), Flatten(), Dense(2, activation = softmax)])(image)
/// });
/// let sample = |image: Image| (PetsSample { image: image.pixels }, PetsTarget { output: image.class });
///
/// let (train, valid) = ImageFolder::open("pets")?.split(0.2, 7)?;
/// println!("{:?}: {} images", train.classes(), train.len());
/// let train = train.shuffle(7).images::<3>(64, 64).map(sample).batch(32).prefetch(2);
/// let valid = valid.images::<3>(64, 64).map(sample).batch(32).prefetch(2);
/// # Ok::<(), formwork::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ImageFolder {
    classes: Vec<String>,
    files: Vec<(PathBuf, u32)>,
    order: Option<u64>,
    resize: Resizing,
}

/// An image and its class.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// From 0 to 255, of shape (height, width, channels).
    pub pixels: Array3<f32>,
    /// The place of its folder among the classes.
    pub class: u32,
}

impl Image {
    /// Its class as a row for a `CategoricalCrossentropy`: 1 at the place of the class, and 0 elsewhere.
    pub fn one_hot(&self, classes: usize) -> Array1<f32> {
        Array1::from_shape_fn(classes, |place| f32::from(u8::from(place == self.class as usize)))
    }
}

impl ImageFolder {
    /// Lists the images (`.png`, `.jpg`, `.jpeg`, `.bmp`, `.gif`) of all classes and of the folders in them, by name. Other files
    /// are left out, and so is what is hidden. Of a moving GIF the first picture counts.
    ///
    /// # Errors
    /// If a folder cannot be read, or a class has no images.
    pub fn open(path: impl AsRef<Path>) -> Result<ImageFolder> {
        let path = path.as_ref();
        let (mut classes, mut files) = (Vec::new(), Vec::new());
        for folder in entries(path)?.into_iter().filter(|entry| entry.is_dir()) {
            let (class, before) = (classes.len() as u32, files.len());
            list(&folder, class, &mut files)?;
            if files.len() == before {
                return Err(Error::file(
                    folder,
                    "holds no .png, .jpg, .bmp or .gif files, but each folder is a class: remove it",
                ));
            }
            classes.push(folder.file_name().unwrap_or_default().to_string_lossy().into_owned());
        }
        if classes.is_empty() {
            return Err(Error::file(path, "holds no folders: each class needs one with its image files"));
        }
        Ok(ImageFolder { classes, files, order: None, resize: Resizing::TEMPLATE })
    }

    /// Gives the classes their ids in this order, instead of the alphabetical one.
    ///
    /// # Errors
    /// If these are not the names of all folders.
    pub fn class_names<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Result<ImageFolder> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        let mut folders = self.classes.clone();
        folders.sort_unstable();
        if sorted != folders {
            let (given, folders) = (names.join(", "), folders.join(", "));
            return Err(Error::data(format!(
                "class_names are {given}, but the folders are {folders}: name each folder once"
            )));
        }
        let id = |class: u32| names.iter().position(|name| *name == self.classes[class as usize]).unwrap_or(0) as u32;
        let mut files: Vec<_> = self.files.into_iter().map(|(path, class)| (path, id(class))).collect();
        files.sort_by_key(|(_, class)| *class);
        Ok(ImageFolder { classes: names, files, ..self })
    }

    /// The names of the classes, by their ids: those of the folders in alphabetical order.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The path of each image and its class.
    pub fn files(&self) -> &[(PathBuf, u32)] {
        &self.files
    }

    /// The number of images.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Never: a folder without images is refused.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The images without a share of each class, and this share, drawn by `seed`.
    ///
    /// # Errors
    /// If nothing would be left on one side, or a class has a single image.
    pub fn split(self, share: f64, seed: u64) -> Result<(ImageFolder, ImageFolder)> {
        let classes: Vec<u32> = self.files.iter().map(|(_, class)| *class).collect();
        let (left, right) = stratified_split(&classes, share, seed)?;
        let part = |mut rows: Vec<usize>| {
            rows.sort_unstable();
            let files = rows.into_iter().map(|row| self.files[row].clone()).collect();
            ImageFolder { classes: self.classes.clone(), files, order: self.order, resize: self.resize }
        };
        Ok((part(left), part(right)))
    }

    /// Another order in each epoch, before any image is read, so that only paths are kept in memory. Without it, the
    /// images of a class follow each other.
    pub fn shuffle(self, seed: u64) -> ImageFolder {
        ImageFolder { order: Some(seed), ..self }
    }

    /// How the points around a place are weighted; linearly by default.
    pub fn interpolation(self, interpolation: Interpolation) -> ImageFolder {
        ImageFolder { resize: Resizing { interpolation, ..self.resize }, ..self }
    }

    /// Whether images of another ratio of height and width lose their edges, instead of being stretched; false by default.
    pub fn crop_to_aspect_ratio(self, crop: bool) -> ImageFolder {
        ImageFolder { resize: Resizing { crop_to_aspect_ratio: crop, ..self.resize }, ..self }
    }

    /// Whether images of another ratio of height and width get edges of 0, instead of being stretched; false by default.
    pub fn pad_to_aspect_ratio(self, pad: bool) -> ImageFolder {
        ImageFolder { resize: Resizing { pad_to_aspect_ratio: pad, ..self.resize }, ..self }
    }

    /// The images with 1 channel (grey), 3 (red, green, blue) or 4 (and opacity), decoded on several threads and brought to this
    /// size as the layer `Resizing` does.
    ///
    /// An image that cannot be decoded ends the training with an error that names its file.
    pub fn images<const CHANNELS: usize>(&self, height: usize, width: usize) -> Dataset<'static, Image> {
        const { assert!(matches!(CHANNELS, 1 | 3 | 4), "images have 1, 3 or 4 channels") };
        let resize = Resizing { height, width, ..self.resize };
        let files = Dataset::from_iter(self.files.clone());
        let files = match self.order {
            Some(seed) => files.shuffle(self.len(), seed),
            None => files,
        };
        files.try_map(move |(path, class)| {
            check(&resize)?;
            let pixels = load::<CHANNELS>(&path, &resize).map_err(|problem| Error::file(&path, problem))?;
            Ok::<_, Error>(Image { pixels, class })
        })
    }
}

#[cfg(test)]
mod tests;
