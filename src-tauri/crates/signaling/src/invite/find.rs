//! Finds invite links in a text that people wrote.
//!
//! The checksum of the code decides: a link may be broken over lines and may have lost its scheme, because what is read
//! is an invite only if the code is whole.

use super::unwrap::{BREAK, layers};
use super::{
    Endpoint, Invite, InviteError, MAX_ENDPOINTS, MAX_LINK_CHARS, MAX_RELAYS, Relays, code,
};

/// Bytes of a text that are searched: more than any chat message has.
const MAX_TEXT_BYTES: usize = 64 * 1024;
/// Bytes in front of `/j` that can belong to a server's address.
const MAX_AUTHORITY_BYTES: usize = 512;
/// Places that look like a link.
const MAX_CANDIDATES: usize = 1024;

/// A part of a text that begins like a Parlour link.
struct Candidate<'a> {
    form: Form<'a>,
    /// It has its scheme. Without it only a whole link is one; anything else is prose.
    is_certain: bool,
}

enum Form<'a> {
    /// The text after `join/`.
    App(&'a str),
    /// The authority, whether it is reached over TLS, and what follows `/j` and its query.
    Web(&'a str, bool, &'a str),
}

/// The first invite of a text.
pub(super) fn find(text: &str) -> Result<Invite, InviteError> {
    let end = text.floor_char_boundary(MAX_TEXT_BYTES);
    let mut first_error = None;
    for layer in layers(&text[..end]) {
        for candidate in candidates(&layer) {
            match candidate.read() {
                Ok(invite) => return Ok(invite),
                Err(error) if candidate.is_certain => {
                    first_error = first_error.or(Some(error));
                }
                Err(_) => {}
            }
        }
    }
    Err(first_error.unwrap_or(InviteError::NotALink))
}

/// In the order of the text.
fn candidates(text: &str) -> impl Iterator<Item = Candidate<'_>> {
    let slashes = text.match_indices('/');
    slashes
        .filter_map(|(at, _)| app_link(text, at).or_else(|| web_link(text, at)))
        .take(MAX_CANDIDATES)
}

/// The link whose `join/` ends with this slash: behind `parlour://`, behind what a program has made of that, or alone.
fn app_link(text: &str, slash: usize) -> Option<Candidate<'_>> {
    let before = before_word(&text[..slash], "join")?;
    let unslashed = before.trim_end_matches('/');
    let has_slashes = unslashed.len() < before.len();
    let scheme = unslashed.trim_end_matches(BREAK).trim_end_matches('/');
    let is_certain = match scheme.trim_end_matches(BREAK).strip_suffix(':') {
        Some(scheme) if ends_with_word(scheme, "parlour") => true,
        // `https://join/…` is what a program makes of a scheme that it does not know.
        Some(scheme) if ends_with_word(scheme, "https") || ends_with_word(scheme, "http") => false,
        // The fragment of an invite page.
        None if is_url_with_fragment(before) => true,
        Some(_) if has_slashes => return None,
        // The end of another word, or the path of another address.
        None if is_in_word(unslashed) => return None,
        _ => false,
    };
    Some(Candidate {
        form: Form::App(&text[slash + 1..]),
        is_certain,
    })
}

/// The link whose `/j` begins with this slash.
fn web_link(text: &str, slash: usize) -> Option<Candidate<'_>> {
    let path = text[slash + 1..].trim_start_matches(BREAK);
    let after = path.strip_prefix(['j', 'J'])?;
    let is_cut_off = !after.starts_with(|c| c != BREAK && is_link_char(c));
    let rest = after.trim_start_matches(BREAK);
    let rest = match rest.strip_prefix('?') {
        Some(query) => &query[query.find(|c| c == '#' || !is_link_char(c))?..],
        None => rest,
    };
    if !rest.starts_with('#') && !is_cut_off {
        // The path of another address.
        return None;
    }
    let begin = text.floor_char_boundary(slash.saturating_sub(MAX_AUTHORITY_BYTES));
    let before = &text[begin..slash];
    if let Some((scheme, authority)) = split_authority(before) {
        let tls = match scheme {
            scheme if ends_with_word(scheme, "https") => true,
            scheme if ends_with_word(scheme, "http") => false,
            _ => return None,
        };
        return Some(Candidate {
            form: Form::Web(authority, tls, rest),
            is_certain: true,
        });
    }
    // Without a scheme a name needs a dot, as programs that recognize links want it too.
    let is_of_host = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
    let authority = before.trim_end_matches(is_of_host);
    let (outside, authority) = before.split_at(authority.len());
    let is_part_of_another = outside.ends_with(['/', '@', '%', '?', '#', '=', '&']);
    let is_candidate = !is_part_of_another && authority.contains(['.', ':']);
    is_candidate.then_some(Candidate {
        form: Form::Web(authority, true, rest),
        is_certain: false,
    })
}

