//! A place for windows: the person's display, or a virtual one that ends with us.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::process;

/// Where the windows of what we start appear. Dropping it ends the virtual one.
pub(crate) enum Display {
    /// The person's.
    Real,
    /// Xvfb of our own.
    Virtual { server: Child, name: String },
}

impl Display {
    /// Whether a person would see a window here.
    pub(crate) fn is_there() -> bool {
        let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
    }

    /// The person's display, or a virtual one where there is none.
    pub(crate) fn any() -> Result<Self> {
        if Self::is_there() {
            Ok(Self::Real)
        } else {
            Self::own()
        }
    }

    /// A virtual display also where there is a real one: tests keep off a person's screen.
    pub(crate) fn own() -> Result<Self> {
        if !cfg!(target_os = "linux") {
            return Ok(Self::Real);
        }
        let mut server = Command::new("Xvfb")
            // It picks a free number and says which, once it is ready.
            .args(["-displayfd", "1", "-screen", "0", "1440x900x24"])
            .args(["-nolisten", "tcp", "-noreset"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start Xvfb")?;
        let mut number = String::new();
        if let Some(stdout) = server.stdout.take() {
            BufReader::new(stdout).read_line(&mut number)?;
        }
        if number.trim().is_empty() {
            bail!("Xvfb did not start ({})", server.wait()?);
        }
        let name = format!(":{}", number.trim());
        Ok(Self::Virtual { server, name })
    }

    /// A program that shows its windows here. On Linux it has a session bus of its own, so that
    /// a Parlour that the person is running is left alone.
    pub(crate) fn program(&self, name: impl AsRef<Path>) -> Command {
        let name = name.as_ref();
        if !cfg!(target_os = "linux") {
            return process::program(name);
        }
        let mut command = process::program("dbus-run-session");
        command.arg("--").arg(name);
        if let Self::Virtual { name, .. } = self {
            command
                .env("DISPLAY", name)
                .env("GDK_BACKEND", "x11")
                .env("LIBGL_ALWAYS_SOFTWARE", "1")
                .env_remove("WAYLAND_DISPLAY")
                .env_remove("XAUTHORITY");
        }
        command
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        if let Self::Virtual { server, .. } = self {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}
