//! From the text of a frame to what the registry takes.

use std::borrow::Cow;

use serde::Deserialize;

use super::admission::Admission;
use crate::protocol::{ClientMessage, PeerId, Sealed, ServerErrorCode};

/// Characters of an unknown `type` that an error repeats.
const MAX_ABOUT_CHARS: usize = 32;

/// One input from a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inbound {
    /// A join that was checked.
    Join(Admission),
    /// Any frame of the protocol. A join in it is refused, because nothing has checked it.
    Message(ClientMessage),
    /// A frame of an unknown type, whose name is cut. It is answered with an error that is not fatal.
    UnknownType(String),
    /// A frame that cannot be read. It ends the connection.
    Invalid {
        /// The reason for the refusal.
        code: ServerErrorCode,
        /// The `type` of the frame, where it is known.
        about: Option<String>,
    },
    /// A ping, of WebSocket or as a message. The connection answers it.
    Ping,
    /// A WebSocket pong. Everything that was sent before its ping has arrived.
    Pong {
        /// Sequence number of the last signal sent before that ping.
        confirms: u64,
    },
}

impl Inbound {
    /// Reads a text frame.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        if let Some(signal) = signal(text) {
            return Self::Message(signal);
        }
        if let Ok(message) = serde_json::from_str(text) {
            return Self::Message(message);
        }
        // Only a frame that cannot be read is parsed a second time.
        #[derive(Deserialize)]
        struct Tag<'a> {
            #[serde(borrow, rename = "type")]
            name: Cow<'a, str>,
        }
        match serde_json::from_str::<Tag<'_>>(text) {
            Ok(Tag { name }) if is_known(&name) => Self::Invalid {
                code: ServerErrorCode::BadFrame,
                about: Some(name.into_owned()),
            },
            Ok(Tag { name }) => Self::UnknownType(name.chars().take(MAX_ABOUT_CHARS).collect()),
            Err(_) => Self::invalid(ServerErrorCode::BadFrame),
        }
    }

    /// A frame of unknown type that cannot be read.
    #[must_use]
    pub const fn invalid(code: ServerErrorCode) -> Self {
        Self::Invalid { code, about: None }
    }
}

/// Reads a signal, which nearly all frames are: serde would first put the fields of a tagged enum into a list. Any other
/// frame, also a signal that is not as usual, is for the whole enum.
fn signal(text: &str) -> Option<ClientMessage> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Signal<'a> {
        #[serde(rename = "type")]
        kind: &'a str,
        to: PeerId,
        envelope: &'a str,
    }
    // The beginning of a signal in the order in which Parlour writes it. A look is cheaper than a parse in vain.
    if !text.starts_with(r#"{"type":"signal""#) {
        return None;
    }
    let Signal { kind, to, envelope } = serde_json::from_str(text).ok()?;
    (kind == "signal").then(|| ClientMessage::Signal {
        to,
        envelope: Sealed(envelope.to_owned()),
    })
}

fn is_known(name: &str) -> bool {
    matches!(
        name,
        "join" | "enter" | "signal" | "ice_servers" | "ping" | "leave"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invalid(about: Option<&str>) -> Inbound {
        Inbound::Invalid {
            code: ServerErrorCode::BadFrame,
            about: about.map(str::to_owned),
        }
    }

    #[test]
    fn an_unknown_type_differs_from_a_malformed_frame() {
        let dance = Inbound::UnknownType("dance".to_owned());
        for text in [
            r#"{"type":"dance","partner":[1,2]}"#,
            r#"{"partner":{},"type":"d\u0061nce"}"#,
        ] {
            assert_eq!(Inbound::from_text(text), dance);
        }
        for text in [
            "",
            "x",
            "null",
            "[]",
            "{}",
            "12",
            "\"join\"",
            "{\"type\":3}",
            "{\"type\":\"join\"",
            "{\"Type\":\"leave\"}",
        ] {
            assert_eq!(Inbound::from_text(text), invalid(None), "{text}");
        }
    }

    #[test]
    fn a_known_type_with_wrong_fields_is_malformed() {
        for (kind, text) in [
            ("join", r#"{"type":"join"}"#),
            ("enter", r#"{"type":"enter","hello":7}"#),
            ("signal", r#"{"type":"signal","to":"short","envelope":"x"}"#),
        ] {
            assert_eq!(Inbound::from_text(text), invalid(Some(kind)), "{text}");
        }
    }

    #[test]
    fn a_long_type_is_not_repeated_in_full() {
        let text = format!(r#"{{"type":"{}"}}"#, "é".repeat(9_000));
        let cut = "é".repeat(MAX_ABOUT_CHARS);
        assert_eq!(Inbound::from_text(&text), Inbound::UnknownType(cut));
    }

    #[test]
    fn a_signal_reads_the_same_both_ways() {
        let to = PeerId::from_bytes([7; 16]);
        let envelope = r#"{"type":"signal","to":"ID","envelope":"abc"}"#;
        for text in [
            envelope,
            r#"{"type":"signal","envelope":"abc","to":"ID"}"#,
            r#"{"type":"signal" , "envelope":"\u0061bc","to":"ID"}"#,
            r#"{"type":"signal","to":"ID","envelope":"abc","mood":{"a":1e999}}"#,
            r#"{"type":"signal","to":"ID","envelope":"abc","envelope":"abc"}"#,
            r#"{"type":"signal","type":"signal","to":"ID","envelope":"abc"}"#,
            r#"{"type":"signals","to":"ID","envelope":"abc"}"#,
            r#"{"type":"signal","to":"ID","envelope":"abc"} "#,
            r#"{"type":"signal","to":"ID","envelope":"abc"}}"#,
            r#"{"type":"signal","to":"ID"}"#,
            r#"{"type":"signal","to":"ID=","envelope":"abc"}"#,
        ] {
            let text = text.replace("ID", &to.to_string());
            if let Some(message) = signal(&text) {
                assert_eq!(Some(message), serde_json::from_str(&text).ok(), "{text}");
            }
        }
        assert!(signal(&envelope.replace("ID", &to.to_string())).is_some());
    }

    #[test]
    fn unknown_fields_are_ignored() {
        assert_eq!(
            Inbound::from_text(r#"{"mood":{"a":[1]},"type":"leave","why":null}"#),
            Inbound::Message(ClientMessage::Leave {})
        );
    }
}
