//! The frames between a client and a relay (NIP-01): JSON arrays that begin with their name.

use std::fmt;

use serde::de::{Error as _, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::{Event, Key, MAX_EVENT_FRAME_BYTES, hex};

/// Bytes of the longest frame that is read: what a stranger publishes may be larger than what we publish, and is no
/// reason to lose the connection, so longer ones are skipped.
const MAX_READ_BYTES: usize = 4 * MAX_EVENT_FRAME_BYTES;

/// Values of one condition of a filter.
const MAX_VALUES: usize = 16;

/// A frame of a relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RelayFrame {
    /// An event of a subscription.
    Event {
        /// The name of the subscription.
        subscription: String,
        /// The event. Its signature was not looked at.
        event: Event,
    },
    /// The answer to an event that was published.
    Ok {
        /// The id of the event, as the relay writes it: some write an empty one.
        id: String,
        /// Whether it was taken. Some relays say so of events that they have not taken.
        is_taken: bool,
        /// Why not: see [`Prefix`].
        reason: String,
    },
    /// All stored events of a subscription were sent.
    EndOfStored {
        /// The name of the subscription.
        subscription: String,
    },
    /// The relay has ended a subscription.
    Closed {
        /// The name of the subscription.
        subscription: String,
        /// Why: see [`Prefix`].
        reason: String,
    },
    /// A text for a person. Some relays answer with it alone when they refuse something.
    Notice(String),
    /// The relay can authenticate its users (NIP-42). Whether it wants to is said in other answers.
    Auth,
}

/// A frame of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientFrame {
    /// Publishes.
    Event(Event),
    /// Subscribes.
    Req {
        /// The name of the subscription. The same name replaces it.
        subscription: String,
        /// The filters. An event that matches any of them is delivered.
        filters: Vec<Filter>,
    },
    /// Ends a subscription.
    Close {
        /// Its name.
        subscription: String,
    },
}

/// A condition on events. A field that is not given holds for every event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// These kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinds: Option<Vec<u16>>,
    /// These mailboxes, in hexadecimal.
    #[serde(rename = "#p", default, skip_serializing_if = "Option::is_none")]
    pub mailboxes: Option<Vec<String>>,
    /// These authors, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authors: Option<Vec<String>>,
    /// These ids, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids: Option<Vec<String>>,
    /// Created at this time or later, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
    /// Created at this time or earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
    /// At most so many stored events, the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

impl Filter {
    /// New events for these mailboxes, and at most `limit` stored events since that time.
    #[must_use]
    pub fn mailboxes(mailboxes: &[Key], since: u64, limit: u64) -> Self {
        Self {
            kinds: Some(vec![super::KIND]),
            mailboxes: Some(mailboxes.iter().map(|key| hex::encode(key)).collect()),
            since: Some(since),
            limit: Some(limit),
            ..Self::default()
        }
    }

    /// The mailboxes that it names, if they are well-formed and not too many.
    #[must_use]
    pub fn mailbox_keys(&self) -> Option<Vec<Key>> {
        let mailboxes = self.mailboxes.as_ref()?;
        if mailboxes.len() > MAX_VALUES {
            return None;
        }
        mailboxes.iter().map(hex::decode).collect()
    }
}

/// The first word of a reason, which programs can read (NIP-01).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
    /// `duplicate:`
    Duplicate,
    /// `rate-limited:`
    RateLimited,
    /// `blocked:`, `restricted:` or `mute:`
    Blocked,
    /// `auth-required:`
    AuthRequired,
    /// `pow:`
    Work,
    /// `invalid:` or `unsupported:`
    Invalid,
    /// `error:`, or a word that is not known.
    Other,
}

impl Prefix {
    /// Reads the first word.
    #[must_use]
    pub fn of(reason: &str) -> Self {
        match reason.split(':').next().unwrap_or_default().trim() {
            "duplicate" => Self::Duplicate,
            "rate-limited" => Self::RateLimited,
            "blocked" | "restricted" | "mute" => Self::Blocked,
            "auth-required" => Self::AuthRequired,
            "pow" => Self::Work,
            "invalid" | "unsupported" => Self::Invalid,
            _ => Self::Other,
        }
    }
}

