//! Folders of images, one folder a class.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use formwork_shape::layers::Resizing;
use formwork_shape::{Interpolation, Shape};
use image::DynamicImage;
use ndarray::{Array1, Array3};

use super::dataset::Dataset;
use super::prepare::stratified_split;
use crate::kernel::{Kernel, Pass, Work};
use crate::weights::Weights;
use crate::{Error, Result, Threads, View, ViewMut};

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

/// Can images become of this size at all?
fn check(Resizing { height, width, crop_to_aspect_ratio, pad_to_aspect_ratio, .. }: &Resizing) -> Result<()> {
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
    extension.is_some_and(|extension| matches!(&*extension, "png" | "jpg" | "jpeg" | "bmp" | "gif"))
}

/// Images are resized one by one: other threads are at other images.
static ALONE: LazyLock<Threads> = LazyLock::new(|| Threads::new(1));

fn load<const CHANNELS: usize>(path: &Path, resize: &Resizing) -> Result<Array3<f32>, Box<dyn std::error::Error>> {
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

    /// Keras 3.15, `image_dataset_from_directory` of a picture of 3 x 5 points.
    #[test]
    fn settings_are_those_of_keras() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("only")).unwrap();
        let image = RgbImage::from_fn(5, 3, |x, y| Rgb([(40 * x) as u8, (100 * y) as u8, (7 + 10 * (x * y)) as u8]));
        image.save(root.path().join("only/a.png")).unwrap();
        let folder = || ImageFolder::open(root.path()).unwrap();
        let grey = folder().images::<1>(3, 5).samples(0).next().unwrap().unwrap().pixels;
        let rows =
            [[0.0, 12.0, 24.0, 36.0, 48.0], [59.0, 72.0, 85.0, 98.0, 111.0], [118.0, 132.0, 146.0, 160.0, 175.0]];
        assert_eq!(grey.index_axis(ndarray::Axis(2), 0), ndarray::aview2(&rows));
        let opaque = folder().images::<4>(3, 5).samples(0).next().unwrap().unwrap().pixels;
        assert!(opaque.index_axis(ndarray::Axis(2), 3).iter().all(|opacity| *opacity == 255.0));

        let first = |folder: ImageFolder| {
            let pixels = folder.images::<3>(4, 4).samples(0).next().unwrap().unwrap().pixels;
            std::array::from_fn::<f32, 4, _>(|x| pixels[[0, x, 0]])
        };
        let near = |a: [f32; 4], b: [f32; 4]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-3);
        for (interpolation, whole, cropped) in [
            (Interpolation::Nearest, [0.0, 40.0, 120.0, 160.0], [40.0, 80.0, 80.0, 120.0]),
            (Interpolation::Bilinear, [5.0, 55.0, 105.0, 155.0], [40.0, 65.0, 95.0, 120.0]),
            (Interpolation::Bicubic, [2.945, 55.0, 105.0, 157.055], [37.91, 62.264, 97.736, 122.09]),
            (Interpolation::Lanczos3, [2.441, 57.448, 102.552, 157.559], [38.058, 57.815, 102.185, 121.942]),
            (Interpolation::Lanczos5, [2.442, 62.728, 97.272, 157.558], [39.302, 55.297, 104.703, 120.698]),
        ] {
            let folder = folder().interpolation(interpolation);
            let got = first(folder.clone());
            assert!(near(got, whole), "{interpolation:?}: {got:?}");
            let got = first(folder.crop_to_aspect_ratio(true));
            assert!(near(got, cropped), "{interpolation:?}, cropped: {got:?}");
        }
        // Two rows of zeros beside two of the picture.
        let padded = folder().pad_to_aspect_ratio(true).images::<3>(5, 5).samples(0).next().unwrap().unwrap().pixels;
        let empty = padded.outer_iter().map(|row| row.iter().all(|value| *value == 0.0)).collect::<Vec<_>>();
        assert_eq!(empty, [true, false, false, false, true]);
    }

    #[test]
    fn classes_in_an_order_of_ones_own() {
        let root = shades();
        let folder = ImageFolder::open(root.path()).unwrap().class_names(["light", "dark"]).unwrap();
        assert_eq!(folder.classes(), ["light", "dark"]);
        let expected: Vec<(u8, u32)> = (0..4).map(|k| (200 + k, 0)).chain((0..4).map(|k| (10 + k, 1))).collect();
        assert_eq!(read(folder.images::<3>(8, 6), 0), expected);
        let last = folder.images::<3>(8, 6).samples(0).last().unwrap().unwrap();
        assert_eq!(last.one_hot(2).to_vec(), [0.0, 1.0]);
    }

    #[test]
    fn bitmaps_and_gifs_are_images_too() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("only")).unwrap();
        let image = RgbImage::from_pixel(3, 2, Rgb([200, 100, 50]));
        image.save(root.path().join("only/a.bmp")).unwrap();
        image.save(root.path().join("only/b.gif")).unwrap();
        let images = ImageFolder::open(root.path()).unwrap().images::<3>(1, 1);
        let points = images.samples(0).map(|image| image.unwrap().pixels.into_iter().collect::<Vec<_>>());
        assert_eq!(points.collect::<Vec<_>>(), [[200.0, 100.0, 50.0]; 2]);
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
        assert!(error.contains("images cannot become 0 x 6: give at least 1 for each"), "{error}");
        let both = folder.clone().crop_to_aspect_ratio(true).pad_to_aspect_ratio(true);
        let error = both.images::<1>(8, 6).samples(0).find_map(Result::err).unwrap().to_string();
        assert!(error.contains("give crop_to_aspect_ratio or pad_to_aspect_ratio, not both"), "{error}");
        let error = folder.class_names(["dark", "bright"]).unwrap_err().to_string();
        assert!(error.contains("class_names are dark, bright, but the folders are dark, light"), "{error}");
        fs::create_dir(root.path().join("empty")).unwrap();
        let error = ImageFolder::open(root.path()).unwrap_err().to_string();
        assert!(error.contains("empty: holds no .png, .jpg, .bmp or .gif files"), "{error}");
        let error = ImageFolder::open(root.path().join("empty")).unwrap_err().to_string();
        assert!(error.contains("holds no folders"), "{error}");
        assert!(ImageFolder::open(root.path().join("gone")).unwrap_err().to_string().contains("gone"));
    }
}
