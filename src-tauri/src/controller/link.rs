//! What a link's faults are called.

use parlour_signaling::invite::{Invite, InviteError};

use crate::error::ErrorCode;
use crate::view::NoticeCode;

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

/// The first endpoint's host, for people.
pub(super) fn host(invite: &Invite) -> String {
    invite
        .endpoints
        .first()
        .map(|endpoint| endpoint.host.to_string())
        .unwrap_or_default()
}
