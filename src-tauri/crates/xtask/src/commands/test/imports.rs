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
        let text = fs::read_to_string(paths::root().join(file)).unwrap_or_default();
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
    let mut is_in_list = false;
    for (line, number) in text.lines().map(str::trim_start).zip(1..) {
        if is_in_list || is_import(line) {
            if line.matches('{').count() > usize::from(!is_in_list) {
                faults.push((number, "nested braces: write one `use` a module"));
            }
            // Under an attribute, an item has a `use` of its own.
            let is_second =
                module(line).is_some_and(|module| !has_attribute && !modules.insert(module));
            if is_second && !is_in_list {
                faults.push((number, "a second `use` of this module: join them"));
            }
            is_in_list = !line.contains(';');
            has_attribute = false;
        } else if line.starts_with("#[") {
            has_attribute = true;
        } else if !line.is_empty() && !line.starts_with("//") {
            modules.clear();
            has_attribute = false;
        }
    }
    faults
}

/// The visibility and the module, before the items.
fn module(line: &str) -> Option<&str> {
    let before_list = line.split('{').next()?;
    Some(before_list.rsplit_once("::")?.0)
}

fn is_import(line: &str) -> bool {
    line.split_once("use ").is_some_and(|(before, _)| {
        ["", "pub "].contains(&before) || (before.starts_with("pub(") && before.ends_with(") "))
    })
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
