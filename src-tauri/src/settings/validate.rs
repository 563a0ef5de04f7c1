//! The bounds of the settings. What passes here is taken by the browser's `RTCPeerConnection` too.

use parlour_signaling::invite::Endpoint;
use parlour_signaling::limits::MAX_NAME_CHARS;
use parlour_signaling::turn::IceFault;

use super::{Hosting, Settings};
use crate::error::AppError;

/// STUN and TURN servers; more only slow the gathering of candidates.
const MAX_ICE_SERVERS: usize = 8;

impl Settings {
    /// Whether everything is within its bounds.
    ///
    /// # Errors
    /// Names the first field that is not.
    pub fn validate(&self) -> Result<(), AppError> {
        if self.name.chars().count() > MAX_NAME_CHARS || self.name.chars().any(char::is_control) {
            return Err(AppError::setting(
                "name",
                "the name is too long or has control characters",
            ));
        }
        if let Hosting::Server { address } = &self.hosting
            && Endpoint::parse(address).is_err()
        {
            return Err(AppError::setting(
                "hosting.address",
                "not a server's address",
            ));
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
        Ok(())
    }
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

    use parlour_signaling::protocol::IceServer;

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
    fn a_refusal_names_its_field() {
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
    fn names_have_a_length() {
        let named = |name: String| Settings {
            name,
            ..Settings::default()
        };
        assert!(named("梅".repeat(MAX_NAME_CHARS)).validate().is_ok());
        assert_eq!(refused(&named("m".repeat(MAX_NAME_CHARS + 1))), "name");
        assert_eq!(refused(&named("a\nb".into())), "name");
    }

    #[test]
    fn a_server_has_an_address() {
        let hosted = |address: &str| Settings {
            hosting: Hosting::Server {
                address: address.into(),
            },
            ..Settings::default()
        };
        assert!(hosted("parlour.example.org").validate().is_ok());
        assert!(hosted("ws+192.0.2.1:8080").validate().is_ok());
        assert_eq!(refused(&hosted("")), "hosting.address");
        assert_eq!(refused(&hosted("not an address")), "hosting.address");
    }
}
