//! The limits of the settings. `RTCPeerConnection` accepts every server that is valid here.

use std::str::FromStr;

use parlour_signaling::invite::{Endpoint, MAX_RELAYS};
use parlour_signaling::protocol::limits::MAX_NAME_CHARS;
use parlour_signaling::protocol::{AccessToken, IceFault, IceServer};
use tauri_plugin_global_shortcut::{Code, Modifiers, Shortcut};

use super::{GlobalShortcuts, Hosting, Settings};
use crate::error::AppError;

/// More STUN and TURN servers would only slow down the gathering of candidates.
const MAX_ICE_SERVERS: usize = 8;
/// Leaves room for the invite behind it.
const MAX_PAGE_BYTES: usize = 200;
/// Longer than the name of any browser.
const MAX_BROWSER_BYTES: usize = 64;

impl Settings {
    /// The error names the first invalid field.
    pub fn validate(&self) -> Result<(), AppError> {
        if self.name.chars().count() > MAX_NAME_CHARS || self.name.chars().any(char::is_control) {
            return Err(AppError::setting(
                "name",
                "the name is too long or has control characters",
            ));
        }
        self.hosting.validate()?;
        if !self.invite_page.is_empty() && !is_invite_page(&self.invite_page) {
            return Err(AppError::setting(
                "invite_page",
                "not the address of a page",
            ));
        }
        if self.relays.len() > MAX_RELAYS {
            return Err(AppError::setting("relays", "too many relays"));
        }
        for relay in &self.relays {
            Endpoint::parse(relay)
                .map_err(|_| AppError::setting("relays", "not a relay's address"))?;
        }
        if self.ice_servers.len() > MAX_ICE_SERVERS {
            return Err(AppError::setting("ice_servers", "too many servers"));
        }
        for (at, server) in self.ice_servers.iter().enumerate() {
            server.check().map_err(|fault| {
                let field = format!("ice_servers.{at}.{}", field(fault));
                AppError::setting(field, &fault.to_string())
            })?;
        }
        if let Some(urls) = &self.stun_servers
            && !urls.is_empty()
        {
            let is_stun = |url: &String| url.starts_with("stun:") || url.starts_with("stuns:");
            let server = IceServer {
                urls: urls.clone(),
                username: None,
                credential: None,
            };
            if server.check().is_err() || !urls.iter().all(is_stun) {
                return Err(AppError::setting("stun_servers", "not STUN servers"));
            }
        }
        if self.browser.len() > MAX_BROWSER_BYTES {
            return Err(AppError::setting("browser", "no browser has this name"));
        }
        self.global_shortcuts.validate()
    }
}

/// A web page over TLS, in ASCII and without a query or a fragment, as chat programs make it clickable.
fn is_invite_page(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~/:[]".contains(c);
    text.len() <= MAX_PAGE_BYTES
        && text.strip_prefix("https://").is_some_and(|rest| {
            let authority = rest.split('/').next().unwrap_or_default();
            Endpoint::parse(authority).is_ok() && rest.chars().all(is_plain)
        })
}

impl Hosting {
    fn validate(&self) -> Result<(), AppError> {
        let Self::Server {
            address,
            access_token,
        } = self
        else {
            return Ok(());
        };
        Endpoint::parse(address)
            .map_err(|_| AppError::setting("hosting.address", "not a server's address"))?;
        match access_token.expose() {
            "" => Ok(()),
            token => AccessToken::from_str(token)
                .map(drop)
                .map_err(|bad| AppError::setting("hosting.access_token", &bad.to_string())),
        }
    }
}

impl GlobalShortcuts {
    fn validate(&self) -> Result<(), AppError> {
        let refused =
            |field: &str, why| AppError::setting(format!("global_shortcuts.{field}"), why);
        let mute = accelerator(&self.mute).map_err(|why| refused("mute", why))?;
        let talk = accelerator(&self.talk).map_err(|why| refused("talk", why))?;
        if mute == talk {
            return Err(refused("talk", "both shortcuts are the same"));
        }
        Ok(())
    }
}

/// Parses a shortcut such as `Ctrl+Alt+M`. A key that people type with needs a modifier other than Shift.
pub(crate) fn accelerator(text: &str) -> Result<Shortcut, &'static str> {
    let keys: Shortcut = text.parse().map_err(|_| "not a shortcut")?;
    let held = Modifiers::CONTROL | Modifiers::ALT | Modifiers::SUPER;
    if keys.mods.intersects(held) || is_function(keys.key) {
        Ok(keys)
    } else {
        Err("a shortcut needs Ctrl, Alt or a function key")
    }
}

fn is_function(key: Code) -> bool {
    use Code::{
        F1, F2, F3, F4, F5, F6, F7, F8, F9, F10, F11, F12, F13, F14, F15, F16, F17, F18, F19, F20,
        F21, F22, F23, F24,
    };
    matches!(
        key,
        F1 | F2
            | F3
            | F4
            | F5
            | F6
            | F7
            | F8
            | F9
            | F10
            | F11
            | F12
            | F13
            | F14
            | F15
            | F16
            | F17
            | F18
            | F19
            | F20
            | F21
            | F22
            | F23
            | F24
    )
}

