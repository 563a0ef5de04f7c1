//! A program under measurement: started on a free port, read through `/proc`, and ended with its handle.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

/// A server that has said where it listens. Dropping it ends the process.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    addr: SocketAddr,
}

impl Process {
    /// Starts the command and waits for its line `listening on ADDR`.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let stdout = child.stdout.take();
        // From here on an error ends the process too.
        let mut process = Self {
            child,
            addr: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        let mut line = String::new();
        BufReader::new(stdout.context("no output")?).read_line(&mut line)?;
        let addr = line.trim().strip_prefix("listening on ");
        process.addr = addr.context("the program does not listen")?.parse()?;
        Ok(process)
    }

    pub(crate) const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The time that all its threads have run so far. Its threads live as long as the process does.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let mut sum = Duration::ZERO;
        for thread in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let text = fs::read_to_string(thread?.path().join("schedstat"))?;
            sum += run_time(&text).context("cannot read schedstat")?;
        }
        Ok(sum)
    }

    /// Bytes of its memory, shared pages in proportion.
    pub(crate) fn memory(&self) -> Result<u64> {
        let text = fs::read_to_string(format!("/proc/{}/smaps_rollup", self.child.id()))?;
        proportional_set_size(&text).context("cannot read smaps_rollup")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The time that the calling thread has run so far.
pub(crate) fn cpu_of_this_thread() -> Result<Duration> {
    run_time(&fs::read_to_string("/proc/thread-self/schedstat")?).context("cannot read schedstat")
}

/// The first field of `schedstat`: nanoseconds on a CPU.
fn run_time(schedstat: &str) -> Option<Duration> {
    let nanoseconds = schedstat.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// The line `Pss:` of `smaps_rollup`, in bytes.
fn proportional_set_size(smaps_rollup: &str) -> Option<u64> {
    let mut lines = smaps_rollup.lines();
    let size = lines.find_map(|line| line.strip_prefix("Pss:"))?;
    let kib: u64 = size.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_run_time_is_the_first_of_three_numbers() {
        let time = run_time("3249050001 47541 12\n");
        assert_eq!(time, Some(Duration::from_nanos(3_249_050_001)));
        assert_eq!(run_time(""), None);
        assert_eq!(run_time("x 1 2"), None);
    }

    #[test]
    fn the_memory_is_the_sum_and_not_one_of_its_parts() {
        let text = "5581d0000000-7ffe00000000 ---p 00000000 00:00 0 [rollup]\nRss:    4000 kB\n\
                    Pss:    2500 kB\nPss_Dirty:     900 kB\nPss_Anon:      800 kB\n";
        assert_eq!(proportional_set_size(text), Some(2500 * 1024));
        assert_eq!(proportional_set_size("Pss_Dirty:  900 kB\n"), None);
    }
}
