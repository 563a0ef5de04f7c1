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
pub(in crate::desktop) async fn run(reasons: watch::Receiver<Option<String>>) {
    run_on(None, reasons).await;
}

/// On the bus at this address, or on that of the session.
async fn run_on(address: Option<&str>, mut reasons: watch::Receiver<Option<String>>) {
    let mut lock: Option<WakeLock> = None;
    loop {
        let reason = reasons.borrow_and_update().clone();
        lock = match (reason, lock) {
            (Some(_), Some(lock)) => Some(lock),
            (Some(reason), None) => with_timeout(WakeLock::take(address, &reason)).await,
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
    async fn take(address: Option<&str>, reason: &str) -> zbus::Result<Self> {
        let bus = match address {
            Some(address) => zbus::connection::Builder::address(address)?.build().await?,
            None => Connection::session().await?,
        };
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

#[cfg(test)]
#[allow(clippy::expect_used, clippy::unwrap_used)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::process::{Child, Command, Stdio};

    use tokio::sync::mpsc;

    use super::*;

    /// A session bus of the test.
    struct Bus(Child, String);

    impl Bus {
        /// `None` where there is no `dbus-daemon`.
        fn start() -> Option<Self> {
            let mut command = Command::new("dbus-daemon");
            command.args(["--session", "--nofork", "--print-address"]);
            let started = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
            let Ok(mut daemon) = started else {
                eprintln!("skipped: there is no dbus-daemon");
                return None;
            };
            let mut address = String::new();
            let mut output = BufReader::new(daemon.stdout.take().unwrap());
            output.read_line(&mut address).unwrap();
            let bus = Self(daemon, address.trim().to_owned());
            assert!(!bus.1.is_empty(), "the bus has ended");
            Some(bus)
        }
    }

    impl Drop for Bus {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    struct FakeScreenSaver(mpsc::UnboundedSender<String>);

    #[zbus::interface(name = "org.freedesktop.ScreenSaver")]
    impl FakeScreenSaver {
        fn inhibit(&self, app_name: &str, reason: &str) -> u32 {
            self.0.send(format!("on: {app_name}, {reason}")).unwrap();
            7
        }

        fn un_inhibit(&self, cookie: u32) {
            self.0.send(format!("off: {cookie}")).unwrap();
        }
    }

    async fn next(asked: &mut mpsc::UnboundedReceiver<String>) -> String {
        let next = tokio::time::timeout(2 * TIMEOUT, asked.recv()).await;
        next.expect("the screen saver was not asked").unwrap()
    }

    #[tokio::test]
    async fn the_screen_stays_on_from_enter_to_leave() {
        let Some(bus) = Bus::start() else {
            return;
        };
        let (sender, mut asked) = mpsc::unbounded_channel();
        let _desktop = zbus::connection::Builder::address(bus.1.as_str())
            .unwrap()
            .name("org.freedesktop.ScreenSaver")
            .unwrap()
            .serve_at("/org/freedesktop/ScreenSaver", FakeScreenSaver(sender))
            .unwrap()
            .build()
            .await
            .unwrap();
        let (call, reasons) = watch::channel(None);
        let address = bus.1.clone();
        let task = tokio::spawn(async move { run_on(Some(&address), reasons).await });
        for _ in 0..2 {
            call.send_replace(Some("In a call".to_owned()));
            assert_eq!(next(&mut asked).await, "on: Parlour, In a call");
            call.send_replace(None);
            assert_eq!(next(&mut asked).await, "off: 7");
        }
        assert!(asked.try_recv().is_err(), "once in each call");
        drop(call);
        task.await.unwrap();
    }

    #[tokio::test]
    async fn without_a_bus_the_call_goes_on() {
        let (call, reasons) = watch::channel(Some("In a call".to_owned()));
        drop(call);
        run_on(Some("unix:path=/nowhere"), reasons).await;
    }
}
