//! The browser's process, owned: it ends when this does.

use std::ffi::OsString;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};

/// How long a browser may take to write its profile and go.
const TERMINATE_TIMEOUT: Duration = Duration::from_secs(3);

/// How often a process group is asked whether anybody is left in it; the system tells of the leader only.
#[cfg(unix)]
const GROUP_POLL: Duration = Duration::from_millis(20);

/// A started browser with all that it started.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    running: bool,
    /// Until nobody is left in it: its number may be another's then.
    #[cfg(unix)]
    group: Option<rustix::process::Pid>,
}

impl Process {
    /// Starts the program at the head of `argv` with a process group of its own. What it says goes nowhere: it may
    /// print addresses.
    pub(super) fn start(argv: &[OsString]) -> io::Result<Self> {
        let (program, arguments) = argv
            .split_first()
            .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let child = command.spawn()?;
        Ok(Self {
            #[cfg(unix)]
            group: child
                .id()
                .and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())),
            child,
            running: true,
        })
    }

    /// Whether its exit has not been told.
    pub(super) fn is_running(&self) -> bool {
        self.running
    }

    /// Its exit, told once. Cancel safe.
    pub(super) async fn exit(&mut self) -> io::Result<ExitStatus> {
        if !self.running {
            return std::future::pending().await;
        }
        let status = self.child.wait().await;
        self.running = false;
        self.is_gone();
        status
    }

    /// Asks it to go, and makes it go when it does not.
    pub(super) async fn end(mut self) {
        #[cfg(unix)]
        {
            self.signal(rustix::process::Signal::TERM);
            let gone = tokio::time::timeout(TERMINATE_TIMEOUT, self.gone()).await;
            if gone.is_ok() {
                return;
            }
            tracing::info!("the browser does not go by itself");
        }
        self.force();
        let _ = tokio::time::timeout(TERMINATE_TIMEOUT, self.child.wait()).await;
        self.running = false;
    }

    #[cfg(unix)]
    async fn gone(&mut self) {
        if self.running {
            // An error means that there is nothing to wait for.
            let _ = self.exit().await;
        }
        while !self.is_gone() {
            tokio::time::sleep(GROUP_POLL).await;
        }
    }

    /// Whether the leader has ended and nobody is left in its group.
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

    fn force(&mut self) {
        #[cfg(unix)]
        self.signal(rustix::process::Signal::KILL);
        // Gone already is as good.
        let _ = self.child.start_kill();
    }

    #[cfg(unix)]
    fn signal(&self, signal: rustix::process::Signal) {
        if let Some(group) = self.group {
            // Nobody left in it is as good.
            let _ = rustix::process::kill_process_group(group, signal);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.is_gone() {
            self.force();
        }
    }
}
