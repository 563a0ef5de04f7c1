//! What a certificate is for: a name, or an IP address.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A name in lower case without a final dot, or an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Domain {
    Name(String),
    Address(IpAddr),
}

/// The text is neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DomainError {
    #[error("not a name such as call.example.org, nor an IP address")]
    Malformed,
    #[error("a certificate for all names below one (*.) cannot be got by port 443 alone")]
    Wildcard,
    #[error("a name without a scheme, a port and a path is wanted")]
    Url,
}

impl FromStr for Domain {
    type Err = DomainError;

    fn from_str(text: &str) -> Result<Self, DomainError> {
        let bare = text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'));
        if let Ok(address) = bare.unwrap_or(text).parse::<IpAddr>() {
            return Ok(Self::Address(address.to_canonical()));
        }
        if text.starts_with("*.") {
            return Err(DomainError::Wildcard);
        }
        if text.contains([':', '/']) {
            return Err(DomainError::Url);
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        let is_label = |label: &str| {
            let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
            (1..=63).contains(&label.len())
                && label.bytes().all(is_plain)
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let labels = || name.split('.');
        // A last label of digits would be an address that was mistyped.
        let ends_in_letters = labels()
            .next_back()
            .is_some_and(|label| label.bytes().any(|b| b.is_ascii_alphabetic()));
        if name.len() <= 253 && name.contains('.') && labels().all(is_label) && ends_in_letters {
            Ok(Self::Name(name))
        } else {
            Err(DomainError::Malformed)
        }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(address) => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn names_and_addresses_are_read() {
        for (text, read) in [
            ("call.example.org", "call.example.org"),
            ("Call.Example.org.", "call.example.org"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("203.0.113.7", "203.0.113.7"),
            ("2001:DB8::7", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
        ] {
            assert_eq!(text.parse::<Domain>().unwrap().to_string(), read);
        }
    }

    #[test]
    fn anything_else_is_refused_in_words() {
        use DomainError::{Malformed, Url, Wildcard};
        for (text, error) in [
            ("", Malformed),
            ("localhost", Malformed),
            ("a..b", Malformed),
            ("-a.example", Malformed),
            ("203.0.113.777", Malformed),
            ("bücher.example", Malformed),
            ("*.example.org", Wildcard),
            ("https://call.example.org", Url),
            ("call.example.org:443", Url),
            ("203.0.113.7:443", Url),
            ("call.example.org/j", Url),
        ] {
            assert_eq!(text.parse::<Domain>(), Err(error), "{text}");
        }
    }
}
