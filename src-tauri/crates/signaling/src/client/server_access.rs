//! The access that lets this client start its room, for each server. A token or a permit is sent to the endpoint that
//! it belongs to and to no other: the endpoints of a link may be anybody's.

use crate::invite::Endpoint;
use crate::protocol::Access;
use crate::protocol::limits::MAX_ACCESS_BYTES;

/// Access tokens and permits, one for each endpoint. Never printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerAccess(Vec<(Endpoint, Access)>);

impl ServerAccess {
    /// The access that this endpoint gets.
    #[must_use]
    pub fn of(&self, server: &Endpoint) -> Option<&Access> {
        let entry = self.0.iter().find(|(endpoint, _)| endpoint == server);
        entry.map(|(_, access)| access)
    }

    /// Sets what an endpoint gets, in place of what it got before.
    pub fn set(&mut self, server: Endpoint, access: Access) {
        match self.0.iter_mut().find(|(endpoint, _)| *endpoint == server) {
            Some((_, before)) => *before = access,
            None => self.0.push((server, access)),
        }
    }

    /// Keeps a server's permit. One that is empty or too long is ignored.
    pub fn set_permit(&mut self, server: &Endpoint, permit: &str) {
        if (1..=MAX_ACCESS_BYTES).contains(&permit.len()) {
            self.set(server.clone(), Access::Permit(permit.to_owned()));
        }
    }

    /// The permits, each with its endpoint.
    pub fn permits(&self) -> impl Iterator<Item = (&Endpoint, &str)> {
        self.0.iter().filter_map(|(server, access)| match access {
            Access::Permit(permit) => Some((server, permit.as_str())),
            Access::Token(_) => None,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn server(text: &str) -> Endpoint {
        text.parse().unwrap()
    }

    #[test]
    fn an_endpoint_gets_its_own_and_a_permit_replaces_the_token() {
        let (ours, other) = (server("a.example"), server("b.example"));
        let mut access = ServerAccess::default();
        access.set(ours.clone(), Access::Token("token".into()));
        assert_eq!(access.of(&other), None);
        assert_eq!(access.of(&server("ws+a.example:443")), None);
        assert_eq!(access.permits().count(), 0);
        access.set_permit(&ours, "permit");
        access.set_permit(&other, "");
        access.set_permit(&other, &"x".repeat(MAX_ACCESS_BYTES + 1));
        assert_eq!(access.of(&ours), Some(&Access::Permit("permit".into())));
        assert_eq!(access.permits().collect::<Vec<_>>(), [(&ours, "permit")]);
    }
}
