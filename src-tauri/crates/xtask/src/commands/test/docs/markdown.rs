//! What the check reads of a Markdown file: links, anchors and code.

use std::collections::BTreeSet;
use std::mem;

/// A text and the line where it begins, from 1.
pub(super) struct Located {
    pub(super) line: usize,
    pub(super) text: String,
}

/// A fenced code block.
pub(super) struct Block {
    pub(super) language: String,
    pub(super) lines: Vec<Located>,
}

#[derive(Default)]
pub(super) struct Document {
    /// The targets of links and images.
    pub(super) links: Vec<Located>,
    pub(super) code_spans: Vec<Located>,
    pub(super) code_blocks: Vec<Block>,
    /// The anchors of headings, as GitHub makes them, and of HTML elements.
    pub(super) anchors: BTreeSet<String>,
}

impl Document {
    pub(super) fn parse(text: &str) -> Self {
        let mut document = Self::default();
        let mut fence = String::new();
        // Lines of one paragraph, list item or table row: code spans and links may go over several lines.
        let mut paragraph = Located {
            line: 1,
            text: String::new(),
        };
        for (line, text) in (1..).zip(text.lines()) {
            let trimmed = text.trim_start();
            if !fence.is_empty() {
                if trimmed.starts_with(&fence) {
                    fence.clear();
                } else if let Some(block) = document.code_blocks.last_mut() {
                    block.lines.push(Located {
                        line,
                        text: text.to_owned(),
                    });
                }
                continue;
            }
            let is_fence = trimmed.starts_with("```") || trimmed.starts_with("~~~");
            if trimmed.is_empty() || is_fence || starts_block(trimmed) {
                document.read_inline(&mem::replace(
                    &mut paragraph,
                    Located {
                        line,
                        text: String::new(),
                    },
                ));
            }
            if is_fence {
                let language = trimmed.trim_start_matches(['`', '~']);
                fence = trimmed[..trimmed.len() - language.len()].to_owned();
                let language = language
                    .split_whitespace()
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                document.code_blocks.push(Block {
                    language,
                    lines: Vec::new(),
                });
                continue;
            }
            if let Some(heading) = trimmed.strip_prefix('#') {
                document.add_heading(heading.trim_start_matches('#'));
            }
            if paragraph.text.is_empty() {
                paragraph.line = line;
            }
            paragraph.text.push_str(text);
            paragraph.text.push('\n');
        }
        document.read_inline(&paragraph);
        document
    }

    fn read_inline(&mut self, paragraph: &Located) {
        let text = paragraph.text.as_str();
        let line_at = |at: usize| paragraph.line + text[..at].matches('\n').count();
        if let Some((label, target)) = text.split_once("]: ")
            && label.starts_with('[')
        {
            self.links.push(Located {
                line: paragraph.line,
                text: destination(target),
            });
        }
        let mut at = 0;
        while let Some(next) = text[at..].find(['`', ']', '\\', '=']) {
            at += next;
            let rest = &text[at..];
            if rest.starts_with('`') {
                let ticks = rest.len() - rest.trim_start_matches('`').len();
                let inner = &rest[ticks..];
                let end = closing_ticks(inner, ticks);
                if let Some(end) = end {
                    self.code_spans.push(Located {
                        line: line_at(at),
                        text: inner[..end].replace('\n', " "),
                    });
                }
                at += ticks + end.map_or(0, |end| end + ticks);
            } else if let Some(target) = rest.strip_prefix("](") {
                self.links.push(Located {
                    line: line_at(at),
                    text: destination(target),
                });
                at += 2;
            } else if let Some((value, _)) = rest
                .strip_prefix("=\"")
                .and_then(|value| value.split_once('"'))
            {
                match text[..at].rsplit(char::is_whitespace).next() {
                    Some("href" | "src") => self.links.push(Located {
                        line: line_at(at),
                        text: value.to_owned(),
                    }),
                    Some("id" | "name") => drop(self.anchors.insert(value.to_owned())),
                    _ => {}
                }
                at += 2;
            } else {
                // After a backslash comes an escaped character.
                at += 1 + usize::from(rest.starts_with('\\'))
                    * rest.chars().nth(1).map_or(0, char::len_utf8);
            }
        }
    }

    fn add_heading(&mut self, heading: &str) {
        let mut slug = String::new();
        let mut in_target = false;
        for c in heading.trim().to_lowercase().chars() {
            in_target = (in_target && c != ')') || (c == '(' && slug.ends_with(']'));
            match c {
                ' ' => slug.push('-'),
                _ if in_target => {}
                // Kept until the end, to see where the target of a link begins.
                ']' => slug.push(']'),
                '-' | '_' => slug.push(c),
                _ if c.is_alphanumeric() => slug.push(c),
                _ => {}
            }
        }
        let slug = slug.replace(']', "");
        let mut anchor = slug.clone();
        for nth in 1.. {
            if self.anchors.insert(anchor) {
                break;
            }
            anchor = format!("{slug}-{nth}");
        }
    }
}

/// Whether a paragraph ends before this line.
fn starts_block(line: &str) -> bool {
    let is_numbered = line
        .split_once(". ")
        .is_some_and(|(number, _)| number.parse::<u32>().is_ok());
    is_numbered
        || ["#", "- ", "* ", "+ ", "|", ">", "["]
            .iter()
            .any(|start| line.starts_with(start))
}

/// The target of a link: what stands before its title and the closing parenthesis.
fn destination(text: &str) -> String {
    let text = text.trim_start().trim_start_matches('<');
    let end = text.find([')', '>', ' ', '\n']).unwrap_or(text.len());
    text[..end].replace("%20", " ")
}

/// Where a run of exactly so many backticks begins.
fn closing_ticks(text: &str, ticks: usize) -> Option<usize> {
    let mut at = 0;
    while let Some(next) = text[at..].find('`') {
        at += next;
        let run = text[at..].len() - text[at..].trim_start_matches('`').len();
        if run == ticks {
            return Some(at);
        }
        at += run;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::Document;

    #[test]
    fn reads_links_and_code_over_several_lines() {
        let document = Document::parse(
            "a `b\nc` [d\ne](f.md \"title\") ``g ` h`` \\`no` code`\n- [i]: j\n<a href=\"k\" id=\"l\">\n\n```sh\n`m`\n```\n",
        );
        let links: Vec<_> = document
            .links
            .iter()
            .map(|link| (link.line, link.text.as_str()))
            .collect();
        assert_eq!(links, [(3, "f.md"), (5, "k")]);
        let code: Vec<_> = document
            .code_spans
            .iter()
            .map(|code| (code.line, code.text.as_str()))
            .collect();
        assert_eq!(code, [(1, "b c"), (3, "g ` h"), (3, " code")]);
        assert!(document.anchors.contains("l"));
        let block = &document.code_blocks[0];
        assert_eq!((block.language.as_str(), block.lines[0].line), ("sh", 8));
    }

    #[test]
    fn makes_anchors_as_github_does() {
        let document = Document::parse("# A: `b` & [c](d.md)!\n## Same\n## Same\n### 一次 通话\n");
        let anchors: Vec<_> = document.anchors.iter().map(String::as_str).collect();
        assert_eq!(anchors, ["a-b--c", "same", "same-1", "一次-通话"]);
    }
}
