//! Links, anchors, paths and commands in Markdown files that lead nowhere.

mod commands;
mod markdown;
mod tree;

use anyhow::{Result, bail};

use super::steps::Outcome;
use commands::Commands;
use markdown::{Block, Document, Located};
use tree::Tree;

/// Paths that the documentation names although they are not in the repository. An entry that ends in `/` covers all paths below
/// it.
const OUTSIDE: &[&str] = &[
    // What builds, tests and fuzzing write.
    "target/",
    "ui/dist/",
    "ui/node_modules/",
    "tests/e2e/node_modules/",
    "src-tauri/crates/signaling/fuzz/artifacts/",
    // What the app writes into its profile.
    "room.json",
    "settings.json",
    "known_servers.json",
    // GitHub's own pages.
    "../../discussions/",
    "../../issues/",
    "../../releases/",
    "../../security/",
];

/// What makes a word a file name, also without a folder before it.
const EXTENSIONS: &[&str] = &[
    "css", "desktop", "html", "js", "json", "lock", "md", "mjs", "plist", "png", "rs", "sh",
    "svelte", "svg", "toml", "ts", "webp", "yaml", "yml",
];

/// The languages of code blocks whose lines are commands or a list of files.
const CHECKED_LANGUAGES: &[&str] = &["", "bash", "console", "sh", "shell", "text"];

pub(super) fn check() -> Result<Outcome> {
    let tree = Tree::of_repository()?;
    let problems = problems(&tree)?;
    for problem in &problems {
        println!("{problem}");
    }
    match problems.len() {
        0 => Ok(Outcome::Passed),
        count => bail!("{count} dead links, paths or commands in Markdown files"),
    }
}

/// One line for each problem: `file:line: what`.
fn problems(tree: &Tree) -> Result<Vec<String>> {
    let commands = Commands::of(tree)?;
    let mut problems = Vec::new();
    for file in tree.files_with_extension("md") {
        let document = Document::parse(&tree.read(file)?);
        let mut report =
            |line: usize, what: String| problems.push(format!("{file}:{line}: {what}"));
        for Located { line, text } in &document.links {
            if let Some(problem) = link_problem(tree, file, &document, text)? {
                report(*line, problem);
            }
        }
        for Located { line, text } in &document.code_spans {
            for path in paths_in(text).filter(|path| looks_like_path(tree, path)) {
                if !path_exists(tree, file, path) {
                    report(*line, format!("no such path: {path}"));
                }
            }
            commands
                .problems(text)
                .for_each(|problem| report(*line, problem));
        }
        for Block { language, lines } in &document.code_blocks {
            if !CHECKED_LANGUAGES.contains(&language.as_str()) {
                continue;
            }
            for Located { line, text } in lines {
                for path in paths_in(text).filter(|path| starts_at_root(tree, path)) {
                    if !path_exists(tree, file, path) {
                        report(*line, format!("no such path: {path}"));
                    }
                }
                commands
                    .problems(text)
                    .for_each(|problem| report(*line, problem));
            }
        }
    }
    Ok(problems)
}

fn link_problem(
    tree: &Tree,
    file: &str,
    document: &Document,
    target: &str,
) -> Result<Option<String>> {
    if target.contains(':') || target.starts_with("//") {
        // A URL.
        return Ok(None);
    }
    let (path, anchor) = target
        .split_once('#')
        .map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let linked = match path.strip_prefix('/') {
        _ if path.is_empty() => file.to_owned(),
        Some(path) => path.to_owned(),
        None if is_outside(path) => return Ok(None),
        None => match tree::join(tree::parent(file), path) {
            Some(path) => path,
            None => return Ok(Some(format!("link out of the repository: {path}"))),
        },
    };
    if !tree.contains(&linked) {
        return Ok(Some(format!("no such file: {linked}")));
    }
    let Some(anchor) = anchor else {
        return Ok(None);
    };
    let exists = if linked == file {
        document.anchors.contains(anchor)
    } else if linked.ends_with(".md") {
        Document::parse(&tree.read(&linked)?)
            .anchors
            .contains(anchor)
    } else {
        last_line(anchor).is_some_and(|last| {
            tree.read(&linked)
                .is_ok_and(|text| last <= text.lines().count())
        })
    };
    Ok((!exists).then(|| format!("no such anchor: {linked}#{anchor}")))
}

/// The last line that an anchor of GitHub names in a source file: `L12` or `L12-L20`.
fn last_line(anchor: &str) -> Option<usize> {
    anchor
        .split('-')
        .next_back()?
        .strip_prefix('L')?
        .parse()
        .ok()
}

/// The words of a text, without punctuation and line numbers after them.
fn paths_in(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace().map(|word| {
        let word = word
            .trim_matches(['"', '\'', '(', ')', ',', ';', ':'])
            .trim_end_matches('.');
        match word.rsplit_once(':') {
            Some((path, line)) if line.bytes().all(|byte| byte.is_ascii_digit()) => path,
            _ => word,
        }
    })
}

fn looks_like_path(tree: &Tree, word: &str) -> bool {
    if !has_path_characters(word) {
        return false;
    }
    let has_extension = word
        .rsplit_once('.')
        .is_some_and(|(name, extension)| !name.is_empty() && EXTENSIONS.contains(&extension));
    // Others, such as `application/json`, are not about files.
    let starts_with_folder = || {
        word.trim_start_matches("../")
            .split_once('/')
            .is_some_and(|(first, rest)| rest.is_empty() || tree.has_folder_named(first))
    };
    has_extension || starts_with_folder()
}

fn starts_at_root(tree: &Tree, word: &str) -> bool {
    has_path_characters(word)
        && word
            .split_once('/')
            .is_some_and(|(first, _)| tree.contains(first))
}

