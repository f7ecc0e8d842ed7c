//! Lets the compiler see what editors see.

fn main() {
    println!("cargo:rustc-cfg=rust_analyzer");
}
