//! The style of imports. rustfmt has it as `imports_granularity = "Module"`, but only a nightly rustfmt enforces it.

use std::collections::HashSet;
use std::fs;

use anyhow::{Result, bail};

use super::steps::Outcome;
use crate::{paths, process};

/// One `use` for each module, with its items in one list of braces and no list inside another.
pub(super) fn check() -> Result<Outcome> {
    let Some(tracked) = process::output(process::program("git").args(["ls-files", "*.rs"])) else {
        return Ok(Outcome::Skipped("git does not list the files"));
    };
    let mut faults = Vec::new();
    for file in tracked.lines() {
        // A tracked file may be deleted in the work tree.
        let Ok(text) = fs::read_to_string(paths::root().join(file)) else {
            continue;
        };
        for (line, fault) in faults_of(&text) {
            faults.push(format!("\n  {file}:{line}: {fault}"));
        }
    }
    if !faults.is_empty() {
        bail!("the style of imports:{}", faults.concat());
    }
    Ok(Outcome::Passed)
}

/// The faults of a formatted file, each with the number of its line.
fn faults_of(text: &str) -> Vec<(usize, &'static str)> {
    let mut faults = Vec::new();
    let mut modules = HashSet::new();
    let mut has_attribute = false;
    let mut lines = text.lines().zip(1..);
    while let Some((line, number)) = lines.next() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with("//") {
            continue;
        }
        if line.starts_with("#[") {
            has_attribute = true;
            continue;
        }
        let Some((visibility, path)) = import(line) else {
            modules.clear();
            has_attribute = false;
            continue;
        };
        let mut path = path.to_owned();
        while !path.contains(';') {
            let Some((next, _)) = lines.next() else { break };
            path.push_str(next.trim());
        }
        // Crates by themselves have no module to share.
        let is_new =
            module(&path).is_none_or(|module| modules.insert(format!("{visibility} {module}")));
        if path.matches('{').count() > 1 {
            faults.push((
                number,
                "a list of braces inside another: one `use` a module",
            ));
        } else if !is_new && !has_attribute {
            faults.push((number, "a second `use` of this module: join them"));
        }
        has_attribute = false;
    }
    faults
}

/// The visibility and the path of a line that begins an import.
fn import(line: &str) -> Option<(&str, &str)> {
    let (visibility, path) = match line.strip_prefix("use ") {
        Some(path) => ("", path),
        None => line.split_once(" use ")?,
    };
    (visibility.is_empty() || visibility == "pub" || visibility.starts_with("pub("))
        .then_some((visibility, path))
}

/// What stands before the items.
fn module(path: &str) -> Option<&str> {
    let path = path.split_once('{').map_or(path, |(module, _)| module);
    path.rsplit_once("::").map(|(module, _)| module)
}

#[cfg(test)]
mod tests {
    use super::faults_of;

    #[test]
    fn one_flat_list_a_module_passes() {
        let text = "use std::fs;\nuse std::io::{self, Read};\n\nuse a;\nuse b;\nuse crate::a::B;\npub use crate::a::C;\n\
            #[cfg(unix)]\nuse std::io::Write;\n\nmod tests {\n    use std::fs;\n}\n";
        assert_eq!(faults_of(text), []);
    }

    #[test]
    fn a_nested_list_and_a_module_named_twice_are_faults() {
        let nested = "use std::{\n    fs,\n    io::{Read, Write},\n};\n";
        assert_eq!(faults_of(nested).len(), 1);
        let twice = "use std::io::Read;\n// Text.\nuse std::io::{self, Write};\n";
        assert_eq!(faults_of(twice)[0].0, 3);
    }
}