fn field(fault: IceFault) -> &'static str {
    match fault {
        IceFault::UrlCount | IceFault::Url => "urls",
        IceFault::Username => "username",
        IceFault::Credential => "credential",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn with(servers: Vec<IceServer>) -> Settings {
        Settings {
            ice_servers: servers,
            ..Settings::default()
        }
    }

    fn server(url: &str) -> IceServer {
        IceServer {
            urls: vec![url.to_owned()],
            username: Some("user".into()),
            credential: Some("word".into()),
        }
    }

    fn refused(settings: &Settings) -> String {
        settings.validate().unwrap_err().field.unwrap()
    }

    #[test]
    fn an_error_names_its_field() {
        let mut settings = with(vec![server("stun:host"), server("stun:")]);
        assert_eq!(refused(&settings), "ice_servers.1.urls");
        settings.ice_servers[1] = IceServer {
            credential: None,
            ..server("turn:host")
        };
        assert_eq!(refused(&settings), "ice_servers.1.credential");
        settings.ice_servers[1] = IceServer {
            username: Some(String::new()),
            ..server("turn:host")
        };
        assert_eq!(refused(&settings), "ice_servers.1.username");
        settings.ice_servers[1] = IceServer {
            urls: vec![],
            ..server("")
        };
        assert_eq!(refused(&settings), "ice_servers.1.urls");
        assert_eq!(
            refused(&with(vec![server("stun:host"); MAX_ICE_SERVERS + 1])),
            "ice_servers"
        );
    }

    #[test]
    fn a_stun_server_needs_no_credentials() {
        let bare = IceServer {
            username: None,
            credential: None,
            ..server("stun:host")
        };
        assert!(with(vec![bare]).validate().is_ok());
    }

    #[test]
    fn an_invite_page_is_a_plain_address_over_tls() {
        let page = |page: &str| Settings {
            invite_page: page.to_owned(),
            ..Settings::default()
        };
        for good in [
            "",
            "https://friends.example",
            "https://mei.example.org/parlour/j.html",
        ] {
            assert!(page(good).validate().is_ok(), "{good}");
        }
        for bad in [
            "http://friends.example/",
            "friends.example",
            "https://",
            "https:///j",
            "https://friends.example/#here",
            "https://friends.example/?a=b",
            "https://friends.example/a b",
            "https://user@friends.example/",
            &format!("https://friends.example/{}", "a".repeat(MAX_PAGE_BYTES)),
        ] {
            assert_eq!(refused(&page(bad)), "invite_page", "{bad}");
        }
    }

    #[test]
    fn names_have_a_limit() {
        let named = |name: String| Settings {
            name,
            ..Settings::default()
        };
        assert!(named("梅".repeat(MAX_NAME_CHARS)).validate().is_ok());
        assert_eq!(refused(&named("m".repeat(MAX_NAME_CHARS + 1))), "name");
        assert_eq!(refused(&named("a\nb".into())), "name");
    }

    fn hosted_at(address: &str, token: &str) -> Settings {
        Settings {
            hosting: Hosting::Server {
                address: address.into(),
                access_token: token.to_owned().into(),
            },
            ..Settings::default()
        }
    }

    #[test]
    fn an_access_token_is_optional_and_has_no_white_space() {
        let with = |token: &str| hosted_at("parlour.example.org", token);
        for token in ["", "north-wind-and-sun", &"x".repeat(256)] {
            assert!(with(token).validate().is_ok(), "{token}");
        }
        for token in [
            "short",
            "north wind and sun",
            "north-wind-and-sun\n",
            "北風北風北風",
            &"x".repeat(257),
        ] {
            assert_eq!(refused(&with(token)), "hosting.access_token", "{token}");
        }
    }

    #[test]
    fn public_stun_servers_are_stun_servers() {
        let with = |urls: &[&str]| Settings {
            stun_servers: Some(urls.iter().map(ToString::to_string).collect()),
            ..Settings::default()
        };
        assert!(with(&[]).validate().is_ok());
        assert!(
            with(&["stun:stun.example.org", "stuns:192.0.2.1"])
                .validate()
                .is_ok()
        );
        for urls in [
            &["turn:turn.example.org"][..],
            &["stun.example.org"],
            &["stun:a"; 9],
        ] {
            assert_eq!(refused(&with(urls)), "stun_servers", "{urls:?}");
        }
    }

    #[test]
    fn the_access_token_is_not_printed() {
        let settings = hosted_at("parlour.example.org", "north-wind-and-sun");
        assert!(!format!("{settings:?}").contains("north"));
    }

    #[test]
    fn a_server_needs_an_address() {
        let hosted = |address: &str| hosted_at(address, "");
        assert!(hosted("parlour.example.org").validate().is_ok());
        assert!(hosted("ws+192.0.2.1:8080").validate().is_ok());
        assert_eq!(refused(&hosted("")), "hosting.address");
        assert_eq!(refused(&hosted("not an address")), "hosting.address");
    }

    #[test]
    fn a_global_shortcut_cannot_be_a_key_that_people_type_with() {
        let with = |mute: &str, talk: &str| Settings {
            global_shortcuts: GlobalShortcuts {
                on: false,
                mute: mute.into(),
                talk: talk.into(),
            },
            ..Settings::default()
        };
        assert!(Settings::default().validate().is_ok());
        assert!(with("F9", "Super+Shift+T").validate().is_ok());
        for mute in ["", "M", "Shift+M", "Space", "Ctrl+", "Ctrl+M+K", "Ctrl+Meh"] {
            assert_eq!(
                refused(&with(mute, "F9")),
                "global_shortcuts.mute",
                "{mute}"
            );
        }
        assert_eq!(refused(&with("F9", "nothing")), "global_shortcuts.talk");
        assert_eq!(
            refused(&with("Ctrl+M", "control+m")),
            "global_shortcuts.talk"
        );
    }
}
