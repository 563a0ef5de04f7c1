//! Where things are.

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

/// A folder for what the commands write.
pub(crate) fn target(name: &str) -> PathBuf {
    root().join("target").join(name)
}

/// The app: cargo puts it beside this program, in whichever target folder it was told to use.
pub(crate) fn app() -> Result<PathBuf> {
    let here = env::current_exe().context("cannot tell where this program is")?;
    Ok(here.with_file_name(format!("parlour{}", env::consts::EXE_SUFFIX)))
}
