//! From the text of a frame to what the hall takes.

use std::borrow::Cow;

use serde::Deserialize;

use crate::protocol::{ClientMessage, ServerErrorCode};

/// Characters of an unknown `type` that an error repeats.
const MAX_ABOUT_CHARS: usize = 32;

/// What came from a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// A frame of the protocol.
    Message(ClientMessage),
    /// A frame that is refused as it stands.
    Refused(Refusal),
    /// A WebSocket ping.
    Ping,
    /// A WebSocket pong. What was sent before its ping has arrived.
    Pong {
        /// Sequence number of the last signal sent before that ping.
        confirms: u64,
    },
}

/// Why a frame is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong.
    pub code: ServerErrorCode,
    /// The `type` of the frame, where it is known.
    pub about: Option<String>,
}

impl Incoming {
    /// Reads a text frame.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        if let Ok(message) = serde_json::from_str(text) {
            return Self::Message(message);
        }
        // Only a refused frame is read a second time.
        #[derive(Deserialize)]
        struct Tag<'a> {
            #[serde(borrow, rename = "type")]
            name: Cow<'a, str>,
        }
        match serde_json::from_str::<Tag<'_>>(text) {
            Ok(Tag { name }) if is_known(&name) => {
                Self::refused(ServerErrorCode::BadFrame, Some(name.into_owned()))
            }
            Ok(Tag { name }) => Self::refused(
                ServerErrorCode::UnknownType,
                Some(name.chars().take(MAX_ABOUT_CHARS).collect()),
            ),
            Err(_) => Self::refused(ServerErrorCode::BadFrame, None),
        }
    }

    /// A frame that cannot be read.
    #[must_use]
    pub fn refused(code: ServerErrorCode, about: Option<String>) -> Self {
        Self::Refused(Refusal { code, about })
    }
}

fn is_known(name: &str) -> bool {
    matches!(name, "join" | "enter" | "signal" | "ice_servers" | "leave")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn refusal(text: &str) -> (ServerErrorCode, Option<String>) {
        match Incoming::from_text(text) {
            Incoming::Refused(Refusal { code, about }) => (code, about),
            other => panic!("{other:?} was not refused"),
        }
    }

    #[test]
    fn an_unknown_type_is_told_from_a_malformed_frame() {
        let dance = (ServerErrorCode::UnknownType, Some("dance".to_owned()));
        assert_eq!(refusal(r#"{"type":"dance","partner":[1,2]}"#), dance);
        assert_eq!(refusal(r#"{"partner":{},"type":"d\u0061nce"}"#), dance);
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
            assert_eq!(refusal(text), (ServerErrorCode::BadFrame, None), "{text}");
        }
    }

    #[test]
    fn a_known_type_with_wrong_fields_is_malformed() {
        for (kind, text) in [
            ("join", r#"{"type":"join"}"#),
            ("enter", r#"{"type":"enter","hello":7}"#),
            ("signal", r#"{"type":"signal","to":"short","envelope":"x"}"#),
        ] {
            let malformed = (ServerErrorCode::BadFrame, Some(kind.to_owned()));
            assert_eq!(refusal(text), malformed, "{text}");
        }
    }

    #[test]
    fn a_long_type_is_not_repeated_in_full() {
        let (_, about) = refusal(&format!(r#"{{"type":"{}"}}"#, "é".repeat(9_000)));
        assert_eq!(about.unwrap().chars().count(), MAX_ABOUT_CHARS);
    }

    #[test]
    fn unknown_fields_are_ignored() {
        assert_eq!(
            Incoming::from_text(r#"{"mood":{"a":[1]},"type":"leave","why":null}"#),
            Incoming::Message(ClientMessage::Leave {})
        );
    }
}
