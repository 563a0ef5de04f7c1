//! What a link's faults are called, and the text with which a link is sent.

use parlour_signaling::invite::{Host, Invite, InviteError};

use crate::error::{AppError, ErrorCode};
use crate::view::{InviteTemplates, NoticeCode};

/// Of the longest text with links; the words are few.
const MAX_TEXT_CHARS: usize = 8 * 1024;

/// For whoever pasted the text.
pub(super) fn code(error: &InviteError) -> ErrorCode {
    match error {
        InviteError::NotALink => ErrorCode::InviteNotALink,
        InviteError::TooNew => ErrorCode::InviteTooNew,
        InviteError::Damaged => ErrorCode::InviteDamaged,
        InviteError::NoEndpoint => ErrorCode::InviteNoEndpoint,
    }
}

/// For whoever clicked the link somewhere else.
pub(super) fn notice(error: &InviteError) -> NoticeCode {
    match error {
        InviteError::TooNew => NoticeCode::LinkTooNew,
        _ => NoticeCode::LinkDamaged,
    }
}

/// The invite as one text to send. What could not be pasted again is refused.
pub(super) fn text(invite: &Invite, words: &InviteTemplates) -> Result<String, AppError> {
    let named = invite
        .endpoints
        .iter()
        .all(|server| matches!(server.host, Host::Name(_)));
    let text = match invite.to_web_link().filter(|_| named) {
        Some(web) => words.app_and_web.replace("{web}", &web),
        None => words.app.clone(),
    };
    let text = text.replace("{link}", &invite.to_link());
    if text.chars().count() <= MAX_TEXT_CHARS && Invite::parse(&text).as_ref() == Ok(invite) {
        Ok(text)
    } else {
        Err(AppError {
            message: "the words make no invite".to_owned(),
            ..ErrorCode::ClipboardFailed.into()
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::HashMap;

    use parlour_signaling::crypto::RoomSecret;
    use parlour_signaling::invite::Endpoint;

    use super::*;

    fn invite(endpoints: &[&str]) -> Invite {
        Invite {
            endpoints: endpoints
                .iter()
                .map(|endpoint| Endpoint::parse(endpoint).unwrap())
                .collect(),
            secret: RoomSecret::random(),
        }
    }

    /// Those of the UI, in every language.
    fn spoken() -> HashMap<String, InviteTemplates> {
        let words = include_str!("../../../ui/src/i18n/invite.json");
        serde_json::from_str(words).unwrap()
    }

    #[test]
    fn the_text_in_every_language_leads_back_to_the_room() {
        let invites = [
            invite(&["192.168.1.7:18420", "[fd00::7]:18420"]),
            invite(&["parlour.example.org"]),
            invite(&["parlour.example.org:8443"]),
            invite(&["ws+parlour.example.org:8080"]),
        ];
        assert_eq!(spoken().len(), 2);
        for (language, words) in spoken() {
            for invite in &invites {
                let text = text(invite, &words).unwrap();
                assert_eq!(&Invite::parse(&text).unwrap(), invite, "{language}");
                // Text fields of one line take line breaks out, or put a space.
                for joint in ["", " "] {
                    let line = text.lines().collect::<Vec<_>>().join(joint);
                    assert_eq!(&Invite::parse(&line).unwrap(), invite, "{language}");
                }
                assert!(!text.contains(['{', '}']), "{language}");
            }
        }
    }

    #[test]
    fn the_link_for_browsers_stands_only_where_a_server_has_a_name_and_tls() {
        for words in spoken().into_values() {
            let web = |endpoints: &[&str]| {
                let invite = invite(endpoints);
                let text = text(&invite, &words).unwrap();
                assert!(text.contains(&invite.to_link()));
                text.contains("https://")
            };
            assert!(web(&["parlour.example.org"]));
            assert!(web(&["parlour.example.org:8443"]));
            for other in ["ws+parlour.example.org", "wss+192.0.2.7", "192.168.1.7"] {
                assert!(!web(&[other]), "{other}");
            }
            assert!(!web(&["parlour.example.org", "192.168.1.7"]));
        }
    }

    #[test]
    fn words_that_are_no_invite_are_refused() {
        let invite = invite(&["parlour.example.org"]);
        let elsewhere = self::invite(&["evil.example"]).to_link();
        for words in [
            String::new(),
            "come in".to_owned(),
            "{link}glued".to_owned(),
            format!("{elsewhere} {{link}}"),
            format!("{{link}} {}", "x".repeat(MAX_TEXT_CHARS)),
        ] {
            let words = InviteTemplates {
                app: words.clone(),
                app_and_web: words,
            };
            let refused = text(&invite, &words).unwrap_err();
            assert_eq!(refused.code, ErrorCode::ClipboardFailed);
        }
    }
}
