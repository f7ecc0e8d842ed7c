//! Folders of images, one folder a class.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use formwork_shape::Shape;
use formwork_shape::layers::Resizing;
use ndarray::Array3;

use super::dataset::Dataset;
use super::prepare::stratified_split;
use crate::kernel::{Kernel, Pass, Work};
use crate::weights::Weights;
use crate::{Error, Result, Threads, View, ViewMut};

/// The images in a folder, of which each folder is a class: `cats/1.jpg`, `cats/2.jpg`, `dogs/1.png`.
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
    crop: bool,
}

/// An image and its class.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// From 0 to 255, of shape (height, width, channels).
    pub pixels: Array3<f32>,
    /// The place of its folder among the classes.
    pub class: u32,
}

impl ImageFolder {
    /// Lists the images (`.png`, `.jpg`, `.jpeg`) of all classes and of the folders in them, by name. Other files are left
    /// out, and so is what is hidden.
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
                return Err(Error::file(folder, "holds no .png or .jpg files, but each folder is a class: remove it"));
            }
            classes.push(folder.file_name().unwrap_or_default().to_string_lossy().into_owned());
        }
        if classes.is_empty() {
            return Err(Error::file(path, "holds no folders: each class needs one with its .png and .jpg files"));
        }
        Ok(ImageFolder { classes, files, order: None, crop: false })
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
            ImageFolder { classes: self.classes.clone(), files, ..self }
        };
        Ok((part(left), part(right)))
    }

    /// Another order in each epoch, before any image is read, so that only paths are kept in memory. Without it, the
    /// images of a class follow each other.
    pub fn shuffle(self, seed: u64) -> ImageFolder {
        ImageFolder { order: Some(seed), ..self }
    }

    /// Whether images of another ratio of height and width lose their edges, instead of being stretched; false by default.
    pub fn crop_to_aspect_ratio(self, crop: bool) -> ImageFolder {
        ImageFolder { crop, ..self }
    }

    /// The images with 1 channel (grey), 3 (red, green, blue) or 4 (and opacity), decoded on several threads.
    ///
    /// They are brought to this size by linear interpolation, as Keras' `image_dataset_from_directory` and the layer
    /// `Resizing` do. An image that cannot be decoded ends the training with an error that names its file.
    pub fn images<const CHANNELS: usize>(&self, height: usize, width: usize) -> Dataset<'static, Image> {
        const { assert!(matches!(CHANNELS, 1 | 3 | 4), "images have 1, 3 or 4 channels") };
        let resize = Resizing { height, width, crop_to_aspect_ratio: self.crop, ..Resizing::TEMPLATE };
        let files = Dataset::from_iter(self.files.clone());
        let files = match self.order {
            Some(seed) => files.shuffle(self.len(), seed),
            None => files,
        };
        files.try_map(move |(path, class)| {
            let pixels = load::<CHANNELS>(&path, &resize).map_err(|problem| Error::file(&path, problem))?;
            Ok::<_, Error>(Image { pixels, class })
        })
    }
}

/// What is in a folder and not hidden, by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let problem = |error| Error::file(folder, error);
    let entries = fs::read_dir(folder).map_err(problem)?.collect::<std::io::Result<Vec<_>>>().map_err(problem)?;
    let shown = entries.iter().filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
    let mut paths: Vec<PathBuf> = shown.map(fs::DirEntry::path).collect();
    paths.sort_unstable();
    Ok(paths)
}

/// The images in a folder and in those below it; links to folders, which may lead in a circle, are not followed.
fn list(folder: &Path, class: u32, files: &mut Vec<(PathBuf, u32)>) -> Result<()> {
    for entry in entries(folder)? {
        if entry.is_dir() {
            if !entry.is_symlink() {
                list(&entry, class, files)?;
            }
        } else if is_image(&entry) {
            files.push((entry, class));
        }
    }
    Ok(())
}

fn is_image(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    extension.is_some_and(|extension| matches!(&*extension, "png" | "jpg" | "jpeg"))
}

/// Images are resized one by one: other threads are at other images.
static ALONE: LazyLock<Threads> = LazyLock::new(|| Threads::new(1));

