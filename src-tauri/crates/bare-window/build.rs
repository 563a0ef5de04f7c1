//! Compiles the page and the configuration into the binary.

fn main() {
    tauri_build::build();
}
