//! The lock that a browser leaves in its profile when it is killed, or when the profile comes to another computer. The
//! browser would say that its profile is in use, and open no window.

use std::path::Path;
use std::{fs, io};

use rustix::process::Pid;

use super::discovery::Family;

/// Removes the lock unless a browser of this computer holds it. With `own_pids` the browser counts processes as the app
/// does; inside of a flatpak it does not.
pub(super) fn remove(profile: &Path, family: Family, own_pids: bool) {
    let (lock, files): (_, &[&str]) = match family {
        Family::Chromium => (
            "SingletonLock",
            &["SingletonLock", "SingletonSocket", "SingletonCookie"],
        ),
        Family::Firefox => ("lock", &["lock", ".parentlock"]),
    };
    // Both are links to a name that is no file: `host-pid`, `address:+pid`.
    let Ok(holder) = fs::read_link(profile.join(lock)) else {
        return;
    };
    let holder = holder.to_string_lossy();
    let is_held = match family {
        Family::Chromium => holder.rsplit_once('-').is_none_or(|(host, pid)| {
            is_this_computer(host) && (!own_pids || is_running(pid, profile))
        }),
        // The address follows the network, so it does not tell which computer it was.
        Family::Firefox => holder
            .rsplit_once(':')
            .is_none_or(|(_, pid)| !own_pids || is_running(pid.trim_start_matches('+'), profile)),
    };
    if is_held {
        return;
    }
    tracing::info!("a lock of a browser that is gone is removed");
    for file in files {
        if let Err(error) = remove_link(&profile.join(file)) {
            tracing::warn!(%error, file, "the lock of a browser that is gone cannot be removed");
        }
    }
}

fn remove_link(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn is_this_computer(host: &str) -> bool {
    rustix::system::uname().nodename().to_bytes() == host.as_bytes()
}

/// Whether the process runs and has the profile among its arguments: after a restart of the computer its number may be
/// another program's.
fn is_running(pid: &str, profile: &Path) -> bool {
    let Some(pid) = pid.parse().ok().and_then(Pid::from_raw) else {
        return false;
    };
    match fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())) {
        Ok(arguments) => {
            let profile = profile.as_os_str().as_encoded_bytes();
            arguments
                .split(|byte| *byte == 0)
                .any(|argument| argument.ends_with(profile))
        }
        // A system without `/proc`.
        Err(_) => rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::fs::symlink;
    use std::process::{Child, Command};

    use super::*;

    const CHROMIUM: [&str; 3] = ["SingletonLock", "SingletonSocket", "SingletonCookie"];

    fn own_host() -> String {
        let system = rustix::system::uname();
        system.nodename().to_str().unwrap().to_owned()
    }

    /// A process with these words among its arguments. Ends with the test.
    struct Process(Child);

    impl Process {
        fn naming(text: &OsStr) -> Self {
            let mut command = Command::new("sh");
            command.args(["-c", "read -r line"]).arg(text);
            let child = command.stdin(std::process::Stdio::piped()).spawn();
            let child = child.unwrap();
            // The kernel shows the arguments a moment after the start.
            let arguments = format!("/proc/{}/cmdline", child.id());
            while cfg!(target_os = "linux") && fs::read(&arguments).unwrap().is_empty() {
                std::thread::yield_now();
            }
            Self(child)
        }
    }

    impl Drop for Process {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    fn lock(profile: &Path, family: Family, holder: &str) -> Vec<&'static str> {
        let files: &[_] = match family {
            Family::Chromium => &CHROMIUM,
            Family::Firefox => &["lock", ".parentlock"],
        };
        for file in files {
            let _ = fs::remove_file(profile.join(file));
            symlink(holder, profile.join(file)).unwrap();
        }
        files.to_vec()
    }

    fn is_kept(profile: &Path, family: Family, holder: &str) -> bool {
        let files = lock(profile, family, holder);
        remove(profile, family, true);
        let left: Vec<_> = files
            .iter()
            .filter(|file| profile.join(file).is_symlink())
            .collect();
        assert!(left.is_empty() || left.len() == files.len());
        !left.is_empty()
    }

    #[test]
    fn a_profile_that_came_from_another_computer_is_not_in_use() {
        let temp = tempfile::tempdir().unwrap();
        let running = Process::naming(temp.path().as_os_str());
        // The number is that of a process here, by chance.
        let other = format!("not-{}-{}", own_host(), running.0.id());
        assert!(!is_kept(temp.path(), Family::Chromium, &other));
        assert!(!is_kept(temp.path(), Family::Firefox, "192.0.2.7:+4194305"));
    }

    #[test]
    fn a_browser_that_was_killed_leaves_its_profile_free() {
        let temp = tempfile::tempdir().unwrap();
        let dead = {
            let process = Process::naming(temp.path().as_os_str());
            process.0.id()
        };
        let chromium = format!("{}-{dead}", own_host());
        assert!(!is_kept(temp.path(), Family::Chromium, &chromium));
        assert!(!is_kept(
            temp.path(),
            Family::Firefox,
            &format!("127.0.1.1:+{dead}")
        ));
        // Another program has the number now.
        let other = Process::naming(OsStr::new("/somewhere/else"));
        let chromium = format!("{}-{}", own_host(), other.0.id());
        assert!(!is_kept(temp.path(), Family::Chromium, &chromium));
    }

    #[test]
    fn a_browser_that_runs_here_keeps_its_profile() {
        let temp = tempfile::tempdir().unwrap();
        let argument = format!("--user-data-dir={}", temp.path().display());
        let running = Process::naming(OsStr::new(&argument));
        let chromium = format!("{}-{}", own_host(), running.0.id());
        assert!(is_kept(temp.path(), Family::Chromium, &chromium));
        let firefox = format!("127.0.1.1:+{}", running.0.id());
        assert!(is_kept(temp.path(), Family::Firefox, &firefox));
    }

    #[test]
    fn what_is_no_lock_stays() {
        let temp = tempfile::tempdir().unwrap();
        assert!(is_kept(temp.path(), Family::Chromium, "nonsense"));
        assert!(is_kept(temp.path(), Family::Firefox, "nonsense"));
        // Inside of a flatpak processes have other numbers.
        lock(temp.path(), Family::Chromium, &format!("{}-2", own_host()));
        remove(temp.path(), Family::Chromium, false);
        assert!(temp.path().join("SingletonLock").is_symlink());
    }
}
