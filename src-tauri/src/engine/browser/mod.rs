//! The browser engine: the loopback server, the browser that is redirected to it, and the lifetime of both.

mod chromium;
pub(super) mod discovery;
mod firefox;
mod folders;
pub(super) mod launch;
mod port;
mod process;
mod redirect_file;
#[cfg(unix)]
mod stale_lock;
mod stderr_tail;

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

/// How long a browser may take to open the page while another one could be tried instead.
const PAGE_TIMEOUT: Duration = Duration::from_secs(25);

/// How long a browser that runs already may take to open the page that another start has handed over to it.
const HANDOVER_TIMEOUT: Duration = Duration::from_secs(10);

/// How long *Show call* waits for a page that may be reloading before it starts the browser again.
const RELOAD_TIMEOUT: Duration = Duration::from_secs(1);

pub struct EngineConfig {
    /// The app's profile folder.
    pub profile: PathBuf,
    /// In the order in which they are tried; at least one.
    pub programs: Vec<Program>,
    pub assets: Arc<dyn Assets>,
    pub dispatch: Arc<dyn Dispatch>,
    /// The commands that the page may call.
    pub commands: &'static [&'static str],
}

#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("the profile's folder cannot be used: {0}")]
    Folder(#[source] io::Error),
    /// No port, or no secret.
    #[error("the loopback server could not be opened: {0}")]
    Loopback(#[source] io::Error),
    /// None of the programs could be started.
    #[error("the browser could not be started: {0}")]
    Browser(#[source] io::Error),
}

impl From<EngineError> for AppError {
    fn from(error: EngineError) -> Self {
        let code = match error {
            EngineError::Folder(_) => ErrorCode::FolderNotWritable,
            EngineError::Loopback(_) | EngineError::Browser(_) => ErrorCode::BrowserFailed,
        };
        Self {
            message: error.to_string(),
            ..code.into()
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
        atomic_file::create_private_folder(&config.profile).map_err(EngineError::Folder)?;
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
            programs: config.programs,
            current: 0,
            profile: config.profile,
            home,
            sender: server.sender(),
            state: server.state(),
            server,
            process: None,
            launch: None,
            events,
            closing: closing.clone(),
        };
        task.launch().await.map_err(EngineError::Browser)?;
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
    /// When the browser counts as failed.
    deadline: Instant,
    before: LoopbackState,
}

struct EngineTask {
    programs: Vec<Program>,
    /// The index of the program that runs, or that is tried next.
    current: usize,
    profile: PathBuf,
    home: PathBuf,
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
        let current = self.programs.get(self.current);
        let current = current.map(|program| (self.folders(program), program));
        self.server.close().await;
        if let Some(process) = self.process {
            process.end().await;
            if let Some((folders, program)) = current {
                folders.remove_leftovers(program);
            }
        }
    }

    fn folders(&self, program: &Program) -> BrowserFolders {
        BrowserFolders::new(program, &self.profile, &self.home)
    }

    fn browser(&self) -> String {
        let program = self.programs.get(self.current);
        program.map_or_else(String::new, |program| program.name().to_owned())
    }

    fn is_last(&self) -> bool {
        self.current + 1 >= self.programs.len()
    }

    /// Starts the current program, or the first one after it that can be started.
    async fn launch(&mut self) -> io::Result<()> {
        loop {
            let browser = self.browser();
            let error = match self.start() {
                Ok(()) => {
                    tracing::info!(browser, "the browser of the call was started");
                    self.send_event(EngineEvent::Opening { browser }).await;
                    return Ok(());
                }
                Err(error) => error,
            };
            tracing::warn!(%error, browser, "the browser could not be started");
            if !self.pass_over(BrowserFailure::NotStarted).await {
                return Err(error);
            }
        }
    }

    /// Goes on to the next program. When none is left, returns false, and the next launch begins with the first.
    async fn pass_over(&mut self, failure: BrowserFailure) -> bool {
        if self.is_last() {
            self.current = 0;
            return false;
        }
        let browser = self.browser();
        self.current += 1;
        self.send_event(EngineEvent::BrowserPassedOver { browser, failure })
            .await;
        true
    }

    /// Starts the current program with a new launch token.
    fn start(&mut self) -> io::Result<()> {
        let program = self
            .programs
            .get(self.current)
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let folders = self.folders(program);
        folders.remove_leftovers(program);
        folders.prepare(program, self.server.origin())?;
        folders.remove_stale_lock(program);
        let before = *self.state.borrow();
        let redirect = RedirectFile::write(&folders, &self.server.launch_url()?)?;
        let argv = program.argv(&folders, &redirect.url()?);
        let environment = program.environment(&folders);
        self.process = Some(BrowserProcess::start(&argv, environment)?);
        let started = Instant::now();
        let timeout = if self.is_last() {
            TOKEN_LIFETIME
        } else {
            PAGE_TIMEOUT
        };
        self.launch = Some(Launch {
            redirect: Some(redirect),
            started,
            deadline: started + timeout,
            before,
        });
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
            // This browser works, however slowly it loads the page.
            launch.deadline = launch.started + TOKEN_LIFETIME;
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
        self.end_launch().await;
        self.launch_or_report().await;
    }

    async fn end_launch(&mut self) {
        self.launch = None;
        if let Some(process) = self.process.take() {
            process.end().await;
        }
    }

    async fn launch_or_report(&mut self) {
        if self.launch().await.is_err() {
            let browser = self.programs.last().map(Program::name);
            let failed = EngineEvent::BrowserFailed {
                browser: browser.unwrap_or_default().to_owned(),
                failure: BrowserFailure::NotStarted,
            };
            self.send_event(failed).await;
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
        let browser = self.browser();
        tracing::info!(?status, browser, "the browser of the call exited");
        self.on_server_change();
        let failed = !status.is_ok_and(|status| status.success());
        match &mut self.launch {
            Some(_) if failed => self.fail(BrowserFailure::Exited).await,
            // The page comes from the running browser, or this was no browser.
            Some(launch) if launch.redirect.is_some() => {
                launch.deadline = launch.deadline.min(Instant::now() + HANDOVER_TIMEOUT);
            }
            None if failed => self.send_event(EngineEvent::BrowserEnded).await,
            _ => {}
        }
    }

    /// The current browser opens no page: ends it, and tries the next one.
    async fn fail(&mut self, failure: BrowserFailure) {
        let browser = self.browser();
        let messages = match &mut self.process {
            Some(process) => process.last_messages().await,
            None => String::new(),
        };
        tracing::warn!(%failure, browser, stderr = messages, "there is no call page");
        self.end_launch().await;
        if let Some(program) = self.programs.get(self.current) {
            self.folders(program).remove_leftovers(program);
        }
        if self.pass_over(failure).await {
            self.launch_or_report().await;
        } else {
            self.send_event(EngineEvent::BrowserFailed { browser, failure })
                .await;
        }
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
        Some(launch) => tokio::time::sleep_until(launch.deadline).await,
        None => std::future::pending().await,
    }
}
