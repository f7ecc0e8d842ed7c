use std::collections::BTreeSet;
use std::fs;

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
    assert_eq!(pixels(&folder, 2, 4).index_axis(ndarray::Axis(2), 0), ndarray::aview2(&[[0.0, 40.0, 80.0, 120.0]; 2]));
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
    let rows = [[0.0, 12.0, 24.0, 36.0, 48.0], [59.0, 72.0, 85.0, 98.0, 111.0], [118.0, 132.0, 146.0, 160.0, 175.0]];
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