/// The text before `://` and the authority behind it, at the end of a text.
fn split_authority(text: &str) -> Option<(&str, &str)> {
    let (before, authority) = text.rsplit_once('/')?;
    let before = before.trim_end_matches(BREAK).strip_suffix('/')?;
    let scheme = before.trim_end_matches(BREAK).strip_suffix(':')?;
    let is_authority = !authority.contains(['?', '#', ' ', '"', '<', '>', '(', ')']);
    is_authority.then_some((scheme, authority))
}

/// The text before this word at the end of a text, whatever its case and whatever breaks are in it.
fn before_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let mut before = text;
    for wanted in word.chars().rev() {
        before = before
            .trim_end_matches(BREAK)
            .strip_suffix(|c: char| c.eq_ignore_ascii_case(&wanted))?;
    }
    Some(before)
}

/// Whether the text ends with the word, and not with a longer one.
fn ends_with_word(text: &str, word: &str) -> bool {
    let before = before_word(text, word);
    before.is_some_and(|before| !before.ends_with(|c: char| c.is_ascii_alphanumeric()))
}

fn is_url_with_fragment(text: &str) -> bool {
    let url = text.strip_suffix('#');
    let url = url.and_then(|url| url.rsplit([' ', BREAK]).next());
    url.is_some_and(|url| url.contains("://"))
}

fn is_in_word(text: &str) -> bool {
    text.ends_with(|c: char| c.is_ascii_alphanumeric() || "-.@%'".contains(c))
}

/// The characters of a URL (RFC 3986, section 2), and breaks.
fn is_link_char(c: char) -> bool {
    c == BREAK || c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c)
}

impl Candidate<'_> {
    fn read(&self) -> Result<Invite, InviteError> {
        match self.form {
            Form::App(rest) => read_app(rest),
            Form::Web(authority, tls, rest) => {
                let rest = rest.strip_prefix('#').ok_or(InviteError::Damaged)?;
                let secret = code::decode(rest)?;
                let authority: String = authority.chars().filter(|c| *c != BREAK).collect();
                let server = Endpoint::from_authority(&authority, Some(tls))
                    .map_err(|_| InviteError::Damaged)?;
                Ok(Invite {
                    endpoints: vec![server],
                    relays: Relays::default(),
                    secret,
                })
            }
        }
    }
}

/// Reads `<places>/<code>`. Text may follow.
fn read_app(link: &str) -> Result<Invite, InviteError> {
    let longest = &link[..link.floor_char_boundary(2 * MAX_LINK_CHARS)];
    let Some((places, code)) = longest.split_once('/') else {
        // Only one part: a code without places, or a link that was cut off.
        return Err(match code::decode(link) {
            Ok(_) => InviteError::NoEndpoint,
            Err(_) => InviteError::Damaged,
        });
    };
    let places: String = places.chars().filter(|c| *c != BREAK).collect();
    if places.len() > MAX_LINK_CHARS {
        return Err(InviteError::Damaged);
    }
    let secret = code::decode(code)?;
    let (endpoints, relays) = read_places(&places)?;
    Ok(Invite {
        endpoints,
        relays,
        secret,
    })
}

fn read_places(list: &str) -> Result<(Vec<Endpoint>, Relays), InviteError> {
    if list.is_empty() {
        return Err(InviteError::NoEndpoint);
    }
    let (mut endpoints, mut relays) = (Vec::new(), Relays::default());
    for place in list.split(',').filter(|place| !has_unknown_form(place)) {
        if relays.take(place).map_err(|_| InviteError::Damaged)? {
            continue;
        }
        let endpoint: Endpoint = place.parse().map_err(|_| InviteError::Damaged)?;
        if !endpoints.contains(&endpoint) {
            endpoints.push(endpoint);
        }
    }
    if endpoints.is_empty() && relays.is_empty() {
        return Err(InviteError::TooNew);
    }
    if endpoints.len() > MAX_ENDPOINTS || relays.named.len() > MAX_RELAYS {
        return Err(InviteError::Damaged);
    }
    Ok((endpoints, relays))
}

/// Whether a newer version may know this place: it has another scheme than an endpoint, or a mark in front that no host
/// has.
fn has_unknown_form(place: &str) -> bool {
    let is_scheme = |scheme: &str| {
        !scheme.is_empty()
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric())
            && !["ws", "wss"]
                .iter()
                .any(|known| scheme.eq_ignore_ascii_case(known))
    };
    let inner = place.trim_start_matches('~');
    place.starts_with(['@', '$'])
        || inner
            .split_once('+')
            .is_some_and(|(scheme, rest)| is_scheme(scheme) && !rest.is_empty())
}