fn load<const CHANNELS: usize>(path: &Path, resize: &Resizing) -> Result<Array3<f32>, Box<dyn std::error::Error>> {
    let image = image::ImageReader::open(path)?.with_guessed_format()?.decode()?;
    let (height, width) = (image.height() as usize, image.width() as usize);
    if height * width == 0 || resize.height * resize.width == 0 {
        let (to_height, to_width) = (resize.height, resize.width);
        return Err(format!("an image of {height} x {width} cannot become one of {to_height} x {to_width}").into());
    }
    let bytes = match CHANNELS {
        1 => image.into_luma8().into_raw(),
        3 => image.into_rgb8().into_raw(),
        _ => image.into_rgba8().into_raw(),
    };
    let pixels: Vec<f32> = bytes.into_iter().map(f32::from).collect();
    let mut resized = Array3::zeros((resize.height, resize.width, CHANNELS));
    let (from, to) = (Shape::new(&[height, width, CHANNELS]), Shape::new(&[resize.height, resize.width, CHANNELS]));
    let pass = Pass { batch: 1, threads: &ALONE, seed: 0, step: 0, input_gradients: false, inference: false };
    let y = ViewMut::new(resized.as_slice_mut().expect("it is new"), 1, to);
    resize.infer(&pass, &Weights::none(), &[View::numbers(&pixels, 1, from)], &mut [y], &mut Work::default());
    Ok(resized)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use image::{GrayImage, Luma, Rgb, RgbImage};

    use super::*;

    /// `dark` with the shades 10, 11, .. and `light` with 200, 201, .., of 5 x 4 points.
    fn shades() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (class, shade) in [("dark", 10u8), ("light", 200)] {
            fs::create_dir_all(root.path().join(class).join("more")).unwrap();
            for k in 0..4 {
                let name = if k == 3 { "more/3.png".to_string() } else { format!("{k}.PNG") };
                let image = GrayImage::from_pixel(5, 4, Luma([shade + k]));
                image.save_with_format(root.path().join(class).join(name), image::ImageFormat::Png).unwrap();
            }
            fs::write(root.path().join(class).join("notes.txt"), "no image").unwrap();
        }
        fs::create_dir(root.path().join(".cache")).unwrap();
        root
    }

    fn read(data: Dataset<'_, Image>, pass: u64) -> Vec<(u8, u32)> {
        let all = data.samples(pass).map(|image| {
            let image = image?;
            Ok((image.pixels[[0, 0, 0]] as u8, image.class))
        });
        all.collect::<Result<_>>().unwrap()
    }

    #[test]
    fn a_folder_a_class() {
        let root = shades();
        let folder = ImageFolder::open(root.path()).unwrap();
        assert_eq!((folder.classes(), folder.len()), (&["dark".to_string(), "light".to_string()][..], 8));
        let data = folder.images::<3>(8, 6);
        assert_eq!(data.cardinality(), Some(8));
        let expected: Vec<(u8, u32)> = (0..4).map(|k| (10 + k, 0)).chain((0..4).map(|k| (200 + k, 1))).collect();
        assert_eq!(read(data, 0), expected);

        let shuffled = folder.clone().shuffle(1);
        let passes = [0, 0, 1].map(|pass| read(shuffled.images::<1>(2, 2), pass));
        assert_eq!(passes[0], passes[1]);
        assert_ne!(passes[0], passes[2]);
        assert_eq!(passes[0].iter().copied().collect::<BTreeSet<_>>(), expected.iter().copied().collect());

        let (train, valid) = folder.split(0.25, 3).unwrap();
        assert_eq!((train.len(), valid.len()), (6, 2));
        assert_eq!(valid.files().iter().map(|(_, class)| *class).collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn pixels_are_resized_as_the_layer_does() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("only")).unwrap();
        let image = RgbImage::from_fn(4, 2, |x, y| Rgb([(40 * x) as u8, (100 * y) as u8, 7]));
        image.save(root.path().join("only/a.png")).unwrap();
        let folder = ImageFolder::open(root.path()).unwrap();
        let pixels = |folder: &ImageFolder, height, width| {
            folder.images::<3>(height, width).samples(0).next().unwrap().unwrap().pixels
        };
        assert_eq!(
            pixels(&folder, 2, 4).index_axis(ndarray::Axis(2), 0),
            ndarray::aview2(&[[0.0, 40.0, 80.0, 120.0]; 2])
        );
        // Half a place between two columns, as Keras does without antialiasing.
        let half = pixels(&folder, 2, 2);
        assert_eq!(half.index_axis(ndarray::Axis(2), 0), ndarray::aview2(&[[20.0, 100.0]; 2]));
        assert_eq!(half.index_axis(ndarray::Axis(2), 1), ndarray::aview2(&[[0.0, 0.0], [100.0, 100.0]]));
        let cropped = pixels(&folder.crop_to_aspect_ratio(true), 2, 2);
        assert_eq!(cropped.index_axis(ndarray::Axis(2), 0), ndarray::aview2(&[[40.0, 80.0]; 2]));
    }

    #[test]
    fn a_jpeg_is_an_image_whatever_its_name() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("only")).unwrap();
        let image = RgbImage::from_pixel(16, 16, Rgb([200, 100, 50]));
        image.save_with_format(root.path().join("only/a.png"), image::ImageFormat::Jpeg).unwrap();
        let image = ImageFolder::open(root.path()).unwrap().images::<3>(4, 4).samples(0).next().unwrap().unwrap();
        let near = image.pixels[[0, 0, 0]] - 200.0;
        assert!(near.abs() < 4.0, "{near}");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let root = shades();
        fs::write(root.path().join("dark/1.PNG"), "damaged").unwrap();
        let folder = ImageFolder::open(root.path()).unwrap();
        let error = folder.images::<1>(8, 6).samples(0).find_map(Result::err).unwrap().to_string();
        assert!(error.contains("1.PNG"), "{error}");
        let error = folder.images::<1>(0, 6).samples(0).find_map(Result::err).unwrap().to_string();
        assert!(error.contains("0.PNG: an image of 4 x 5 cannot become one of 0 x 6"), "{error}");
        fs::create_dir(root.path().join("empty")).unwrap();
        let error = ImageFolder::open(root.path()).unwrap_err().to_string();
        assert!(error.contains("empty: holds no .png or .jpg files"), "{error}");
        let error = ImageFolder::open(root.path().join("empty")).unwrap_err().to_string();
        assert!(error.contains("holds no folders"), "{error}");
        assert!(ImageFolder::open(root.path().join("gone")).unwrap_err().to_string().contains("gone"));
    }
}
