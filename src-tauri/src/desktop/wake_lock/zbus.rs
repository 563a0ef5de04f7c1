//! Linux: the screen saver's interface on the session bus, or else the portal's.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::watch;
use zbus::Connection;
use zbus::zvariant::{OwnedObjectPath, Value};

/// How long a desktop may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// `Inhibit` of the portal: the session does not become idle.
const IDLE: u32 = 8;

#[zbus::proxy(
    interface = "org.freedesktop.ScreenSaver",
    default_service = "org.freedesktop.ScreenSaver",
    default_path = "/org/freedesktop/ScreenSaver",
    gen_blocking = false
)]
trait ScreenSaver {
    fn inhibit(&self, app_name: &str, reason: &str) -> zbus::Result<u32>;

    fn un_inhibit(&self, cookie: u32) -> zbus::Result<()>;
}

#[zbus::proxy(
    interface = "org.freedesktop.portal.Inhibit",
    default_service = "org.freedesktop.portal.Desktop",
    default_path = "/org/freedesktop/portal/desktop",
    gen_blocking = false
)]
trait Portal {
    fn inhibit(
        &self,
        window: &str,
        flags: u32,
        options: HashMap<&str, Value<'_>>,
    ) -> zbus::Result<OwnedObjectPath>;
}

#[zbus::proxy(
    interface = "org.freedesktop.portal.Request",
    default_service = "org.freedesktop.portal.Desktop",
    gen_blocking = false
)]
trait Request {
    fn close(&self) -> zbus::Result<()>;
}

enum Held {
    ByScreenSaver(u32),
    ByPortal(OwnedObjectPath),
}

/// A lock. The desktop also gives it back when the connection ends.
struct WakeLock {
    bus: Connection,
    held: Held,
}

/// Holds a lock while there is a reason, in words that the desktop may show.
pub(in crate::desktop) async fn run(mut reasons: watch::Receiver<Option<String>>) {
    let mut lock: Option<WakeLock> = None;
    loop {
        let reason = reasons.borrow_and_update().clone();
        lock = match (reason, lock) {
            (Some(_), Some(lock)) => Some(lock),
            (Some(reason), None) => with_timeout(WakeLock::take(&reason)).await,
            (None, Some(lock)) => {
                with_timeout(lock.give_back()).await;
                None
            }
            (None, None) => None,
        };
        if reasons.changed().await.is_err() {
            return;
        }
    }
}

async fn with_timeout<T>(call: impl Future<Output = zbus::Result<T>>) -> Option<T> {
    match tokio::time::timeout(TIMEOUT, call).await {
        Ok(Ok(done)) => Some(done),
        Ok(Err(error)) => {
            tracing::info!(%error, "the desktop does not let the app keep the screen on");
            None
        }
        Err(_) => {
            tracing::info!("the desktop does not answer whether the screen stays on");
            None
        }
    }
}

impl WakeLock {
    async fn take(reason: &str) -> zbus::Result<Self> {
        let bus = Connection::session().await?;
        let screen_saver = ScreenSaverProxy::new(&bus).await?;
        let held = match screen_saver.inhibit("Parlour", reason).await {
            Ok(cookie) => Held::ByScreenSaver(cookie),
            Err(error) => {
                tracing::debug!(%error, "there is no screen saver to ask");
                let options = HashMap::from([("reason", Value::from(reason))]);
                let portal = PortalProxy::new(&bus).await?;
                Held::ByPortal(portal.inhibit("", IDLE, options).await?)
            }
        };
        Ok(Self { bus, held })
    }

    async fn give_back(self) -> zbus::Result<()> {
        match self.held {
            Held::ByScreenSaver(cookie) => {
                let screen_saver = ScreenSaverProxy::new(&self.bus).await?;
                screen_saver.un_inhibit(cookie).await
            }
            Held::ByPortal(request) => {
                let request = RequestProxy::builder(&self.bus).path(request)?.build();
                request.await?.close().await
            }
        }
    }
}
