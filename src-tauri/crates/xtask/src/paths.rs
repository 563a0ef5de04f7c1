//! Paths of the repository.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let crate_dir = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    crate_dir
        .ancestors()
        .nth(3)
        .map_or_else(|| crate_dir.clone(), Path::to_path_buf)
}

/// The UI's package.
pub(crate) fn ui() -> PathBuf {
    root().join("ui")
}

/// The end-to-end tests' package.
pub(crate) fn e2e() -> PathBuf {
    root().join("tests/e2e")
}

/// The package of the benches that drive real apps.
pub(crate) fn bench() -> PathBuf {
    root().join("tests/bench")
}

/// A folder for the output of a command.
pub(crate) fn target(name: &str) -> PathBuf {
    root().join("target").join(name)
}

/// The app's binary: cargo puts it beside this program, whatever target folder is used.
pub(crate) fn app() -> Result<PathBuf> {
    let this_program = env::current_exe().context("cannot find the path of this program")?;
    Ok(this_program.with_file_name(format!("parlour{}", env::consts::EXE_SUFFIX)))
}