impl RelayFrame {
    /// Reads a frame. Nothing when it is malformed, too long, or of a name that is not known.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_READ_BYTES {
            return None;
        }
        let frame: Self = serde_json::from_str(text).ok()?;
        match &frame {
            Self::Event { event, .. } if !event.is_bounded() => None,
            _ => Some(frame),
        }
    }

    /// The JSON of it.
    ///
    /// # Errors
    /// None that is known.
    pub fn to_text(&self) -> serde_json::Result<String> {
        match self {
            Self::Event {
                subscription,
                event,
            } => serde_json::to_string(&("EVENT", subscription, event)),
            Self::Ok {
                id,
                is_taken,
                reason,
            } => serde_json::to_string(&("OK", id, is_taken, reason)),
            Self::EndOfStored { subscription } => serde_json::to_string(&("EOSE", subscription)),
            Self::Closed {
                subscription,
                reason,
            } => serde_json::to_string(&("CLOSED", subscription, reason)),
            Self::Notice(text) => serde_json::to_string(&("NOTICE", text)),
            // The challenge is not kept: Parlour has no account at a relay.
            Self::Auth => serde_json::to_string(&("AUTH", "")),
        }
    }
}

impl ClientFrame {
    /// Reads a frame. Nothing when it is malformed, too long, or of a name that is not known.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_READ_BYTES {
            return None;
        }
        let frame: Self = serde_json::from_str(text).ok()?;
        match &frame {
            Self::Event(event) if !event.is_bounded() => None,
            _ => Some(frame),
        }
    }

    /// The JSON of it.
    ///
    /// # Errors
    /// None that is known.
    pub fn to_text(&self) -> serde_json::Result<String> {
        match self {
            Self::Event(event) => serde_json::to_string(&("EVENT", event)),
            Self::Req {
                subscription,
                filters,
            } => {
                let head = [
                    serde_json::to_value("REQ")?,
                    serde_json::to_value(subscription)?,
                ];
                let filters = filters.iter().map(serde_json::to_value);
                let fields = head.into_iter().map(Ok).chain(filters);
                let fields: serde_json::Result<Vec<_>> = fields.collect();
                serde_json::to_string(&fields?)
            }
            Self::Close { subscription } => serde_json::to_string(&("CLOSE", subscription)),
        }
    }
}

impl<'de> Deserialize<'de> for RelayFrame {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = RelayFrame;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a frame of a relay")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut fields: A) -> Result<RelayFrame, A::Error> {
                let name: String = next(&mut fields)?;
                let frame = match name.as_str() {
                    "EVENT" => RelayFrame::Event {
                        subscription: next(&mut fields)?,
                        event: next(&mut fields)?,
                    },
                    "OK" => RelayFrame::Ok {
                        id: next(&mut fields)?,
                        is_taken: next(&mut fields)?,
                        // Some relays leave it out.
                        reason: fields.next_element()?.unwrap_or_default(),
                    },
                    "EOSE" => RelayFrame::EndOfStored {
                        subscription: next(&mut fields)?,
                    },
                    "CLOSED" => RelayFrame::Closed {
                        subscription: next(&mut fields)?,
                        reason: fields.next_element()?.unwrap_or_default(),
                    },
                    "NOTICE" => RelayFrame::Notice(next(&mut fields)?),
                    "AUTH" => RelayFrame::Auth,
                    _ => return Err(A::Error::custom("a frame of an unknown name")),
                };
                while fields.next_element::<IgnoredAny>()?.is_some() {}
                Ok(frame)
            }
        }

        deserializer.deserialize_seq(Read)
    }
}

impl<'de> Deserialize<'de> for ClientFrame {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = ClientFrame;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a frame of a client")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut fields: A) -> Result<ClientFrame, A::Error> {
                let name: String = next(&mut fields)?;
                let frame = match name.as_str() {
                    "EVENT" => ClientFrame::Event(next(&mut fields)?),
                    "REQ" => {
                        let subscription = next(&mut fields)?;
                        let mut filters = Vec::new();
                        while let Some(filter) = fields.next_element()? {
                            if filters.len() == MAX_VALUES {
                                return Err(A::Error::custom("too many filters"));
                            }
                            filters.push(filter);
                        }
                        ClientFrame::Req {
                            subscription,
                            filters,
                        }
                    }
                    "CLOSE" => ClientFrame::Close {
                        subscription: next(&mut fields)?,
                    },
                    _ => return Err(A::Error::custom("a frame of an unknown name")),
                };
                while fields.next_element::<IgnoredAny>()?.is_some() {}
                Ok(frame)
            }
        }

        deserializer.deserialize_seq(Read)
    }
}

