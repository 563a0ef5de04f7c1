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

/// Where the app was published, known when it is built.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Published<'a> {
    /// An invite page.
    pub(super) invite_page: Option<&'a str>,
    /// Where people get the app.
    pub(super) downloads: Option<&'a str>,
}

impl<'a> Published<'a> {
    /// The values that this app was built with.
    pub(super) const BUILT_WITH: Published<'static> = Published {
        invite_page: option_env!("PARLOUR_INVITE_PAGE"),
        downloads: option_env!("PARLOUR_DOWNLOADS"),
    };

    /// The invite page of the settings takes the place of the other.
    pub(super) fn with_page(self, page: &'a str) -> Self {
        Self {
            invite_page: Some(page)
                .filter(|page| !page.is_empty())
                .or(self.invite_page),
            ..self
        }
    }
}

/// The link that people get: one that a browser opens where there is a page for it, since chat programs make no other
/// clickable.
pub(super) fn link(invite: &Invite, published: Published<'_>) -> String {
    web_link(invite, published).unwrap_or_else(|| invite.to_link())
}

/// The server's own page comes first: it is there when the room is.
fn web_link(invite: &Invite, published: Published<'_>) -> Option<String> {
    let has_names_only = invite
        .endpoints
        .iter()
        .all(|server| matches!(server.host, Host::Name(_)));
    invite
        .to_web_link()
        .filter(|_| has_names_only)
        .or_else(|| published.invite_page.map(|page| invite.to_page_link(page)))
}

/// Fills the invite into a template. A text that the app could not parse again is refused.
pub(super) fn text(
    invite: &Invite,
    templates: &InviteTemplates,
    published: Published<'_>,
) -> Result<String, AppError> {
    let text = match (web_link(invite, published), published.downloads) {
        (Some(web), _) => templates.web.replace("{link}", &web),
        (None, Some(downloads)) => templates
            .app_and_downloads
            .replace("{downloads}", downloads)
            .replace("{link}", &invite.to_link()),
        (None, None) => templates.app.replace("{link}", &invite.to_link()),
    };
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

    const PUBLISHED: Published<'static> = Published {
        invite_page: Some("https://friends.example/parlour/"),
        downloads: Some("https://code.example/parlour/releases"),
    };

    #[test]
    fn the_text_in_every_language_leads_back_to_the_room() {
        let mut by_relays = invite(&["192.168.1.7:18420"]);
        by_relays.relays.listed = true;
        let invites = [
            invite(&["192.168.1.7:18420", "[fd00::7]:18420"]),
            invite(&["parlour.example.org"]),
            invite(&["parlour.example.org:8443"]),
            invite(&["ws+parlour.example.org:8080"]),
            by_relays,
        ];
        let downloads = Published {
            invite_page: None,
            ..PUBLISHED
        };
        assert_eq!(templates().len(), 2);
        for (language, template) in templates() {
            for (invite, published) in invites.iter().flat_map(|invite| {
                [Published::default(), downloads, PUBLISHED].map(|p| (invite, p))
            }) {
                let text = text(invite, &template, published).unwrap();
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
    fn a_link_that_chat_programs_make_clickable_leads_where_there_is_a_page() {
        let link = |endpoints: &[&str], published| link(&invite(endpoints), published);
        let nothing = Published::default();
        assert!(
            link(&["parlour.example.org"], nothing).starts_with("https://parlour.example.org/j#")
        );
        // Its own server has the page, and is there when the room is.
        assert!(
            link(&["parlour.example.org:8443"], PUBLISHED)
                .starts_with("https://parlour.example.org:8443/j#")
        );
        for other in ["ws+parlour.example.org", "wss+192.0.2.7", "192.168.1.7"] {
            assert!(
                link(&[other], nothing).starts_with("parlour://join/"),
                "{other}"
            );
            let page = link(&[other], PUBLISHED);
            assert!(
                page.starts_with("https://friends.example/parlour/#join/"),
                "{page}"
            );
        }
        let own = PUBLISHED.with_page("https://mei.example/");
        assert!(link(&["192.168.1.7"], own).starts_with("https://mei.example/#join/"));
        assert!(
            link(&["192.168.1.7"], PUBLISHED.with_page("")).starts_with("https://friends.example/")
        );
    }

    #[test]
    fn a_person_without_the_app_reads_where_it_is() {
        let downloads = Published {
            invite_page: None,
            ..PUBLISHED
        };
        for template in templates().into_values() {
            let text = text(&invite(&["192.168.1.7"]), &template, downloads).unwrap();
            assert!(text.contains("https://code.example/parlour/releases"));
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
                app_and_downloads: template.clone(),
                web: template,
            };
            let refused = text(&invite, &template, Published::default()).unwrap_err();
            assert_eq!(refused.code, ErrorCode::ClipboardFailed);
        }
    }
}
