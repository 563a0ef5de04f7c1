//! The step `wasm`: the tests of the client's pure parts on WebAssembly, and the core of the guest's page against a real
//! server, in Node.

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::steps::Outcome;
use crate::build::guest::{self, Flavour};
use crate::{build, paths, process};

/// Runs the tests of a module.
const RUNNER: &str = "src-tauri/crates/web/tests/run.cjs";
/// Tests the core as a page uses it.
const ROOM: &str = "src-tauri/crates/web/tests/room.test.mjs";

/// The sources that compile for a browser too, except the server and the code with sockets.
const SOURCES: &str = "src-tauri/crates/signaling/src";

pub(super) fn check() -> Result<Outcome> {
    check_clocks(&paths::root().join(SOURCES))?;
    let toolchain = match guest::find_toolchain() {
        Ok(toolchain) => toolchain,
        Err(reason) => return Ok(Outcome::Skipped(reason)),
    };
    let core = guest::compile(toolchain)?;
    let mut cargo = guest::cargo(toolchain, "test");
    cargo.args(["--package", "parlour-signaling", "--no-default-features"]);
    cargo.args(["--lib", "--test", "it", "--no-run"]);
    process::run(&mut cargo)?;
    // Again, and at once, for the names of the modules.
    let messages = process::output(cargo.arg("--message-format=json"));
    let modules = modules(&messages.context("the tests were not compiled")?);
    if modules.is_empty() {
        bail!("there is no module with tests");
    }
    for module in modules {
        let script = for_node(Flavour::Test, &module)?;
        process::run(process::program("node").arg(RUNNER).arg(script))?;
    }
    build::everything()?;
    let server = format!("parlour-server{}", env::consts::EXE_SUFFIX);
    process::run(
        process::program("node")
            // Newer versions know the name, and do not need it.
            .args(["--experimental-websocket", "--no-warnings", "--test"])
            .arg(ROOM)
            .env("CORE", for_node(Flavour::Node, &core)?)
            .env("SERVER", paths::app()?.with_file_name(server)),
    )?;
    Ok(Outcome::Passed)
}

/// The clock of the standard library compiles for a browser and panics there: `web_time` has the one to use.
fn check_clocks(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if !path.ends_with("server") {
                check_clocks(&path)?;
            }
            continue;
        }
        let text = fs::read_to_string(&path)?;
        let mut imports = text.lines().filter(|line| line.contains("std::time"));
        if imports.any(|line| line.contains("Instant") || line.contains("SystemTime")) {
            bail!("{}: take the time from web_time", path.display());
        }
    }
    Ok(())
}

/// Makes the bindings of a module for Node, and returns the script.
fn for_node(flavour: Flavour, module: &Path) -> Result<PathBuf> {
    let name = module.file_stem().context("a module without a name")?;
    let folder = paths::target("web/tests").join(name);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    guest::bindings(flavour, module, &folder)?;
    Ok(folder.join(name).with_extension("js"))
}

/// The executables that cargo names.
fn modules(messages: &str) -> Vec<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .collect()
}
