//! The systems that Parlour is also for.

use std::env;

use crate::setup::requirements::{self, Need};

/// A system to check for.
pub(crate) struct Target {
    /// For people.
    pub(crate) name: &'static str,
    /// The triple.
    pub(super) triple: &'static str,
    /// As in [`env::consts::OS`].
    os: &'static str,
    /// What checking for it takes beside a Rust compiler.
    pub(super) needs: &'static [Need],
    /// Whether the C parts of crates are compiled: else they are left empty, which a check does not notice.
    pub(super) has_c_compiler: bool,
}

/// With the C compiler of MinGW, which also compiles the resources.
pub(crate) const WINDOWS: Target = Target {
    name: "Windows",
    triple: "x86_64-pc-windows-gnu",
    os: "windows",
    needs: requirements::MINGW,
    has_c_compiler: true,
};

/// There is no C compiler for it elsewhere.
pub(crate) const MACOS: Target = Target {
    name: "macOS",
    triple: "aarch64-apple-darwin",
    os: "macos",
    needs: &[],
    has_c_compiler: false,
};

impl Target {
    /// Whether the ordinary build covers it.
    pub(super) fn is_this_system(&self) -> bool {
        env::consts::OS == self.os
    }
}
