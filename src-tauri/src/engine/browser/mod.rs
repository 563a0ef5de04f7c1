//! The browser engine: the door, the browser that was sent to it, and what becomes of both.

pub(super) mod discovery;
pub(super) mod launch;
mod port;
mod process;

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use self::launch::{Places, Program, Redirect};
use self::process::Process;
use super::event::{BrowserFailure, EngineEvent};
use super::loopback::{Assets, Dispatch, Door, DoorConfig, DoorState, PageSender, TOKEN_LIFETIME};
use crate::error::{AppError, ErrorCode};
use crate::events::{CLOSE, FOCUS};
use crate::storage::atomic_file;

/// While a browser that was just started is left to come up, however often *Show call* is pressed.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long *Show call* waits for a page that may be loaded anew before it starts the browser again.
const RELOAD_TIMEOUT: Duration = Duration::from_secs(1);

/// What the engine needs.
pub struct EngineConfig {
    /// The app's profile folder.
    pub profile: PathBuf,
    /// The browser.
    pub program: Program,
    /// The UI's files.
    pub assets: Arc<dyn Assets>,
    /// The app's commands.
    pub dispatch: Arc<dyn Dispatch>,
    /// The names of those that the page may call.
    pub commands: &'static [&'static str],
}

/// Why the engine did not open.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No port, or no private folder.
    #[error("the door on loopback could not be opened: {0}")]
    Door(#[source] io::Error),
    /// The program did not start.
    #[error("the browser could not be started: {0}")]
    Browser(#[source] io::Error),
}

impl From<EngineError> for AppError {
    fn from(error: EngineError) -> Self {
        Self {
            message: error.to_string(),
            ..ErrorCode::BrowserFailed.into()
        }
    }
}

/// The call's browser window. Dropping it ends the browser and the door at once; [`BrowserEngine::close`] is kinder.
pub struct BrowserEngine {
    sender: PageSender,
    show: Arc<Notify>,
    closing: CancellationToken,
    task: AbortOnDropHandle<()>,
}

impl BrowserEngine {
    /// Opens the door and starts the browser.
    pub async fn open(
        config: EngineConfig,
    ) -> Result<(Self, mpsc::Receiver<EngineEvent>), EngineError> {
        atomic_file::create_private_folder(&config.profile).map_err(EngineError::Door)?;
        let port_file = config.profile.join("loopback-port");
        let (listener, moved) = port::bind(&port_file).await.map_err(EngineError::Door)?;
        if moved {
            tracing::warn!("the door's port was taken; another is kept from now on");
        }
        let (events, receiver) = mpsc::channel(32);
        let door = DoorConfig {
            assets: config.assets,
            dispatch: config.dispatch,
            commands: config.commands,
            events: events.clone(),
        };
        let door = Door::open(listener, door).map_err(EngineError::Door)?;
        let home = std::env::home_dir().unwrap_or_default();
        let closing = CancellationToken::new();
        let mut owner = Owner {
            places: Places::new(&config.program, &config.profile, &home),
            program: config.program,
            sender: door.sender(),
            state: door.state(),
            door,
            process: None,
            launch: None,
            events,
            closing: closing.clone(),
        };
        owner.launch().map_err(EngineError::Browser)?;
        owner.tell(EngineEvent::Opening).await;
        let show = Arc::new(Notify::new());
        let engine = Self {
            sender: owner.sender.clone(),
            show: show.clone(),
            closing,
            task: AbortOnDropHandle::new(tokio::spawn(owner.run(show))),
        };
        Ok((engine, receiver))
    }

    /// Sends events to the page.
    pub fn page(&self) -> &PageSender {
        &self.sender
    }

    /// Brings the page to the front as far as the system allows, or back when it is closed.
    pub fn show(&self) {
        self.show.notify_one();
    }

    /// Says `close` to the page, closes the door, ends the browser. Bounded.
    pub async fn close(self) {
        self.closing.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the browser engine did not end well");
        }
    }
}

/// A browser that was sent to the door and is not there yet.
struct Launch {
    /// Until the session has begun.
    redirect: Option<Redirect>,
    started: Instant,
    before: DoorState,
}

