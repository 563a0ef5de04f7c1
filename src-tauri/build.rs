//! Compiles the app's configuration, capabilities and icons into the binary.

fn main() {
    println!("cargo:rerun-if-changed=src-tauri/capabilities");
    // Without it the binary would keep the UI of the last time that a Rust file changed.
    println!("cargo:rerun-if-changed=ui/dist");
    let attributes =
        tauri_build::Attributes::new().capabilities_path_pattern("src-tauri/capabilities/*.json");
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error={error:#}");
    }
}
