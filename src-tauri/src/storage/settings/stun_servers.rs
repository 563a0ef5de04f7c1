//! Public STUN servers.

use parlour_signaling::protocol::IceServer;

use super::{Reach, Settings};

const SHIPPED: &str = include_str!("stun-servers.txt");

/// The `stun:` addresses that come with the app.
#[must_use]
pub fn shipped_stun_servers() -> Vec<String> {
    let lines = SHIPPED.lines().map(str::trim);
    let urls = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    urls.map(ToOwned::to_owned).collect()
}

impl Settings {
    /// The public STUN servers that may be asked. None while only the own network is reached, and none when media goes
    /// only through TURN servers: nobody has to know the address then.
    #[must_use]
    pub fn public_stun(&self, reach: Reach) -> Option<IceServer> {
        if reach == Reach::Lan || self.relay_only {
            return None;
        }
        let urls = self.stun_servers.clone();
        let urls = urls.unwrap_or_else(shipped_stun_servers);
        (!urls.is_empty()).then_some(IceServer {
            urls,
            username: None,
            credential: None,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_list_that_comes_with_the_app_is_valid_and_of_several_operators() {
        let settings = Settings {
            stun_servers: Some(shipped_stun_servers()),
            ..Settings::default()
        };
        assert!(settings.validate().is_ok());
        let urls = shipped_stun_servers();
        let mut operators: Vec<_> = urls
            .iter()
            .map(|url| url.split(':').nth(1).unwrap().rsplit('.').nth(1).unwrap())
            .collect();
        operators.dedup();
        assert!((3..=4).contains(&operators.len()), "{operators:?}");
        assert_eq!(operators.len(), urls.len());
    }

    #[test]
    fn public_servers_are_asked_only_when_the_internet_is_reached() {
        let mut settings = Settings::default();
        let count = |settings: &Settings, reach| {
            settings
                .public_stun(reach)
                .map_or(0, |server| server.urls.len())
        };
        assert_eq!(count(&settings, Reach::Lan), 0);
        for reach in [Reach::Open, Reach::Anywhere] {
            assert_eq!(count(&settings, reach), shipped_stun_servers().len());
        }
        settings.stun_servers = Some(vec!["stun:stun.example.org".into()]);
        assert_eq!(count(&settings, Reach::Open), 1);
        settings.stun_servers = Some(Vec::new());
        assert_eq!(count(&settings, Reach::Open), 0, "turned off");
        settings.stun_servers = None;
        settings.relay_only = true;
        assert_eq!(count(&settings, Reach::Anywhere), 0);
    }
}
