//! The browser's process. It ends when its owner is dropped.

use std::ffi::OsString;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};

use super::stderr_tail::StderrTail;

/// How long a browser may take to write its profile and exit.
const TERMINATE_TIMEOUT: Duration = Duration::from_secs(3);

/// How often a process group is checked for members: the system reports only the exit of its leader.
#[cfg(unix)]
const GROUP_POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A browser with all processes that it starts.
#[derive(Debug)]
pub(super) struct BrowserProcess {
    child: Child,
    running: bool,
    stderr: Option<StderrTail>,
    /// `None` once the group is empty: its id may then belong to other processes.
    #[cfg(unix)]
    group: Option<rustix::process::Pid>,
}

impl BrowserProcess {
    /// Starts the program at the head of `argv` in its own process group.
    pub(super) fn start(argv: &[OsString], environment: Vec<(&str, OsString)>) -> io::Result<Self> {
        let (program, arguments) = argv
            .split_first()
            .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn()?;
        Ok(Self {
            stderr: child.stderr.take().map(StderrTail::new),
            #[cfg(unix)]
            group: child
                .id()
                .and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())),
            child,
            running: true,
        })
    }

    /// Its last lines on stderr, fit for the log.
    pub(super) async fn last_messages(&mut self) -> String {
        match &mut self.stderr {
            Some(stderr) => stderr.last_lines().await,
            None => String::new(),
        }
    }

    /// Whether [`Self::wait_for_exit`] has not returned yet.
    pub(super) fn is_running(&self) -> bool {
        self.running
    }

    /// Returns the exit status once, and then never again. Cancel safe.
    pub(super) async fn wait_for_exit(&mut self) -> io::Result<ExitStatus> {
        if !self.running {
            return std::future::pending().await;
        }
        let status = self.child.wait().await;
        self.running = false;
        self.is_gone();
        status
    }

    /// Terminates the group, and kills it when it does not end in time.
    pub(super) async fn end(mut self) {
        #[cfg(unix)]
        {
            self.signal(rustix::process::Signal::TERM);
            let ended = tokio::time::timeout(TERMINATE_TIMEOUT, self.wait_until_gone()).await;
            if ended.is_ok() {
                return;
            }
            tracing::info!("the browser does not terminate and is killed");
        }
        self.kill();
        let _ = tokio::time::timeout(TERMINATE_TIMEOUT, self.child.wait()).await;
        self.running = false;
    }

    #[cfg(unix)]
    async fn wait_until_gone(&mut self) {
        if self.running {
            // After an error there is nothing to wait for.
            let _ = self.wait_for_exit().await;
        }
        while !self.is_gone() {
            tokio::time::sleep(GROUP_POLL_INTERVAL).await;
        }
    }

    /// Whether the leader has exited and its group is empty.
    fn is_gone(&mut self) -> bool {
        #[cfg(unix)]
        {
            self.group = self.group.filter(|group| {
                self.running || rustix::process::test_kill_process_group(*group).is_ok()
            });
            !self.running && self.group.is_none()
        }
        #[cfg(not(unix))]
        !self.running
    }

    fn kill(&mut self) {
        #[cfg(unix)]
        self.signal(rustix::process::Signal::KILL);
        // An error means that it has exited.
        let _ = self.child.start_kill();
    }

    #[cfg(unix)]
    fn signal(&self, signal: rustix::process::Signal) {
        if let Some(group) = self.group {
            // An error means that the group is empty.
            let _ = rustix::process::kill_process_group(group, signal);
        }
    }
}

impl Drop for BrowserProcess {
    fn drop(&mut self) {
        if !self.is_gone() {
            self.kill();
        }
    }
}
