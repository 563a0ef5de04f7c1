//! Compiles the app's configuration, capabilities and icons into the binary.

use tauri_build::{AppManifest, Attributes};

#[path = "src/command_table.rs"]
mod command_table;

use command_table::for_each_command;

macro_rules! list_commands {
    (
        controller { $(
            $(#[doc = $doc:literal])*
            $name:ident / $variant:ident($($arg:ident: $ty:ident $(<$of:ident>)?),*) -> $reply:ty;
        )* }
        direct { $(
            $(#[doc = $direct_doc:literal])*
            $direct:ident($($direct_arg:ident: $direct_ty:ident),*) -> $direct_reply:ty;
        )* }
    ) => {
        const COMMANDS: &[&str] = &[$(stringify!($name),)* $(stringify!($direct)),*];
    };
}

for_each_command!(list_commands);

fn main() {
    // Without this line a changed UI would be compiled in only when a Rust file changes too.
    println!("cargo:rerun-if-changed=ui/dist");
    // With a manifest, a window may call the commands that its capability names, and no others.
    let manifest = AppManifest::new().commands(COMMANDS);
    if let Err(error) = tauri_build::try_build(Attributes::new().app_manifest(manifest)) {
        println!("cargo::error={error:#}");
    }
}
