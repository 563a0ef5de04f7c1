//! Undoes what happens to a link on its way: mail programs break it over lines, editors escape it, and filters put it
//! into a link of their own.

use std::borrow::Cow;

use data_encoding::BASE64URL_NOPAD;

/// In a [`normalize`]d text: the link may go on behind it, or not.
pub(super) const BREAK: char = '\n';

/// Filters put links into links of filters. More layers than this are no accident.
const MAX_LAYERS: usize = 3;

/// The text as it is, then without each layer of rewriting.
pub(super) fn layers(text: &str) -> Vec<String> {
    let mut layers = vec![normalize(text)];
    while layers.len() <= MAX_LAYERS
        && let Some(inner) = layers.last().and_then(|text| without_layer(text))
    {
        layers.push(inner);
    }
    layers
}

/// Makes each white space, with the marks of a quoted reply and of quoted-printable text, one [`BREAK`], a blank line a
/// space, and removes invisible characters and the backslashes of Markdown.
fn normalize(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c.is_whitespace() {
            // A soft line break of quoted-printable text (RFC 2045, section 6.7).
            if plain.ends_with('=') {
                plain.pop();
            }
            let mut lines = usize::from(c == '\n');
            while let Some(next) = rest.next_if(|c| c.is_whitespace() || *c == '>') {
                lines += usize::from(next == '\n');
            }
            plain.push(if lines > 1 { ' ' } else { BREAK });
        } else if c == '\\' && rest.peek().is_some_and(char::is_ascii_punctuation) {
            plain.extend(rest.next());
        } else if !is_invisible(c) {
            plain.push(c);
        }
    }
    plain
}

/// Soft hyphens, zero-width characters and marks of direction.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Undoes percent-encoding and the encodings of Proofpoint. Nothing when there is none.
fn without_layer(text: &str) -> Option<String> {
    let inner = without_proofpoint_2(text);
    let inner = percent_decoded(&without_proofpoint_3(&inner));
    (inner != text).then_some(inner)
}

/// Decodes all of a text (RFC 3986, section 2.1). A break may stand inside of an escape.
fn percent_decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        if first == b'%'
            && let Some((high, tail)) = hex_digit(tail)
            && let Some((low, tail)) = hex_digit(tail)
        {
            bytes.push(16 * high + low);
            rest = tail;
        } else {
            bytes.push(first);
        }
    }
    // White space that was escaped belongs to a message, not to its link.
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The first digit, behind at most one break, and the rest.
fn hex_digit(text: &[u8]) -> Option<(u8, &[u8])> {
    let text = text.strip_prefix(b"\n").unwrap_or(text);
    let (&digit, rest) = text.split_first()?;
    let digit = char::from(digit).to_digit(16)?;
    Some((u8::try_from(digit).ok()?, rest))
}

/// `urldefense.proofpoint.com/v2/url?u=…`: `-3A` is `%3A`, and `_` is `/`.
fn without_proofpoint_2(text: &str) -> Cow<'_, str> {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, value)) = split_once_broken(rest, "/v2/url?u") {
        // A line that ends with `=` looks as if it had a soft break, which is gone.
        let value = value.trim_start_matches(BREAK);
        let value = value.strip_prefix('=').unwrap_or(value);
        let end = value.find(['&', ' ']).unwrap_or(value.len());
        let (value, after) = value.split_at(end);
        plain.push_str(before);
        plain.push(' ');
        plain.extend(value.chars().map(|c| match c {
            '-' => '%',
            '_' => '/',
            c => c,
        }));
        rest = after;
    }
    if plain.is_empty() {
        return Cow::Borrowed(text);
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// `urldefense.com/v3/__<link>__;<replaced>!…`: `*` is the next character of the base64url after the link, and `**A` is
/// the next two, `**B` the next three.
fn without_proofpoint_3(text: &str) -> Cow<'_, str> {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, inner)) = split_once_broken(rest, "/v3/__") {
        let Some((link, after)) = split_once_broken(inner, "__;") else {
            break;
        };
        let end = after.find(['!', ' ']).unwrap_or(after.len());
        let (replaced, after) = after.split_at(end);
        plain.push_str(before);
        plain.push(' ');
        plain.push_str(&with_replaced(link, replaced));
        rest = after;
    }
    if plain.is_empty() {
        return Cow::Borrowed(text);
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// Splits at the mark, whatever breaks are in it.
fn split_once_broken<'a>(text: &'a str, mark: &str) -> Option<(&'a str, &'a str)> {
    let (first, others) = mark.split_at(1);
    text.match_indices(first).find_map(|(at, _)| {
        let mut after = &text[at + 1..];
        for wanted in others.chars() {
            after = after.trim_start_matches(BREAK).strip_prefix(wanted)?;
        }
        Some((&text[..at], after))
    })
}

fn with_replaced(link: &str, replaced: &str) -> String {
    let encoded: String = replaced.chars().filter(|c| *c != BREAK).collect();
    let decoded = BASE64URL_NOPAD.decode(encoded.trim_end_matches('=').as_bytes());
    let decoded = String::from_utf8(decoded.unwrap_or_default()).unwrap_or_default();
    let mut replaced = decoded.chars();
    let mut plain = String::with_capacity(link.len());
    let mut rest = link.chars().peekable();
    while let Some(c) = rest.next() {
        if c != '*' {
            plain.push(c);
            continue;
        }
        while rest.next_if_eq(&BREAK).is_some() {}
        if rest.next_if_eq(&'*').is_some() {
            let count = rest.find(|c| *c != BREAK).and_then(run_length).unwrap_or(0);
            plain.extend(replaced.by_ref().take(count));
        } else {
            plain.extend(replaced.next());
        }
    }
    plain
}

/// `A` is 2, and so on in the order of base64url.
fn run_length(c: char) -> Option<usize> {
    const ORDER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    ORDER.find(c).map(|at| at + 2)
}
