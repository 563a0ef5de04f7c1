//! The requirements of the commands: how each is found on the machine, and which Debian and Ubuntu packages contain it.

use std::path::Path;

use super::browser;
use crate::process;

/// Something that a command needs on the machine.
#[derive(Clone, Copy)]
pub(crate) struct Requirement {
    test: Test,
    /// For people on systems without apt.
    pub(super) name: &'static str,
    /// The first of these packages that apt knows is installed.
    pub(super) packages: &'static [&'static str],
    only_on_linux: bool,
}

/// How a requirement is found.
#[derive(Clone, Copy)]
enum Test {
    /// A library that pkg-config finds.
    Library(&'static str),
    /// One of these programs in `PATH`.
    Program(&'static [&'static str]),
    /// A file.
    File(&'static str),
    /// A module that Python can import.
    PythonModule(&'static str),
    /// A font with the characters of this language.
    Font(&'static str),
    /// A Chromium that tests can drive.
    Chromium,
    /// A browser that can run a call.
    Browser,
}

const fn linux(test: Test, name: &'static str, packages: &'static [&'static str]) -> Requirement {
    Requirement {
        test,
        name,
        packages,
        only_on_linux: true,
    }
}

/// To compile the app.
pub(crate) const BUILD: &[Requirement] = &[
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

/// To hold a call with the app: Linux webviews have no WebRTC.
pub(crate) const CALL: &[Requirement] = &[linux(
    Test::Browser,
    "Chromium, Chrome, Edge, Brave or Firefox",
    &["chromium", "firefox-esr", "firefox"],
)];

/// To run the app without a screen and without a desktop session.
pub(crate) const VIRTUAL_DESKTOP: &[Requirement] = &[
    linux(Test::Program(&["Xvfb"]), "Xvfb", &["xvfb"]),
    linux(
        Test::Program(&["dbus-daemon"]),
        "dbus-daemon",
        &["dbus-daemon", "dbus"],
    ),
];

/// To drive the app's window.
pub(crate) const WINDOW_DRIVER: &[Requirement] = &[linux(
    Test::Program(&["WebKitWebDriver"]),
    "WebKitWebDriver, the driver of WebKitGTK",
    &["webkit2gtk-driver"],
)];

/// To drive the UI in a browser.
pub(crate) const CHROMIUM: &[Requirement] = &[Requirement {
    test: Test::Chromium,
    name: "Chromium or Chrome",
    packages: &["chromium"],
    only_on_linux: false,
}];

/// To hold calls between Chromium and Firefox. Ubuntu has Firefox as a snap alone, which cannot read the folders of tests.
pub(crate) const FIREFOX: &[Requirement] = &[linux(
    Test::File("/usr/bin/firefox-esr"),
    "Firefox ESR",
    &["firefox-esr"],
)];

/// To draw Chinese texts.
pub(crate) const FONTS: &[Requirement] = &[linux(
    Test::Font("zh-cn"),
    "a font with Chinese characters, such as Noto Sans CJK",
    &["fonts-noto-cjk"],
)];

/// To relay a call. Its Debian package starts a server, so it is not for a person's machine.
pub(crate) const COTURN: &[Requirement] = &[linux(
    Test::Program(&["turnserver"]),
    "coturn, a TURN server",
    &["coturn"],
)];

/// To get certificates in tests. Its package starts nothing.
pub(crate) const PEBBLE: &[Requirement] = &[linux(
    Test::Program(&["pebble"]),
    "pebble, a certificate authority for tests",
    &["pebble"],
)];

/// Load balancers in front of several servers.
pub(crate) const BALANCERS: &[Requirement] = &[
    linux(
        Test::File("/usr/sbin/haproxy"),
        "haproxy, a load balancer",
        &["haproxy"],
    ),
    linux(Test::File("/usr/sbin/nginx"), "nginx", &["nginx"]),
];

/// Routers that open ports, and the tools of their neighbours. Like coturn's, the daemon's package is not for a person's
/// machine.
pub(crate) const PORT_MAPPING: &[Requirement] = &[
    linux(
        Test::Program(&["miniupnpd"]),
        "miniupnpd, for nftables",
        &["miniupnpd-nftables", "miniupnpd"],
    ),
    linux(Test::Program(&["upnpc"]), "upnpc", &["miniupnpc"]),
    linux(Test::Program(&["natpmpc"]), "natpmpc", &["natpmpc"]),
];

/// To hold calls between network namespaces.
pub(crate) const NETWORK: &[Requirement] = &[
    linux(Test::Program(&["ip"]), "ip, of iproute2", &["iproute2"]),
    linux(Test::Program(&["nft"]), "nft, of nftables", &["nftables"]),
    linux(Test::Program(&["sysctl"]), "sysctl", &["procps"]),
    linux(Test::Program(&["openssl"]), "openssl", &["openssl"]),
    linux(
        Test::Program(&["certutil"]),
        "certutil, of NSS",
        &["libnss3-tools"],
    ),
    // For a Nostr relay of PyPI.
    linux(
        Test::PythonModule("ensurepip"),
        "Python 3 with venv and pip",
        &["python3-venv"],
    ),
];

/// To open links as a desktop does. Parlour's package must bring everything else that this takes.
pub(crate) const LINK_OPENER: &[Requirement] = &[linux(
    Test::Program(&["gio"]),
    "gio, of GLib",
    &["libglib2.0-bin"],
)];

/// To build in a fresh Debian root.
pub(crate) const BARE_ROOT: &[Requirement] = &[linux(
    Test::Program(&["debootstrap"]),
    "debootstrap",
    &["debootstrap"],
)];

/// To fuzz: cargo-fuzz compiles libFuzzer from its sources.
pub(crate) const FUZZ: &[Requirement] = &[linux(
    Test::Program(&["c++", "g++", "clang++"]),
    "a C++ compiler",
    &["g++"],
)];

/// To compile resources and C for Windows on another system.
pub(crate) const MINGW: &[Requirement] = &[linux(
    Test::Program(&["x86_64-w64-mingw32-gcc"]),
    "the MinGW-w64 compiler",
    &["gcc-mingw-w64-x86-64"],
)];

/// Debian's newer Rust compiler, with the sources of the standard library.
pub(crate) const RUST_WEB: &[Requirement] = &[
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

/// To link WebAssembly without rustup's own linker.
pub(crate) const WASM_LINKER: &[Requirement] = &[linux(
    Test::Program(&["wasm-ld"]),
    "wasm-ld, the linker of LLVM for WebAssembly",
    &["lld"],
)];

/// To drive the app end to end.
pub(crate) const E2E: &[&[Requirement]] = &[BUILD, VIRTUAL_DESKTOP, WINDOW_DRIVER, CHROMIUM];

impl Requirement {
    pub(super) fn is_browser(&self) -> bool {
        matches!(self.test, Test::Chromium | Test::Browser)
    }

    pub(super) fn is_met(&self) -> bool {
        if self.only_on_linux && !cfg!(target_os = "linux") {
            return true;
        }
        match self.test {
            Test::Library(name) => {
                process::output(process::program("pkg-config").args(["--exists", name])).is_some()
            }
            Test::Program(names) => process::find(names).is_some(),
            Test::File(path) => Path::new(path).exists(),
            Test::PythonModule(name) => {
                let import = format!("import {name}");
                process::output(process::program("python3").args(["-c", &import])).is_some()
            }
            Test::Font(language) => process::output(
                process::program("fc-list").args([&format!(":lang={language}"), "family"]),
            )
            .is_some_and(|fonts| !fonts.is_empty()),
            Test::Chromium => browser::chromium().is_some(),
            Test::Browser => browser::exists(),
        }
    }
}
