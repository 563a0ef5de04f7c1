//! How many connections the system lets this process and the programs that it starts open.

/// The idle connections that are wanted, and how many there are where the limits forbid those.
const WANTED: u32 = 10_000;
const FALLBACK: u32 = 2000;
/// Files that a process opens beside its connections.
const OTHER_FILES: u64 = 200;

/// Raises the limit of open files as far as it goes, and says how many idle connections it allows.
pub(crate) fn idle_connections() -> u32 {
    if raise_limit() >= u64::from(WANTED) + OTHER_FILES {
        WANTED
    } else {
        eprintln!("the limit of open files forbids {WANTED} connections: {FALLBACK} are measured");
        FALLBACK
    }
}

/// The programs that are measured inherit it.
#[cfg(unix)]
fn raise_limit() -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let current = maximum;
    let _ = setrlimit(Resource::Nofile, Rlimit { current, maximum });
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

#[cfg(not(unix))]
const fn raise_limit() -> u64 {
    0
}
