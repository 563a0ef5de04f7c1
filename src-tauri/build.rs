//! Compiles the app's configuration, capabilities and icons into the binary.

fn main() {
    // Without this line a changed UI would be compiled in only when a Rust file changes too.
    println!("cargo:rerun-if-changed=ui/dist");
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new()) {
        println!("cargo::error={error:#}");
    }
}
