//! The address of a server as people read it.

#[cfg(not(target_arch = "wasm32"))]
use unicode_security::{MixedScript, skeleton};

use crate::invite::Endpoint;
#[cfg(not(target_arch = "wasm32"))]
use crate::invite::Host;

/// `host[:port]`. An international name stays in Punycode: a web page does without the tables.
#[cfg(target_arch = "wasm32")]
#[must_use]
pub fn shown_address(endpoint: &Endpoint) -> String {
    endpoint.authority()
}

/// `host[:port]`. A label of an international name is in its own letters, unless it mixes scripts or looks like an ASCII
/// label (`аррӏе` in Cyrillic letters): then it stays in Punycode.
#[cfg(not(target_arch = "wasm32"))]
#[must_use]
pub fn shown_address(endpoint: &Endpoint) -> String {
    let address = endpoint.authority();
    let Host::Name(name) = &endpoint.host else {
        return address;
    };
    let (shown, _) = idna::uts46::Uts46::new().to_user_interface(
        name.as_bytes(),
        idna::AsciiDenyList::URL,
        idna::uts46::Hyphens::Allow,
        |label, _top_level, _has_right_to_left| is_safe(&label.iter().collect::<String>()),
    );
    address.replacen(name.as_str(), &shown, 1)
}

#[cfg(not(target_arch = "wasm32"))]
fn is_safe(label: &str) -> bool {
    label.is_single_script() && !skeleton(label).all(|letter| letter.is_ascii())
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn shown(address: &str) -> String {
        shown_address(&Endpoint::parse(address).unwrap())
    }

    #[test]
    fn an_international_name_is_read_in_its_own_letters() {
        for (typed, read) in [
            ("https://bücher.example:8443/", "bücher.example:8443"),
            ("xn--bcher-kva.example", "bücher.example"),
            ("会客厅.例子", "会客厅.例子"),
            ("さくらサクラ.example", "さくらサクラ.example"),
            ("parlour.example.org", "parlour.example.org"),
            ("[2001:db8::5]:81", "[2001:db8::5]:81"),
        ] {
            assert_eq!(shown(typed), read);
        }
    }

    #[test]
    fn a_name_that_looks_like_another_stays_in_punycode() {
        for (typed, read) in [
            ("аррӏе.com", "xn--80ak6aa92e.com"),
            ("pаypal.example", "xn--pypal-4ve.example"),
        ] {
            assert_eq!(shown(typed), read);
        }
    }
}
