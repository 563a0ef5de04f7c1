//! Links that were clicked outside of the app. Somebody else chose the moment, so nothing connects before the person
//! agrees, unless the link leads to a room that this app has joined already.

use parlour_signaling::invite::Invite;
use parlour_signaling::protocol::clean_name;

use super::room::JoinedRoom;
use super::room_place::places;
use super::{Controller, Platform, invite_text};
use crate::engine::EngineKind;
use crate::error::AppError;
use crate::links::deep_link::DeepLink;
use crate::view::PendingJoin;

/// A clicked link that waits for the person's answer.
pub(super) struct ClickedInvite {
    number: u32,
    invite: Invite,
}

impl<P: Platform> Controller<P> {
    /// A link was clicked somewhere on this computer.
    pub(super) async fn handle_deep_link(&mut self, link: DeepLink) {
        self.show_window();
        if self.engine.kind() == EngineKind::Unknown {
            self.pending_link = Some(link);
            return;
        }
        let invite = match Invite::parse(link.expose()) {
            Ok(invite) => invite,
            Err(error) => {
                tracing::info!(%error, "a clicked link is no invite");
                return self.add_notice(invite_text::notice_code(&error));
            }
        };
        tracing::info!("a link was clicked");
        if let Err(error) = self.follow(invite).await {
            tracing::info!(code = ?error.code, "a clicked link cannot be followed");
        }
    }

    /// Follows the link that waited until the engine was chosen.
    pub(super) async fn handle_pending_link(&mut self) {
        if self.engine.kind() != EngineKind::Unknown
            && let Some(link) = self.pending_link.take()
        {
            self.handle_deep_link(link).await;
        }
    }

    async fn follow(&mut self, invite: Invite) -> Result<(), AppError> {
        if self.is_in_room_of(&invite) {
            return self.show_call().await;
        }
        if self.room.as_ref().is_some_and(JoinedRoom::is_open) {
            // Even a room that was joined before would end this call.
            self.ask_before_joining(invite);
            return Ok(());
        }
        if self.is_last_room(&invite) {
            // The link may have other addresses than the room has now. Only a click in the app enters.
            return self.return_to_last_room(false).await;
        }
        if self.joined_rooms.contains(&invite) {
            return self.join(invite).await;
        }
        if self.engine.kind() == EngineKind::Missing {
            // The window says already that no call can run.
            return Ok(());
        }
        self.ask_before_joining(invite);
        Ok(())
    }

    /// The latest link is the one that is asked about. A second click on it does not ask anew.
    fn ask_before_joining(&mut self, invite: Invite) {
        let is_asked = |asked: &ClickedInvite| asked.invite == invite;
        if !self.pending_join.as_ref().is_some_and(is_asked) {
            self.last_question = self.last_question.wrapping_add(1);
            self.pending_join = Some(ClickedInvite {
                number: self.last_question,
                invite,
            });
        }
    }

    /// The answer counts only for the question that the person saw.
    pub(super) async fn answer_pending_join(
        &mut self,
        number: u32,
        name: Option<String>,
    ) -> Result<(), AppError> {
        let is_asked = |asked: &mut ClickedInvite| asked.number == number;
        let Some(asked) = self.pending_join.take_if(is_asked) else {
            return Ok(());
        };
        let Some(name) = name else {
            return Ok(());
        };
        self.end_room();
        // The page must see the end of the old room before it sees the new one.
        self.send_view();
        self.set_name(clean_name(&name));
        self.join(asked.invite).await
    }

    pub(super) fn pending_join_view(&self) -> Option<PendingJoin> {
        let asked = self.pending_join.as_ref()?;
        Some(PendingJoin {
            number: asked.number,
            leaves: self.room.as_ref().is_some_and(JoinedRoom::is_open),
            places: places(&asked.invite),
        })
    }
}
