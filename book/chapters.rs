//! The chapters of the book, so that `cargo test` compiles and runs every block of Rust in them.

#[doc = include_str!("src/first_model.md")]
pub mod first_model {}
#[doc = include_str!("src/shapes.md")]
pub mod shapes {}
#[doc = include_str!("src/errors.md")]
pub mod errors {}
#[doc = include_str!("src/language.md")]
pub mod language {}
#[doc = include_str!("src/data.md")]
pub mod data {}
#[doc = include_str!("src/training.md")]
pub mod training {}
#[doc = include_str!("src/weights.md")]
pub mod weights {}
#[doc = include_str!("src/loops.md")]
pub mod loops {}
#[doc = include_str!("src/speed.md")]
pub mod speed {}
#[doc = include_str!("src/from_keras.md")]
pub mod from_keras {}
#[doc = include_str!("src/own_losses.md")]
pub mod own_losses {}
#[doc = include_str!("src/own_layers.md")]
pub mod own_layers {}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// What `{{#include ..}}` names must be there, or mdBook prints nothing in its place.
    #[test]
    fn every_included_file_exists() {
        let chapters = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut included = 0;
        for chapter in fs::read_dir(&chapters).unwrap() {
            let text = fs::read_to_string(chapter.unwrap().path()).unwrap();
            for rest in text.split("{{#include ").skip(1) {
                let path = rest.split(['}', ':']).next().unwrap();
                assert!(chapters.join(path).is_file(), "there is no {path}");
                included += 1;
            }
        }
        assert!(included > 0);
    }

    /// A chapter that the table of contents leaves out is read by nobody.
    #[test]
    fn every_chapter_is_in_the_summary() {
        let chapters = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let summary = fs::read_to_string(chapters.join("SUMMARY.md")).unwrap();
        for chapter in fs::read_dir(&chapters).unwrap() {
            let name = chapter.unwrap().file_name().into_string().unwrap();
            assert!(name == "SUMMARY.md" || summary.contains(&format!("({name})")), "{name} is not in SUMMARY.md");
        }
    }
}
