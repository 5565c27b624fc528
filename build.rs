//! Tells the program what it is built for, as releases name it.

fn main() {
    let target = std::env::var("TARGET").unwrap_or_default();
    println!("cargo::rustc-env=TARGET_TRIPLE={target}");
    println!("cargo::rerun-if-changed=build.rs");
}
