//! Building the page for guests: the core, which is Rust as WebAssembly, and the page around it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

use crate::setup::requirements;
use crate::setup::toolchain::{self, Toolchain};
use crate::{paths, process, setup};

const TRIPLE: &str = "wasm32-unknown-unknown";
/// wasm-bindgen as a program. It has a workspace of its own.
const BINDGEN: &str = "src-tauri/crates/web/bindgen";
/// Where the page imports the core from.
const CORE: &str = "ui/src/backend/guest/wasm";

/// What JavaScript the bindings are for.
#[derive(Clone, Copy)]
pub(crate) enum Flavour {
    /// A page, whose bundler takes a module.
    Web,
    /// Node, for the tests of the core.
    Node,
    /// The same, of a module that has tests itself.
    Test,
}

/// Builds the page for guests, with its core.
pub(crate) fn page() -> Result<()> {
    if let Err(reason) = core()? {
        bail!("the core of the guest's page cannot be built: {reason}");
    }
    process::run(process::npm(&paths::ui()).args(["run", "--silent", "build:guest"]))
}

/// Builds the core for the page. The inner error is the reason why this machine cannot.
pub(crate) fn core() -> Result<Result<(), &'static str>> {
    let toolchain = match find_toolchain() {
        Ok(toolchain) => toolchain,
        Err(reason) => return Ok(Err(reason)),
    };
    let module = compile(toolchain)?;
    bindings(Flavour::Web, &module, &paths::root().join(CORE))?;
    Ok(Ok(()))
}

/// Compiles the core and returns the path of the module.
pub(crate) fn compile(toolchain: Toolchain) -> Result<PathBuf> {
    process::run(cargo(toolchain, "build").args(["--package", "parlour-web", "--lib"]))?;
    let folder = paths::target("web").join(TRIPLE);
    Ok(folder.join("guest/parlour_web.wasm"))
}

/// A compiler for WebAssembly. The error is the reason why there is none.
pub(crate) fn find_toolchain() -> Result<Toolchain, &'static str> {
    let toolchain = toolchain::find(TRIPLE)?;
    if matches!(toolchain, Toolchain::Debian) && !setup::try_install(requirements::WASM_LINKER) {
        return Err("no linker: wasm-ld is not installed");
    }
    Ok(toolchain)
}

/// A command of cargo for WebAssembly. All use one folder and one profile, so that they share what is compiled.
pub(crate) fn cargo(toolchain: Toolchain, command: &str) -> Command {
    let mut cargo = toolchain.cargo(command, TRIPLE);
    cargo
        .args(["--profile", "guest", "--target-dir"])
        .arg(paths::target("web"));
    if matches!(toolchain, Toolchain::Debian) {
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld");
        if command == "test" {
            // Else cargo compiles the standard library for tests a second time, to unwind, and mixes the two.
            cargo.arg("-Zpanic-abort-tests");
        }
    }
    cargo
}

/// Writes the JavaScript for a module into a folder, unless that is done already.
pub(crate) fn bindings(flavour: Flavour, module: &Path, folder: &Path) -> Result<()> {
    let stamp = folder.join(".made");
    if modified(&stamp)
        .zip(modified(module))
        .is_some_and(|(made, compiled)| made > compiled)
    {
        return Ok(());
    }
    let flavour = match flavour {
        Flavour::Web => "web",
        Flavour::Node => "nodejs",
        Flavour::Test => "test",
    };
    process::run(
        process::program(bindgen()?)
            .arg(flavour)
            .arg(module)
            .arg(folder),
    )?;
    fs::write(&stamp, "").with_context(|| format!("cannot write {}", stamp.display()))
}

fn modified(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|file| file.modified()).ok()
}

/// Builds wasm-bindgen and returns the path of the program.
fn bindgen() -> Result<PathBuf> {
    let folder = paths::target("bindgen");
    process::run(
        process::cargo()
            .args(["build", "--quiet", "--locked", "--manifest-path"])
            .arg(paths::root().join(BINDGEN).join("Cargo.toml"))
            .arg("--target-dir")
            .arg(&folder),
    )?;
    let program = format!("parlour-bindgen{}", std::env::consts::EXE_SUFFIX);
    Ok(folder.join("debug").join(program))
}
