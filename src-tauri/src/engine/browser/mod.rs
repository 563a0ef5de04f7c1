//! The browser engine: the loopback server, the browser that is redirected to it, and the lifetime of both.

mod chromium;
pub(super) mod discovery;
mod firefox;
mod folders;
pub(super) mod launch;
mod port;
mod process;
mod redirect_file;

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use self::folders::BrowserFolders;
use self::launch::Program;
use self::process::BrowserProcess;
use self::redirect_file::RedirectFile;
use super::event::{BrowserFailure, EngineEvent};
use super::loopback::{
    Assets, Dispatch, LoopbackConfig, LoopbackServer, LoopbackState, PageSender, TOKEN_LIFETIME,
};
use crate::error::{AppError, ErrorCode};
use crate::events::{CLOSE, FOCUS};
use crate::storage::atomic_file;

/// How long a browser may start up before *Show call* starts it again.
const STARTUP_GRACE: Duration = Duration::from_secs(5);

/// How long *Show call* waits for a page that may be reloading before it starts the browser again.
const RELOAD_TIMEOUT: Duration = Duration::from_secs(1);

pub struct EngineConfig {
    /// The app's profile folder.
    pub profile: PathBuf,
    pub program: Program,
    pub assets: Arc<dyn Assets>,
    pub dispatch: Arc<dyn Dispatch>,
    /// The commands that the page may call.
    pub commands: &'static [&'static str],
}

#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No port, or no private folder.
    #[error("the loopback server could not be opened: {0}")]
    Loopback(#[source] io::Error),
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

/// The call's browser window. Dropping it ends the browser and the server at once; [`BrowserEngine::close`] ends them
/// gracefully.
pub struct BrowserEngine {
    sender: PageSender,
    show: Arc<Notify>,
    closing: CancellationToken,
    task: AbortOnDropHandle<()>,
}

impl BrowserEngine {
    /// Opens the server and starts the browser.
    pub async fn open(
        config: EngineConfig,
    ) -> Result<(Self, mpsc::Receiver<EngineEvent>), EngineError> {
        atomic_file::create_private_folder(&config.profile).map_err(EngineError::Loopback)?;
        let port_file = config.profile.join("loopback-port");
        let (listener, moved) = port::bind(&port_file)
            .await
            .map_err(EngineError::Loopback)?;
        if moved {
            tracing::warn!(
                "the port of the loopback server was taken; another one is kept from now on"
            );
        }
        let (events, receiver) = mpsc::channel(32);
        let server = LoopbackConfig {
            assets: config.assets,
            dispatch: config.dispatch,
            commands: config.commands,
            events: events.clone(),
        };
        let server = LoopbackServer::open(listener, server).map_err(EngineError::Loopback)?;
        let home = std::env::home_dir().unwrap_or_default();
        let closing = CancellationToken::new();
        let mut task = EngineTask {
            folders: BrowserFolders::new(&config.program, &config.profile, &home),
            program: config.program,
            sender: server.sender(),
            state: server.state(),
            server,
            process: None,
            launch: None,
            events,
            closing: closing.clone(),
        };
        task.launch().map_err(EngineError::Browser)?;
        task.send_event(EngineEvent::Opening).await;
        let show = Arc::new(Notify::new());
        let engine = Self {
            sender: task.sender.clone(),
            show: show.clone(),
            closing,
            task: AbortOnDropHandle::new(tokio::spawn(task.run(show))),
        };
        Ok((engine, receiver))
    }

    /// Sends events to the page.
    pub fn page(&self) -> &PageSender {
        &self.sender
    }

    /// Brings the page to the front as far as the system allows, or opens it again when it is closed.
    pub fn show(&self) {
        self.show.notify_one();
    }

    /// Tells the page, closes the server and ends the browser, each within a time limit.
    pub async fn close(self) {
        self.closing.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the browser engine panicked");
        }
    }
}

/// A browser that was started and whose page has not attached yet.
struct Launch {
    /// `None` once the session has begun.
    redirect: Option<RedirectFile>,
    started: Instant,
    before: LoopbackState,
}