struct Owner {
    program: Program,
    places: Places,
    door: Door,
    sender: PageSender,
    state: watch::Receiver<DoorState>,
    process: Option<Process>,
    launch: Option<Launch>,
    events: mpsc::Sender<EngineEvent>,
    closing: CancellationToken,
}

impl Owner {
    async fn run(mut self, show: Arc<Notify>) {
        let closing = self.closing.clone();
        loop {
            tokio::select! {
                () = closing.cancelled() => break,
                Ok(()) = self.state.changed() => self.door_changed(),
                () = show.notified() => self.show().await,
                status = exit(&mut self.process) => self.exited(status).await,
                () = expiry(self.launch.as_ref()) => self.fail(BrowserFailure::NoPage).await,
            }
        }
        self.sender.send(CLOSE, &());
        self.door.close().await;
        if let Some(process) = self.process {
            process.end().await;
        }
    }

    /// Starts the browser with a token of its own.
    fn launch(&mut self) -> io::Result<()> {
        self.places.make(&self.program)?;
        let before = *self.state.borrow();
        let redirect = Redirect::write(&self.places, &self.door.launch_url()?)?;
        let argv = self.program.argv(&self.places, &redirect.url()?);
        self.process = Some(Process::start(&argv)?);
        self.launch = Some(Launch {
            redirect: Some(redirect),
            started: Instant::now(),
            before,
        });
        tracing::info!(
            browser = self.program.name(),
            "the call's browser was started"
        );
        Ok(())
    }

    fn door_changed(&mut self) {
        let state = *self.state.borrow_and_update();
        let Some(launch) = &mut self.launch else {
            return;
        };
        if state.pages > launch.before.pages {
            self.launch = None;
        } else if state.sessions > launch.before.sessions {
            launch.redirect = None;
        }
    }

    async fn show(&mut self) {
        if self.sender.send(FOCUS, &()) {
            return;
        }
        let coming = self
            .launch
            .as_ref()
            .is_some_and(|launch| launch.started.elapsed() < PATIENCE);
        if coming || self.page_returns().await {
            return;
        }
        // What is left of the browser would take the new start for a second one.
        self.launch = None;
        if let Some(process) = self.process.take() {
            process.end().await;
        }
        match self.launch() {
            Ok(()) => self.tell(EngineEvent::Opening).await,
            Err(error) => {
                tracing::warn!(%error, "the browser could not be started");
                self.fail(BrowserFailure::NotStarted).await;
            }
        }
    }

    /// A page that is being loaded anew is gone for a moment only.
    async fn page_returns(&mut self) -> bool {
        if !self.process.as_ref().is_some_and(Process::is_running) {
            return false;
        }
        let page = self.state.wait_for(|state| state.page.is_some());
        let returned = tokio::time::timeout(RELOAD_TIMEOUT, page).await;
        matches!(returned, Ok(Ok(_))) && self.sender.send(FOCUS, &())
    }

    /// A browser that hands over to one that runs already ends without an error, so only an error counts.
    async fn exited(&mut self, status: io::Result<ExitStatus>) {
        tracing::info!(?status, "the call's browser ended");
        self.door_changed();
        let failed = !status.is_ok_and(|status| status.success());
        if failed && self.launch.is_some() {
            self.fail(BrowserFailure::Exited).await;
        }
    }

    async fn fail(&mut self, failure: BrowserFailure) {
        self.launch = None;
        tracing::warn!(%failure, "no call page");
        self.tell(EngineEvent::BrowserFailed(failure)).await;
    }

    /// An owner that is closing the engine no longer listens.
    async fn tell(&self, event: EngineEvent) {
        let sending = self.events.send(event);
        let _ = self.closing.run_until_cancelled(sending).await;
    }
}

async fn exit(process: &mut Option<Process>) -> io::Result<ExitStatus> {
    match process {
        Some(process) => process.exit().await,
        None => std::future::pending().await,
    }
}

async fn expiry(launch: Option<&Launch>) {
    match launch {
        Some(launch) => tokio::time::sleep_until(launch.started + TOKEN_LIFETIME).await,
        None => std::future::pending().await,
    }
}
