//! The connection check, which runs beside the controller.

use parlour_signaling::invite::Endpoint;

use super::ice_servers::{self, MemberIceServers};
use super::relays::relays_to_check;
use super::{Controller, Platform};
use crate::doctor::{CheckPlan, ConnectionCheck, NetworkFacts};
use crate::error::AppError;
use crate::storage::settings::{Hosting, Reach};

impl<P: Platform> Controller<P> {
    /// Begins anew, also while a check runs.
    pub(super) async fn check_connection(&mut self) -> Result<(), AppError> {
        let plan = self.check_plan();
        self.check_facts = Some(self.platform.check_connection(plan));
        self.check = Some(ConnectionCheck {
            running: true,
            facts: NetworkFacts::default(),
        });
        Ok(())
    }

    /// Ends the probes. The facts that they have found stay.
    pub(super) async fn stop_connection_check(&mut self) -> Result<(), AppError> {
        self.check_facts = None;
        if let Some(check) = &mut self.check {
            check.running = false;
        }
        Ok(())
    }

    /// `None`: the check is over.
    pub(super) fn on_check_facts(&mut self, facts: Option<NetworkFacts>) {
        let Some(check) = &mut self.check else { return };
        match facts {
            Some(facts) => check.facts = facts,
            None => {
                check.running = false;
                self.check_facts = None;
            }
        }
    }

    /// The facts hold for one network.
    pub(super) fn forget_check(&mut self) {
        self.check_facts = None;
        self.check = None;
    }

    fn check_plan(&self) -> CheckPlan {
        let (settings, reach) = (&self.settings, self.reach());
        let ice_servers = match &self.room {
            Some(room) => room.ice_servers_of_others(settings, reach),
            None => ice_servers::for_page(settings, reach, None, &[], &MemberIceServers::default()),
        };
        let invite = self.room.as_ref().map(|room| room.invite());
        let mut endpoints: Vec<_> = match (invite, &settings.hosting) {
            (Some(invite), _) => invite.endpoints.clone(),
            (None, Hosting::Server { address, .. }) => {
                Endpoint::parse(address).into_iter().collect()
            }
            (None, Hosting::ThisComputer) => Vec::new(),
        };
        if reach == Reach::Anywhere {
            endpoints.extend(relays_to_check(invite, settings));
        }
        CheckPlan {
            reach,
            ice_servers,
            endpoints,
        }
    }
}
