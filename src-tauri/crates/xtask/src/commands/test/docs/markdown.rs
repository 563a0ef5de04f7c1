//! The parts of a Markdown file that the check reads.

use std::collections::BTreeSet;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// The languages of code blocks that hold commands or a list of files.
const CHECKED_LANGUAGES: &[&str] = &["", "sh", "text"];

/// Texts stand with the number of their line.
#[derive(Default)]
pub(super) struct Document {
    /// The targets of links and images.
    pub(super) links: Vec<(usize, String)>,
    /// Inline code, and the lines of code blocks.
    pub(super) code: Vec<(usize, String)>,
    /// The anchors of headings, as GitHub makes them.
    pub(super) anchors: BTreeSet<String>,
}

impl Document {
    pub(super) fn parse(source: &str) -> Self {
        let mut document = Self::default();
        let mut heading = String::new();
        let mut is_checked_block = false;
        for (event, range) in Parser::new_ext(source, Options::ENABLE_TABLES).into_offset_iter() {
            let line = 1 + source[..range.start].matches('\n').count();
            if let Event::Text(text) | Event::Code(text) = &event {
                heading.push_str(text);
            }
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    document.links.push((line, dest_url.into_string()));
                }
                Event::Start(Tag::Heading { .. }) => heading.clear(),
                Event::End(TagEnd::Heading(_)) => document.add_anchor(&heading),
                Event::Start(Tag::CodeBlock(kind)) => {
                    is_checked_block = match kind {
                        CodeBlockKind::Indented => true,
                        CodeBlockKind::Fenced(language) => CHECKED_LANGUAGES.contains(&&*language),
                    };
                }
                Event::End(TagEnd::CodeBlock) => is_checked_block = false,
                Event::Code(code) => document.code.push((line, code.into_string())),
                Event::Text(text) if is_checked_block => document
                    .code
                    .extend((line..).zip(text.lines().map(str::to_owned))),
                _ => {}
            }
        }
        document
    }

    fn add_anchor(&mut self, heading: &str) {
        let slug: String = heading
            .to_lowercase()
            .chars()
            .map(|c| if c == ' ' { '-' } else { c })
            .filter(|c| c.is_alphanumeric() || "-_".contains(*c))
            .collect();
        let mut anchor = slug.clone();
        for nth in 1.. {
            if self.anchors.insert(anchor) {
                break;
            }
            anchor = format!("{slug}-{nth}");
        }
    }
}
