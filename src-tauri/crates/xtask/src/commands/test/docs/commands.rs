//! Commands that the documentation names: `cargo xtask`, the packages of cargo and the scripts of npm.

use std::iter;

use clap::CommandFactory;
use serde_json::Value;

use super::Files;
use crate::Cli;

/// The unknown parts in the commands of one line.
pub(super) fn problems(files: &Files, line: &str) -> Vec<String> {
    let line = line.split(" #").next().unwrap_or_default();
    line.split("&&")
        .filter_map(|command| {
            let words: Vec<&str> = command
                .split_whitespace()
                // Variables before the command, and what it passes on.
                .skip_while(|word| word.contains('='))
                .take_while(|word| *word != "--")
                .collect();
            match words.as_slice() {
                ["cargo", "xtask", arguments @ ..] => xtask_problem(arguments),
                ["cargo", arguments @ ..] => package_problem(files, arguments),
                ["npm", arguments @ ..] => script_problem(files, arguments),
                _ => None,
            }
        })
        .collect()
}

fn xtask_problem(arguments: &[&str]) -> Option<String> {
    // `…` and `STEP` stand for something else.
    let is_placeholder =
        |word: &&str| !word.starts_with(|c: char| c.is_ascii_lowercase() || c == '-');
    if arguments.is_empty() || arguments.iter().any(is_placeholder) {
        return None;
    }
    let error = Cli::command()
        .try_get_matches_from(iter::once(&"cargo xtask").chain(arguments))
        .err()?;
    // Help is an error too.
    let what = error.to_string().lines().next()?.replace("error: ", "");
    error.use_stderr().then_some(what)
}

fn package_problem(files: &Files, arguments: &[&str]) -> Option<String> {
    let package = after(arguments, &["-p", "--package"])?;
    let name = format!("name = \"{package}\"");
    let exists = files
        .named("Cargo.toml")
        .any(|manifest| manifest.lines().any(|line| line == name));
    (!exists).then(|| format!("no such package: {package}"))
}

fn script_problem(files: &Files, arguments: &[&str]) -> Option<String> {
    let script = after(arguments, &["run", "--silent"])?;
    let exists = files.named("package.json").any(|manifest| {
        serde_json::from_str(manifest)
            .is_ok_and(|manifest: Value| manifest["scripts"][script].is_string())
    });
    (!exists).then(|| format!("no such script: npm run {script}"))
}

/// The word after the last of `names`.
fn after<'a>(arguments: &[&'a str], names: &[&str]) -> Option<&'a str> {
    let pair = arguments
        .windows(2)
        .rfind(|pair| names.contains(&pair[0]))?;
    Some(pair[1])
}