fn has_path_characters(word: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "._-/*{},@+".contains(c);
    word.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.' || c == '*')
        && word.chars().all(is_allowed)
        && !word.contains("//")
}

/// A path is relative to the root or to the file that names it; a name alone may be anywhere.
fn path_exists(tree: &Tree, file: &str, path: &str) -> bool {
    expand_braces(path).iter().all(|path| {
        let name = path.trim_end_matches('/');
        let in_folder = tree::join(tree::parent(file), name);
        is_outside(path)
            || tree.matches(name)
            || in_folder.is_some_and(|path| tree.matches(&path))
            || (!name.contains('/') && tree.has_name(name))
            // Relative to the folder of a command.
            || name.strip_prefix("../").is_some_and(|rest| tree.has_end(rest))
    })
}

fn is_outside(path: &str) -> bool {
    OUTSIDE
        .iter()
        .any(|outside| match outside.strip_suffix('/') {
            Some(folder) => path
                .strip_prefix(folder)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            None => path == *outside,
        })
}

/// `a/{b,c}.rs` names `a/b.rs` and `a/c.rs`.
fn expand_braces(path: &str) -> Vec<String> {
    let parts = path.split_once('{').and_then(|(before, rest)| {
        rest.split_once('}')
            .map(|(names, after)| (before, names, after))
    });
    match parts {
        Some((before, names, after)) => names
            .split(',')
            .flat_map(|name| expand_braces(&format!("{before}{name}{after}")))
            .collect(),
        None => vec![path.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// The problems of a repository with these files.
    fn problems_of(name: &str, files: &[(&str, &str)]) -> Result<Vec<String>> {
        let root = std::env::temp_dir().join(format!("parlour-docs-{name}-{}", std::process::id()));
        for (file, text) in files {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap_or(&root))?;
            fs::write(path, text)?;
        }
        let names = files.iter().map(|(file, _)| (*file).to_owned());
        let problems = problems(&Tree::new(root.clone(), names));
        fs::remove_dir_all(&root)?;
        problems
    }

    #[test]
    fn finds_dead_links_and_anchors() -> Result<()> {
        let readme = "# One\n\n[a](docs/a.md) [b](docs/b.md) [One](#one) [Two](#two)\n\
            [A](docs/a.md#the-a--b) [no](docs/a.md#no) [line](main.rs#L2) [line](main.rs#L3)\n\
            [web](https://example.org/x.md) [issues](../../issues) [out](../x.md)\n\n[ref]: docs/c.md\n";
        let files = [
            ("README.md", readme),
            (
                "docs/a.md",
                "## The *a* · `b`\n\n[up](../README.md#one) [root](/main.rs)\n",
            ),
            ("main.rs", "1\n2\n"),
        ];
        let expected = [
            "README.md:3: no such file: docs/b.md",
            "README.md:3: no such anchor: README.md#two",
            "README.md:4: no such anchor: docs/a.md#no",
            "README.md:4: no such anchor: main.rs#L3",
            "README.md:5: link out of the repository: ../x.md",
            "README.md:7: no such file: docs/c.md",
        ];
        assert_eq!(problems_of("links", &files)?, expected);
        Ok(())
    }

    #[test]
    fn finds_paths_that_do_not_exist() -> Result<()> {
        let guide = "`src/main.rs:3` `src/gone.rs`, `main.rs` `gone.rs` `src/` `lib/`\n\
            `src/{main,lib}.rs` `src/*.rs` `src/*.ts` `target/debug/x` `application/json` `/etc/x`\n\
            `docs/guide.md` `guide.md` `cat src/no.rs` `../src/main.rs` `../no/main.rs`\n\n\
            ```text\nsrc/main.rs  src/no.rs  other/thing\n```\n\n```json\n{\"a\": \"src/no.rs\"}\n```\n";
        let files = [("docs/guide.md", guide), ("src/main.rs", "")];
        let expected = [
            "docs/guide.md:1: no such path: src/gone.rs",
            "docs/guide.md:1: no such path: gone.rs",
            "docs/guide.md:1: no such path: lib/",
            "docs/guide.md:2: no such path: src/{main,lib}.rs",
            "docs/guide.md:2: no such path: src/*.ts",
            "docs/guide.md:3: no such path: src/no.rs",
            "docs/guide.md:3: no such path: ../no/main.rs",
            "docs/guide.md:6: no such path: src/no.rs",
        ];
        assert_eq!(problems_of("paths", &files)?, expected);
        Ok(())
    }

    #[test]
    fn finds_unknown_commands() -> Result<()> {
        let readme = "`cargo xtask test --only docs` `cargo xtask test --only nothing` `cargo xtask tset`\n\
            `cargo xtask test --lsit` `cargo xtask run -- --help` `cargo xtask …` `npm run dev` `npm test`\n\
            `cargo run -p one -- -p x` `cargo run --package two`\n\n\
            ```sh\ncargo xtask fuzz [--seconds 60]  # cargo xtask is short\nnpm run --silent nothing\n```\n";
        let files = [
            ("README.md", readme),
            (
                "ui/package.json",
                "{\"scripts\": {\"dev\": \"vite\", \"test\": \"vitest\"}}",
            ),
            ("Cargo.toml", "[package]\nname = \"one\"\n"),
        ];
        let expected = [
            "README.md:1: no such step: cargo xtask test --only nothing",
            "README.md:1: no such command: cargo xtask tset",
            "README.md:2: no such option: cargo xtask test --lsit",
            "README.md:3: no such package: two",
            "README.md:7: no such script: npm run nothing",
        ];
        assert_eq!(problems_of("commands", &files)?, expected);
        Ok(())
    }
}
