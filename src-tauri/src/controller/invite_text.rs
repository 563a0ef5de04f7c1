//! The text that carries an invite, and the codes for what is wrong with one.

use parlour_signaling::invite::{Host, Invite, InviteError};

use crate::error::{AppError, ErrorCode};
use crate::view::{InviteTemplates, NoticeCode};

/// More than templates and links need.
const MAX_TEXT_CHARS: usize = 8 * 1024;

/// For a text that was pasted.
pub(super) fn error_code(error: &InviteError) -> ErrorCode {
    match error {
        InviteError::NotALink => ErrorCode::InviteNotALink,
        InviteError::TooNew => ErrorCode::InviteTooNew,
        InviteError::Damaged => ErrorCode::InviteDamaged,
        InviteError::NoEndpoint => ErrorCode::InviteNoEndpoint,
    }
}

/// For a link that was clicked outside of the app.
pub(super) fn notice_code(error: &InviteError) -> NoticeCode {
    match error {
        InviteError::TooNew => NoticeCode::LinkTooNew,
        _ => NoticeCode::LinkDamaged,
    }
}

/// Fills the invite into a template. A text that the app could not parse again is refused.
pub(super) fn text(invite: &Invite, templates: &InviteTemplates) -> Result<String, AppError> {
    let has_names_only = invite
        .endpoints
        .iter()
        .all(|server| matches!(server.host, Host::Name(_)));
    let text = match invite.to_web_link().filter(|_| has_names_only) {
        Some(web) => templates.app_and_web.replace("{web}", &web),
        None => templates.app.clone(),
    };
    let text = text.replace("{link}", &invite.to_link());
    if text.chars().count() <= MAX_TEXT_CHARS && Invite::parse(&text).as_ref() == Ok(invite) {
        Ok(text)
    } else {
        Err(AppError {
            message: "the template makes no invite".to_owned(),
            ..ErrorCode::ClipboardFailed.into()
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::HashMap;

    use parlour_signaling::crypto::RoomSecret;
    use parlour_signaling::invite::{Endpoint, Relays};

    use super::*;

    fn invite(endpoints: &[&str]) -> Invite {
        Invite {
            endpoints: endpoints
                .iter()
                .map(|endpoint| Endpoint::parse(endpoint).unwrap())
                .collect(),
            relays: Relays::default(),
            secret: RoomSecret::random(),
        }
    }

    /// The templates of the UI, by language.
    fn templates() -> HashMap<String, InviteTemplates> {
        let template = include_str!("../../../ui/src/i18n/invite.json");
        serde_json::from_str(template).unwrap()
    }

    #[test]
    fn the_text_in_every_language_leads_back_to_the_room() {
        let invites = [
            invite(&["192.168.1.7:18420", "[fd00::7]:18420"]),
            invite(&["parlour.example.org"]),
            invite(&["parlour.example.org:8443"]),
            invite(&["ws+parlour.example.org:8080"]),
        ];
        assert_eq!(templates().len(), 2);
        for (language, template) in templates() {
            for invite in &invites {
                let text = text(invite, &template).unwrap();
                assert_eq!(&Invite::parse(&text).unwrap(), invite, "{language}");
                // A text field of one line removes line breaks, or replaces them by spaces.
                for joint in ["", " "] {
                    let line = text.lines().collect::<Vec<_>>().join(joint);
                    assert_eq!(&Invite::parse(&line).unwrap(), invite, "{language}");
                }
                assert!(!text.contains(['{', '}']), "{language}");
            }
        }
    }

    #[test]
    fn the_web_link_is_included_only_for_a_server_with_a_name_and_tls() {
        for template in templates().into_values() {
            let web = |endpoints: &[&str]| {
                let invite = invite(endpoints);
                let text = text(&invite, &template).unwrap();
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
    fn a_template_that_makes_no_invite_is_refused() {
        let invite = invite(&["parlour.example.org"]);
        let elsewhere = self::invite(&["evil.example"]).to_link();
        for template in [
            String::new(),
            "come in".to_owned(),
            "{link}glued".to_owned(),
            format!("{elsewhere} {{link}}"),
            format!("{{link}} {}", "x".repeat(MAX_TEXT_CHARS)),
        ] {
            let template = InviteTemplates {
                app: template.clone(),
                app_and_web: template,
            };
            let refused = text(&invite, &template).unwrap_err();
            assert_eq!(refused.code, ErrorCode::ClipboardFailed);
        }
    }
}
