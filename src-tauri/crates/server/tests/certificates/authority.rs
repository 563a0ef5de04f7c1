//! Debian's pebble as an authority, with a DNS of its own that finds every name on this computer.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::json;
use tempfile::TempDir;

use crate::client::{Client, get};
use crate::program::TIMEOUT;

/// An authority, whose processes are killed at the end of its test.
pub(crate) struct Authority {
    folder: TempDir,
    directory: SocketAddr,
    management: SocketAddr,
    /// Where challenges are answered.
    pub(crate) server: SocketAddr,
    processes: Vec<Child>,
    lifetime: Duration,
}

impl Authority {
    /// An authority that does not run yet. Nothing where pebble is not installed.
    pub(crate) fn new(lifetime: Duration) -> Option<Self> {
        let found = Command::new("pebble").arg("-version").output();
        if found.is_err() {
            eprintln!("skipped: pebble is not installed");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(folder.path().join("cert.pem"), key.cert.pem()).unwrap();
        fs::write(
            folder.path().join("key.pem"),
            key.signing_key.serialize_pem(),
        )
        .unwrap();
        Some(Self {
            folder,
            directory: free_port(),
            management: free_port(),
            server: free_port(),
            processes: Vec::new(),
            lifetime,
        })
    }

    /// Starts it. One that was killed comes back at the same address, and has forgotten everything.
    pub(crate) async fn start(&mut self) {
        let (dns, unused) = (free_port(), free_port());
        let mut names = Command::new("pebble-challtestsrv");
        names.args([
            "-dns01",
            &dns.to_string(),
            "-management",
            &unused.to_string(),
        ]);
        names.args([
            "-http01",
            "",
            "-https01",
            "",
            "-tlsalpn01",
            "",
            "-defaultIPv6",
            "",
        ]);
        let config = json!({ "pebble": {
            "listenAddress": self.directory,
            "managementListenAddress": self.management,
            "certificate": self.path("cert.pem"),
            "privateKey": self.path("key.pem"),
            "httpPort": 1,
            "tlsPort": self.server.port(),
            "ocspResponderURL": "",
            "externalAccountBindingRequired": false,
            "certificateValidityPeriod": self.lifetime.as_secs(),
        }});
        fs::write(self.path("config.json"), config.to_string()).unwrap();
        let mut pebble = Command::new("pebble");
        pebble.args(["-dnsserver", &dns.to_string(), "-config"]);
        pebble.arg(self.path("config.json"));
        pebble
            .env("PEBBLE_VA_NOSLEEP", "1")
            .env("PEBBLE_AUTHZREUSE", "0");
        for mut process in [names, pebble] {
            process.stdout(Stdio::null()).stderr(Stdio::null());
            self.processes.push(process.spawn().unwrap());
        }
        self.root().await;
    }

    pub(crate) fn stop(&mut self) {
        for mut process in self.processes.drain(..) {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// The flags with which a server asks this authority.
    pub(crate) fn flags(&self) -> Vec<String> {
        let root = self.path("cert.pem").display().to_string();
        let state = self.path("state").display().to_string();
        let directory = format!("https://localhost:{}/dir", self.directory.port());
        let flags = [
            ["--listen", &self.server.to_string()],
            ["--acme-directory", &directory],
            ["--acme-root", &root],
            ["--state-dir", &state],
        ];
        flags.concat().into_iter().map(str::to_owned).collect()
    }

    /// The root of its certificates.
    pub(crate) async fn root(&self) -> CertificateDer<'static> {
        let pem = fs::read(self.path("cert.pem")).unwrap();
        let own = CertificateDer::from_pem_slice(&pem).unwrap();
        let mut stream = Client::new(own)
            .connected(self.management, "localhost")
            .await;
        let response = get(
            &mut stream,
            "localhost",
            "/roots/0",
            "Connection: close\r\n",
        )
        .await;
        let (_, pem) = response.split_once("\r\n\r\n").unwrap();
        CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        self.stop();
    }
}

/// An address that was free a moment ago: pebble takes no port 0.
fn free_port() -> SocketAddr {
    let start = Instant::now();
    loop {
        let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        match bound.and_then(|listener| listener.local_addr()) {
            Ok(addr) => return addr,
            Err(error) => assert!(start.elapsed() < TIMEOUT, "{error}"),
        }
    }
}
