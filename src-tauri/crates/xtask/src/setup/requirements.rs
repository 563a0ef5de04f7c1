//! The table: what is needed, how it is found, and the Debian and Ubuntu package that brings it.

use std::fmt;
use std::path::Path;

use super::browser;
use crate::process;

/// Something that a command needs on the machine.
#[derive(Clone, Copy)]
pub(crate) struct Need {
    test: Test,
    /// What a person calls it, to install it on a system whose packages we do not know.
    name: &'static str,
    /// The package, or several of which the first that apt knows is taken.
    pub(super) debian: &'static [&'static str],
    systems: Systems,
}

#[derive(Clone, Copy)]
enum Test {
    /// A library that pkg-config finds.
    Library(&'static str),
    /// One of these programs in `PATH`.
    Program(&'static [&'static str]),
    /// A file.
    File(&'static str),
    /// A font that has the characters of this language.
    Font(&'static str),
    /// A Chromium that tests can drive.
    Chromium,
    /// Any browser that can run a call.
    Browser,
}

#[derive(Clone, Copy)]
enum Systems {
    All,
    Linux,
}

const fn linux(test: Test, name: &'static str, debian: &'static [&'static str]) -> Need {
    Need {
        test,
        name,
        debian,
        systems: Systems::Linux,
    }
}

/// To compile the app.
pub(crate) const BUILD: &[Need] = &[
    linux(
        Test::Program(&["pkg-config"]),
        "pkg-config",
        &["pkg-config", "pkgconf"],
    ),
    linux(
        Test::Library("webkit2gtk-4.1"),
        "WebKitGTK 4.1 with its development files (pkg-config name webkit2gtk-4.1)",
        &["libwebkit2gtk-4.1-dev"],
    ),
    linux(
        Test::Library("dbus-1"),
        "D-Bus with its development files (pkg-config name dbus-1)",
        &["libdbus-1-dev"],
    ),
];

/// To have a call with it: Linux webviews have no WebRTC.
pub(crate) const CALL: &[Need] = &[linux(
    Test::Browser,
    "Chromium, Chrome, Edge, Brave or Firefox",
    &["chromium", "firefox-esr", "firefox"],
)];

/// To drive the app without a person and without a screen.
pub(crate) const DRIVE: &[Need] = &[
    linux(Test::Program(&["Xvfb"]), "Xvfb", &["xvfb"]),
    linux(
        Test::Program(&["dbus-run-session"]),
        "dbus-run-session",
        &["dbus-daemon", "dbus"],
    ),
];

/// To drive the real window.
pub(crate) const WINDOW: &[Need] = &[linux(
    Test::Program(&["WebKitWebDriver"]),
    "WebKitWebDriver, the driver of WebKitGTK",
    &["webkit2gtk-driver"],
)];

/// To drive the UI in a browser.
pub(crate) const PAGES: &[Need] = &[Need {
    test: Test::Chromium,
    name: "Chromium or Chrome",
    debian: &["chromium"],
    systems: Systems::All,
}];

/// To draw the Chinese texts.
pub(crate) const FONTS: &[Need] = &[linux(
    Test::Font("zh-cn"),
    "a font with Chinese characters, such as Noto Sans CJK",
    &["fonts-noto-cjk"],
)];

/// To relay a call. On a system of its own the package starts a server, so it is not for a person's machine.
pub(crate) const RELAY: &[Need] = &[linux(
    Test::Program(&["turnserver"]),
    "coturn, a TURN server",
    &["coturn"],
)];

/// To hold calls between network namespaces.
pub(crate) const NETWORK: &[Need] = &[
    linux(Test::Program(&["ip"]), "ip, of iproute2", &["iproute2"]),
    linux(Test::Program(&["nft"]), "nft, of nftables", &["nftables"]),
    linux(Test::Program(&["sysctl"]), "sysctl", &["procps"]),
    linux(Test::Program(&["openssl"]), "openssl", &["openssl"]),
    linux(
        Test::Program(&["certutil"]),
        "certutil, of NSS",
        &["libnss3-tools"],
    ),
];

/// To open links as a desktop does. What else that takes must come with Parlour's package.
pub(crate) const LINKS: &[Need] = &[linux(
    Test::Program(&["gio"]),
    "gio, of GLib",
    &["libglib2.0-bin"],
)];

/// To build in a fresh Debian root.
pub(crate) const BARE_ROOT: &[Need] = &[linux(
    Test::Program(&["debootstrap"]),
    "debootstrap",
    &["debootstrap"],
)];

/// To fuzz: libFuzzer is compiled from its sources.
pub(crate) const FUZZ: &[Need] = &[linux(
    Test::Program(&["c++", "g++", "clang++"]),
    "a C++ compiler",
    &["g++"],
)];

/// To compile resources and C for Windows elsewhere.
pub(crate) const MINGW: &[Need] = &[linux(
    Test::Program(&["x86_64-w64-mingw32-gcc"]),
    "the MinGW-w64 compiler",
    &["gcc-mingw-w64-x86-64"],
)];

/// Debian's second Rust compiler, which comes with the sources of the standard library.
pub(crate) const RUST_WEB: &[Need] = &[
    linux(
        Test::File("/usr/bin/rustc"),
        "Debian's rustc",
        &["rustc-web"],
    ),
    linux(
        Test::File("/usr/bin/cargo"),
        "Debian's cargo",
        &["cargo-web"],
    ),
    linux(
        Test::File("/usr/lib/rustlib/src/rust/library/std/Cargo.toml"),
        "the sources of its standard library",
        &["rust-web-src"],
    ),
];

impl Need {
    pub(super) fn concerns_this_system(&self) -> bool {
        match self.systems {
            Systems::All => true,
            Systems::Linux => cfg!(target_os = "linux"),
        }
    }

    pub(super) fn is_browser(&self) -> bool {
        matches!(self.test, Test::Chromium | Test::Browser)
    }

    pub(super) fn is_met(&self) -> bool {
        match self.test {
            Test::Library(name) => {
                process::output(process::program("pkg-config").args(["--exists", name])).is_some()
            }
            Test::Program(names) => process::find(names).is_some(),
            Test::File(path) => Path::new(path).exists(),
            Test::Font(language) => process::output(
                process::program("fc-list").args([&format!(":lang={language}"), "family"]),
            )
            .is_some_and(|fonts| !fonts.is_empty()),
            Test::Chromium => browser::chromium().is_some(),
            Test::Browser => browser::any(),
        }
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