fn next<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(fields: &mut A) -> Result<T, A::Error> {
    fields
        .next_element()?
        .ok_or_else(|| A::Error::custom("the frame is too short"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::event::AuthorKey;

    fn event() -> Event {
        let key = AuthorKey::from_bytes(&[1; 32]).unwrap();
        Event::sign(&key, 1_700_000_000, &[7; 32], b"sealed").unwrap()
    }

    #[test]
    fn frames_are_arrays_that_begin_with_their_name() {
        let filter = Filter::mailboxes(&[[7; 32]], 1_700_000_000, 32);
        let req = ClientFrame::Req {
            subscription: "s".to_owned(),
            filters: vec![filter.clone()],
        };
        let text = req.to_text().unwrap();
        let mailbox = "07".repeat(32);
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text).unwrap(),
            serde_json::json!(["REQ", "s", {
                "kinds": [21059], "#p": [mailbox], "since": 1_700_000_000, "limit": 32
            }])
        );
        assert_eq!(ClientFrame::parse(&text), Some(req));
        assert_eq!(filter.mailbox_keys(), Some(vec![[7; 32]]));
        let close = ClientFrame::Close {
            subscription: "s".to_owned(),
        };
        assert_eq!(close.to_text().unwrap(), r#"["CLOSE","s"]"#);
        let publish = ClientFrame::Event(event());
        assert_eq!(
            ClientFrame::parse(&publish.to_text().unwrap()),
            Some(publish)
        );
    }

    #[test]
    fn answers_of_relays_are_read_also_where_they_are_sloppy() {
        let ok = |id: &str, is_taken, reason: &str| {
            Some(RelayFrame::Ok {
                id: id.to_owned(),
                is_taken,
                reason: reason.to_owned(),
            })
        };
        let parse = RelayFrame::parse;
        assert_eq!(parse(r#"["OK","ab",true,""]"#), ok("ab", true, ""));
        assert_eq!(parse(r#"["OK","",false]"#), ok("", false, ""));
        assert_eq!(
            parse(r#"["OK","ab",false,"pow: 20",7]"#),
            ok("ab", false, "pow: 20")
        );
        assert_eq!(parse(r#"["AUTH","challenge"]"#), Some(RelayFrame::Auth));
        let notice = RelayFrame::Notice("no".to_owned());
        assert_eq!(parse(r#" [ "NOTICE" , "no" ] "#), Some(notice));
        let end = RelayFrame::EndOfStored {
            subscription: "s".to_owned(),
        };
        assert_eq!(parse(r#"["EOSE","s"]"#), Some(end));
    }

    #[test]
    fn what_is_malformed_is_skipped() {
        for text in [
            "",
            "[]",
            "{}",
            "null",
            r#"["OK"]"#,
            r#"["OK",1,true]"#,
            r#"["OK","","true"]"#,
            r#"["EVENT","s"]"#,
            r#"["EVENT","s",{}]"#,
            r#"["HELLO","s"]"#,
            r#"["NOTICE","no""#,
            &"[".repeat(MAX_READ_BYTES),
            &format!(r#"["NOTICE","{}"]"#, "x".repeat(MAX_READ_BYTES)),
        ] {
            assert_eq!(RelayFrame::parse(text), None, "{text:.40}");
        }
        let mut many = event();
        many.tags = vec![Vec::new(); 17];
        let text = serde_json::to_string(&("EVENT", "s", many)).unwrap();
        assert_eq!(RelayFrame::parse(&text), None);
    }

    #[test]
    fn reasons_are_told_apart_by_their_first_word() {
        for (reason, prefix) in [
            ("rate-limited: slow down", Prefix::RateLimited),
            ("blocked: you are banned", Prefix::Blocked),
            ("restricted: members only", Prefix::Blocked),
            ("auth-required: who are you", Prefix::AuthRequired),
            ("pow: 26 bits needed", Prefix::Work),
            ("duplicate: exists", Prefix::Duplicate),
            ("invalid: too long", Prefix::Invalid),
            ("error: disk", Prefix::Other),
            ("", Prefix::Other),
            ("not blocked: really", Prefix::Other),
        ] {
            assert_eq!(Prefix::of(reason), prefix, "{reason}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_skipped(text in ".*") {
            let _ = RelayFrame::parse(&text);
            let _ = ClientFrame::parse(&text);
        }

        /// Characters of an honest frame are replaced.
        #[test]
        fn a_frame_that_was_changed_is_read_or_skipped(at in any::<prop::sample::Index>(), change in ".{1,8}") {
            // Each signature of it is another one.
            let honest = event();
            let frame = RelayFrame::Event { subscription: "s".to_owned(), event: honest.clone() };
            let text = frame.to_text().unwrap();
            let at = at.index(text.len());
            let end = (at + change.len()).min(text.len());
            let changed = format!("{}{change}{}", &text[..at], &text[end..]);
            if let Some(RelayFrame::Event { event: read, .. }) = RelayFrame::parse(&changed) {
                prop_assert!(!read.verify() || read == honest);
            }
        }
    }
}
