//! Commands that the documentation names: `cargo xtask`, the scripts of npm, and the packages of cargo.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use clap::CommandFactory;
use serde_json::Value;

use super::tree::Tree;
use crate::Cli;
use crate::commands::test::steps::STEPS;

pub(super) struct Commands {
    xtask: clap::Command,
    /// The scripts of every `package.json`.
    scripts: BTreeSet<String>,
    /// The packages of the workspace.
    packages: BTreeSet<String>,
}

impl Commands {
    pub(super) fn of(tree: &Tree) -> Result<Self> {
        let mut scripts = BTreeSet::new();
        for file in tree
            .files_with_extension("json")
            .filter(|file| file.ends_with("package.json"))
        {
            let package: Value = serde_json::from_str(&tree.read(file)?)
                .with_context(|| format!("{file} is not JSON"))?;
            scripts.extend(
                package["scripts"]
                    .as_object()
                    .into_iter()
                    .flat_map(|scripts| scripts.keys().cloned()),
            );
        }
        let mut packages = BTreeSet::new();
        for file in tree
            .files_with_extension("toml")
            .filter(|file| file.ends_with("Cargo.toml"))
        {
            let manifest = tree.read(file)?;
            let names = manifest
                .lines()
                .filter_map(|line| line.strip_prefix("name = "));
            packages.extend(names.map(|name| name.trim_matches('"').to_owned()));
        }
        Ok(Self {
            xtask: Cli::command(),
            scripts,
            packages,
        })
    }

    /// What is unknown of the commands in a line.
    pub(super) fn problems(&self, text: &str) -> impl Iterator<Item = String> {
        let words: Vec<&str> = text
            .split_whitespace()
            // A comment.
            .take_while(|word| !word.starts_with('#'))
            .map(|word| word.trim_matches(['[', ']', '(', ')', '"', '\'', ',', ';']))
            .collect();
        let mut problems = Vec::new();
        for at in 0..words.len() {
            // Of `cargo run -- …` only the part before the program's own arguments.
            let arguments = words[at + 1..]
                .iter()
                .copied()
                .take_while(|word| !ENDS.contains(word));
            let arguments: Vec<&str> = arguments.collect();
            problems.extend(match (words[at], arguments.as_slice()) {
                ("cargo", ["xtask", rest @ ..]) => self.xtask_problem(rest),
                ("cargo", rest) => self.package_problem(rest),
                ("npm", rest) => self.script_problem(rest),
                _ => None,
            });
        }
        problems.into_iter()
    }

    fn xtask_problem(&self, words: &[&str]) -> Option<String> {
        let (name, options) = words.split_first()?;
        // A placeholder, or prose.
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
            return None;
        }
        let Some(command) = self.xtask.find_subcommand(name) else {
            return Some(format!("no such command: cargo xtask {name}"));
        };
        let known: Vec<&str> = command
            .get_arguments()
            .filter_map(|argument| argument.get_long())
            .collect();
        for (at, word) in options.iter().enumerate() {
            let Some((option, value)) = word
                .strip_prefix("--")
                .map(|option| option.split_once('=').unwrap_or((option, "")))
            else {
                continue;
            };
            if option != "help" && !known.contains(&option) {
                return Some(format!("no such option: cargo xtask {name} --{option}"));
            }
            let step = if value.is_empty() {
                options.get(at + 1).copied().unwrap_or_default()
            } else {
                value
            };
            let is_step = STEPS.iter().any(|known| known.name == step);
            if option == "only" && step.starts_with(|c: char| c.is_ascii_lowercase()) && !is_step {
                return Some(format!("no such step: cargo xtask {name} --only {step}"));
            }
        }
        None
    }

    fn package_problem(&self, words: &[&str]) -> Option<String> {
        let at = words
            .iter()
            .position(|word| ["-p", "--package"].contains(word))?;
        let package = words
            .get(at + 1)
            .filter(|name| !self.packages.contains(**name))?;
        Some(format!("no such package: {package}"))
    }

    fn script_problem(&self, words: &[&str]) -> Option<String> {
        let script = match words.iter().position(|word| *word == "run") {
            Some(at) => words[at + 1..].iter().find(|word| !word.starts_with('-'))?,
            None => words
                .first()
                .filter(|word| ["start", "test"].contains(word))?,
        };
        let is_placeholder = !script.starts_with(|c: char| c.is_ascii_lowercase());
        (!is_placeholder && !self.scripts.contains(*script))
            .then(|| format!("no such script: npm run {script}"))
    }
}

/// What ends the arguments of a command.
const ENDS: &[&str] = &["--", "&&", "||", "|", ">"];
