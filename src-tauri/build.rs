//! Compiles the app's configuration, capabilities and icons into the binary.

fn main() {
    println!("cargo:rerun-if-changed=src-tauri/capabilities");
    // Without this line a changed UI would be compiled in only when a Rust file changes too.
    println!("cargo:rerun-if-changed=ui/dist");
    let attributes =
        tauri_build::Attributes::new().capabilities_path_pattern("src-tauri/capabilities/*.json");
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error={error:#}");
    }
}
