//! Finds invite links in a text that people wrote.

use super::{Endpoint, Invite, InviteError, MAX_ENDPOINTS, MAX_LINK_CHARS, code};

const APP: &str = "parlour://";
const WEB: &str = "https://";

/// Bytes of a text that are searched: more than any chat message has.
const MAX_TEXT_BYTES: usize = 64 * 1024;

/// A part of a text that begins like a Parlour link.
pub(super) enum Candidate<'a> {
    /// The part after `parlour://`.
    App(&'a str),
    /// The authority and the code of `https://<authority>/j#<code>`.
    Web(&'a str, &'a str),
}

/// All candidates, in the order of the text.
pub(super) fn candidates(text: &str) -> impl Iterator<Item = Candidate<'_>> {
    let starts = text
        .match_indices("://")
        .take_while(|(at, _)| *at < MAX_TEXT_BYTES);
    starts.filter_map(|(at, _)| {
        if let Some(link) = link_at(text, at, APP) {
            return Some(Candidate::App(link));
        }
        let link = link_at(text, at, WEB)?;
        let (authority, rest) = link.split_once('/')?;
        let (path, code) = rest.split_once('#')?;
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        (path == "j").then_some(Candidate::Web(authority, code))
    })
}

/// The part after `scheme`, whose `://` is at `at`, as far as it can belong to a link.
fn link_at<'a>(text: &'a str, at: usize, scheme: &str) -> Option<&'a str> {
    let start = (at + "://".len()).checked_sub(scheme.len())?;
    let found = text.get(start..at + "://".len())?;
    // `myparlour://` is another scheme.
    let is_longer_scheme = text.as_bytes()[..start]
        .last()
        .is_some_and(u8::is_ascii_alphanumeric);
    if is_longer_scheme || !found.eq_ignore_ascii_case(scheme) {
        return None;
    }
    let rest = &text[at + "://".len()..];
    // A longer link is cut here, and refused when it is read.
    let longest = rest.len().min(MAX_LINK_CHARS + 64);
    let end = rest
        .bytes()
        .take(longest)
        .position(|b| !is_link_byte(b))
        .unwrap_or(longest);
    rest.get(..end)
}

/// The characters of a URL (RFC 3986, section 2).
fn is_link_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&b)
}

impl Candidate<'_> {
    pub(super) fn read(&self) -> Result<Invite, InviteError> {
        match self {
            Self::App(link) => read_app(link),
            Self::Web(authority, rest) => {
                let secret = code::decode(code_run(rest))?;
                let server = Endpoint::from_authority(authority, Some(true))
                    .map_err(|_| InviteError::Damaged)?;
                Ok(Invite {
                    endpoints: vec![server],
                    secret,
                })
            }
        }
    }
}

/// Reads `join/<endpoints>/<code>`. Text may follow.
fn read_app(link: &str) -> Result<Invite, InviteError> {
    let (verb, rest) = link.split_once('/').ok_or(InviteError::NotALink)?;
    if !verb.eq_ignore_ascii_case("join") {
        return Err(InviteError::NotALink);
    }
    let Some((endpoints, rest)) = rest.split_once('/') else {
        // Only one part: a code without endpoints, or a link that was cut off.
        return Err(match code::decode(code_run(rest)) {
            Ok(_) => InviteError::NoEndpoint,
            Err(_) => InviteError::Damaged,
        });
    };
    let run = code_run(rest);
    if APP.len() + link.len() - (rest.len() - run.len()) > MAX_LINK_CHARS {
        return Err(InviteError::Damaged);
    }
    let secret = code::decode(run)?;
    let endpoints = read_endpoints(&unescape(endpoints))?;
    Ok(Invite { endpoints, secret })
}

fn read_endpoints(list: &str) -> Result<Vec<Endpoint>, InviteError> {
    if list.is_empty() {
        return Err(InviteError::NoEndpoint);
    }
    let mut endpoints = Vec::new();
    for text in list.split(',') {
        let endpoint: Endpoint = text.parse().map_err(|_| InviteError::Damaged)?;
        if !endpoints.contains(&endpoint) {
            endpoints.push(endpoint);
        }
    }
    if endpoints.len() > MAX_ENDPOINTS {
        return Err(InviteError::Damaged);
    }
    Ok(endpoints)
}

/// The leading characters that can belong to a code.
fn code_run(text: &str) -> &str {
    let end = text
        .bytes()
        .position(|b| !b.is_ascii_alphanumeric() && !matches!(b, b'-' | b'_'))
        .unwrap_or(text.len());
    &text[..end]
}

/// Undoes the percent-encoding of brackets, colons, commas and plus signs that some programs apply to links.
fn unescape(text: &str) -> String {
    let mut plain = text.to_owned();
    for (escaped, c) in [
        ("%5B", "["),
        ("%5D", "]"),
        ("%3A", ":"),
        ("%2C", ","),
        ("%2B", "+"),
    ] {
        plain = plain
            .replace(escaped, c)
            .replace(&escaped.to_ascii_lowercase(), c);
    }
    plain
}