struct EngineTask {
    program: Program,
    folders: BrowserFolders,
    server: LoopbackServer,
    sender: PageSender,
    state: watch::Receiver<LoopbackState>,
    process: Option<BrowserProcess>,
    launch: Option<Launch>,
    events: mpsc::Sender<EngineEvent>,
    closing: CancellationToken,
}

impl EngineTask {
    async fn run(mut self, show: Arc<Notify>) {
        let closing = self.closing.clone();
        loop {
            tokio::select! {
                () = closing.cancelled() => break,
                Ok(()) = self.state.changed() => self.on_server_change(),
                () = show.notified() => self.show().await,
                status = wait_for_exit(&mut self.process) => self.on_exit(status).await,
                () = expiry(self.launch.as_ref()) => self.fail(BrowserFailure::NoPage).await,
            }
        }
        self.sender.send(CLOSE, &());
        self.server.close().await;
        if let Some(process) = self.process {
            process.end().await;
            self.folders.remove_leftovers(&self.program);
        }
    }

    /// Starts the browser with a new launch token.
    fn launch(&mut self) -> io::Result<()> {
        self.folders.remove_leftovers(&self.program);
        self.folders.prepare(&self.program, self.server.origin())?;
        let before = *self.state.borrow();
        let redirect = RedirectFile::write(&self.folders, &self.server.launch_url()?)?;
        let argv = self.program.argv(&self.folders, &redirect.url()?);
        let environment = self.program.environment(&self.folders);
        self.process = Some(BrowserProcess::start(&argv, environment)?);
        self.launch = Some(Launch {
            redirect: Some(redirect),
            started: Instant::now(),
            before,
        });
        tracing::info!(
            browser = self.program.name(),
            "the browser of the call was started"
        );
        Ok(())
    }

    fn on_server_change(&mut self) {
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
        let is_starting = self
            .launch
            .as_ref()
            .is_some_and(|launch| launch.started.elapsed() < STARTUP_GRACE);
        if is_starting || self.page_returns().await {
            return;
        }
        // A running browser would treat the new start as a second one and hand over to itself.
        self.launch = None;
        if let Some(process) = self.process.take() {
            process.end().await;
        }
        match self.launch() {
            Ok(()) => self.send_event(EngineEvent::Opening).await,
            Err(error) => {
                tracing::warn!(%error, "the browser could not be started");
                self.fail(BrowserFailure::NotStarted).await;
            }
        }
    }

    /// Waits for a page that may be reloading, and brings it to the front.
    async fn page_returns(&mut self) -> bool {
        if !self
            .process
            .as_ref()
            .is_some_and(BrowserProcess::is_running)
        {
            return false;
        }
        let page = self.state.wait_for(|state| state.page.is_some());
        let returned = tokio::time::timeout(RELOAD_TIMEOUT, page).await;
        matches!(returned, Ok(Ok(_))) && self.sender.send(FOCUS, &())
    }

    /// A browser that hands over to a running one exits with success, so only an error counts as a failure.
    async fn on_exit(&mut self, status: io::Result<ExitStatus>) {
        tracing::info!(?status, "the browser of the call exited");
        self.on_server_change();
        let failed = !status.is_ok_and(|status| status.success());
        if failed && self.launch.is_some() {
            self.fail(BrowserFailure::Exited).await;
        }
    }

    async fn fail(&mut self, failure: BrowserFailure) {
        self.launch = None;
        tracing::warn!(%failure, "there is no call page");
        self.send_event(EngineEvent::BrowserFailed(failure)).await;
    }

    /// An owner that closes the engine does not receive events any more.
    async fn send_event(&self, event: EngineEvent) {
        let sending = self.events.send(event);
        let _ = self.closing.run_until_cancelled(sending).await;
    }
}

async fn wait_for_exit(process: &mut Option<BrowserProcess>) -> io::Result<ExitStatus> {
    match process {
        Some(process) => process.wait_for_exit().await,
        None => std::future::pending().await,
    }
}

async fn expiry(launch: Option<&Launch>) {
    match launch {
        Some(launch) => tokio::time::sleep_until(launch.started + TOKEN_LIFETIME).await,
        None => std::future::pending().await,
    }
}
