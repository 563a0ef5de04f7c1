//! Makes JavaScript of a compiled module: `parlour-bindgen web|nodejs|test MODULE.wasm FOLDER`.

use std::env;

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [target, module, folder] = arguments.as_slice() else {
        bail!("usage: parlour-bindgen web|nodejs|test MODULE.wasm FOLDER");
    };
    let mut bindgen = Bindgen::new();
    match target.as_str() {
        "web" => bindgen.web(true)?,
        "nodejs" => bindgen.nodejs(true)?,
        // Its `main` would run the tests by the standard library, which cannot in Node.
        "test" => bindgen.nodejs(true)?.emit_start(false).export_wasm(true),
        _ => bail!("no such target: {target}"),
    };
    bindgen
        .input_path(module)
        .typescript(false)
        // They are a third of the module. The tests print them when they fail.
        .remove_name_section(target == "web")
        .remove_producers_section(true)
        .generate(folder)
        .context("wasm-bindgen failed")
}
