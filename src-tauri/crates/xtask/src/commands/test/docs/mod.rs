//! Links, anchors, paths and commands in Markdown files that lead nowhere.

mod commands;
mod markdown;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::steps::Outcome;
use crate::{paths, process};
use markdown::Document;

/// How paths begin that builds, tests or the app write: they are not in the repository.
const WRITTEN: &[&str] = &[
    "target/",
    "ui/dist",
    "room.json",
    "settings.json",
    "timeline.txt",
];

pub(super) fn check() -> Result<Outcome> {
    let mut git = process::program("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    let list = process::output(&mut git).context("git cannot list the files")?;
    let files = list.lines().filter_map(|file| {
        // A tracked file may be deleted in the work tree.
        let bytes = fs::read(paths::root().join(file)).ok()?;
        Some((
            file.to_owned(),
            String::from_utf8_lossy(&bytes).into_owned(),
        ))
    });
    let problems = problems(&Files::new(files.collect()));
    for problem in &problems {
        println!("{problem}");
    }
    match problems.len() {
        0 => Ok(Outcome::Passed),
        count => bail!("{count} dead links, paths or commands in Markdown files"),
    }
}

/// One line for each problem: `file:line: what`.
fn problems(files: &Files) -> Vec<String> {
    let documents: BTreeMap<&str, Document> = files
        .texts
        .iter()
        .filter(|(file, _)| file.ends_with(".md"))
        .map(|(file, text)| (file.as_str(), Document::parse(text)))
        .collect();
    let mut problems = Vec::new();
    for (file, document) in &documents {
        let mut report = |line: &usize, what| problems.push(format!("{file}:{line}: {what}"));
        for (line, target) in &document.links {
            if let Some(what) = link_problem(files, &documents, file, target) {
                report(line, what);
            }
        }
        for (line, code) in &document.code {
            for word in code.split_whitespace() {
                let path = word.trim_matches([',', ';', ':', '"', '\'']);
                if files.is_path(path) && !files.has_path(file, path) {
                    report(line, format!("no such path: {path}"));
                }
            }
            for what in commands::problems(files, code) {
                report(line, what);
            }
        }
    }
    problems
}

fn link_problem(
    files: &Files,
    documents: &BTreeMap<&str, Document>,
    file: &str,
    target: &str,
) -> Option<String> {
    // A URL.
    if target.contains(':') {
        return None;
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let linked = match path {
        "" => Some(file.to_owned()),
        _ => resolve(file, path).filter(|linked| files.paths.contains(linked)),
    };
    let Some(linked) = linked else {
        return Some(format!("no such file: {path}"));
    };
    let document = documents.get(linked.as_str())?;
    (!anchor.is_empty() && !document.anchors.contains(anchor))
        .then(|| format!("no such anchor: {target}"))
}

/// The path from the root that `path` is in a file, or nothing where it leads out of the repository.
fn resolve(file: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in path.trim_end_matches('/').split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()?),
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The files of the repository, tracked or new.
struct Files {
    texts: BTreeMap<String, String>,
    /// Files and folders, from the root.
    paths: BTreeSet<String>,
}

impl Files {
    fn new(texts: BTreeMap<String, String>) -> Self {
        let mut paths: BTreeSet<String> = texts.keys().cloned().collect();
        for file in texts.keys() {
            paths.extend(
                file.match_indices('/')
                    .map(|(end, _)| file[..end].to_owned()),
            );
        }
        Self { texts, paths }
    }

    /// The texts of the files with this name, in any folder.
    fn named(&self, name: &str) -> impl Iterator<Item = &str> {
        self.texts
            .iter()
            .filter(move |(file, _)| name_of(file) == name)
            .map(|(_, text)| text.as_str())
    }

    fn has_name(&self, name: &str) -> bool {
        self.paths.iter().any(|path| name_of(path) == name)
    }

    /// Whether a word in code is meant as a path: it begins with a folder, or ends as files of this repository do.
    /// `application/json` is none.
    fn is_path(&self, word: &str) -> bool {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
        if !word.chars().all(is_plain) || word.starts_with('/') {
            return false;
        }
        let is_in_folder = word
            .split_once('/')
            .is_some_and(|(folder, rest)| rest.is_empty() || self.has_name(folder));
        is_in_folder
            || Path::new(word).extension().is_some_and(|extension| {
                let mut extensions = self
                    .paths
                    .iter()
                    .filter_map(|path| Path::new(path).extension());
                extensions.any(|other| other == extension)
            })
    }

    /// A path begins at the root or beside the file that names it. A name alone may be anywhere.
    fn has_path(&self, file: &str, path: &str) -> bool {
        let is_written = WRITTEN.iter().any(|written| path.starts_with(written));
        let path = path.trim_end_matches('/');
        is_written
            || self.paths.contains(path)
            || resolve(file, path).is_some_and(|path| self.paths.contains(&path))
            || (!path.contains('/') && self.has_name(path))
            // Relative to the folder where a command runs.
            || path
                .strip_prefix("../")
                .is_some_and(|end| self.paths.iter().any(|path| path.ends_with(end)))
    }
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Files, problems};

    /// The problems of a README beside a few other files.
    fn problems_of(readme: &str) -> Vec<String> {
        let files = [
            ("README.md", readme),
            (
                "docs/a.md",
                "## The *a* · `b`\n## 一次 通话\n## Same\n## Same\n",
            ),
            ("src/main.rs", ""),
            ("ui/package.json", "{\"scripts\": {\"dev\": \"vite\"}}"),
            ("Cargo.toml", "[package]\nname = \"one\"\n"),
        ];
        let texts = files.map(|(file, text)| (file.to_owned(), text.to_owned()));
        problems(&Files::new(texts.into()))
    }

    #[test]
    fn finds_broken_links() {
        let good = "[a](docs/a.md) ![b](./docs) [c](https://example.org/x.md) `[d](no.md)`";
        assert_eq!(problems_of(good), [""; 0]);
        let bad = "# One\n\n[a\nb](docs/b.md) [c]\n\n[c]: ../x.md\n";
        let expected = [
            "README.md:3: no such file: docs/b.md",
            "README.md:4: no such file: ../x.md",
        ];
        assert_eq!(problems_of(bad), expected);
    }

    #[test]
    fn finds_broken_anchors() {
        let good = "# One\n[a](#one) [b](docs/a.md#the-a--b) [c](docs/a.md#一次-通话) [d](docs/a.md#same-1)";
        assert_eq!(problems_of(good), [""; 0]);
        let bad = "[a](#one)\n[b](docs/a.md#same-2)";
        let expected = [
            "README.md:1: no such anchor: #one",
            "README.md:2: no such anchor: docs/a.md#same-2",
        ];
        assert_eq!(problems_of(bad), expected);
    }

    #[test]
    fn finds_missing_paths() {
        let good = "`src/main.rs` `main.rs` `src/` `../src/main.rs` `target/x` `application/json` `/etc/x.rs` `a.b`\n\n```json\nsrc/no.rs\n```";
        assert_eq!(problems_of(good), [""; 0]);
        let bad = "`src/no.rs` `no.rs`\n`no/` `cat src/no`\n```text\n1\nsrc/no.rs\n```";
        let expected = [
            "README.md:1: no such path: src/no.rs",
            "README.md:1: no such path: no.rs",
            "README.md:2: no such path: no/",
            "README.md:2: no such path: src/no",
            "README.md:5: no such path: src/no.rs",
        ];
        assert_eq!(problems_of(bad), expected);
    }

    #[test]
    fn finds_unknown_commands() {
        let good = "`cargo xtask test --only docs` `cargo xtask run -- --no` `cargo xtask …` `cargo xtask test --only STEP`\n\
            ```sh\ncargo run -p one -- -p x  # cargo run -p no\nnpm ci && npm run dev\n```";
        assert_eq!(problems_of(good), [""; 0]);
        let bad = "`cargo xtask tset`\n`cargo xtask test --lsit`\n`cargo xtask test --only no`\n`cargo run\n--package two`\n\
            ```sh\nnpm ci && npm run --silent no\n```";
        let expected = [
            "README.md:1: unrecognized subcommand 'tset'",
            "README.md:2: unexpected argument '--lsit' found",
            "README.md:3: invalid value 'no' for '--only <STEP>'",
            "README.md:4: no such package: two",
            "README.md:7: no such script: npm run no",
        ];
        assert_eq!(problems_of(bad), expected);
    }
}
