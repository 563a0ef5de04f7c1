//! Certificates in files.

use std::fs;
use std::path::{Path, PathBuf};

use futures_util::StreamExt;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::pki_types::CertificateDer;
use tempfile::TempDir;
use tokio::time::timeout;
use tokio_tungstenite::client_async;

use crate::client::{Client, serial};
use crate::program::{Program, TIMEOUT, ended};

const NAME: &str = "call.example.org";

struct Files {
    folder: TempDir,
}

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a certificate that is its own root, as a program for certificates does: beside its place, then renamed.
    fn write(
        &self,
        names: &[&str],
        change: impl FnOnce(&mut CertificateParams),
    ) -> CertificateDer<'static> {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        for (name, pem) in [
            ("key.pem", key.serialize_pem()),
            ("cert.pem", certificate.pem()),
        ] {
            fs::write(self.path("new"), pem).unwrap();
            fs::rename(self.path("new"), self.path(name)).unwrap();
        }
        certificate.der().clone()
    }

    fn flags(&self) -> Vec<String> {
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let (cert, key) = (text(&self.path("cert.pem")), text(&self.path("key.pem")));
        let flags = ["--listen", "127.0.0.1:0", "--cert", &cert, "--key", &key];
        flags.map(str::to_owned).to_vec()
    }

    /// What `parlour-server check` says.
    fn checked(&self, more: &[&str]) -> (i32, String) {
        let flags = self.flags();
        let flags = flags.iter().map(String::as_str);
        let args: Vec<_> = ["check"]
            .into_iter()
            .chain(flags)
            .chain(more.iter().copied())
            .collect();
        ended(&args)
    }
}

#[tokio::test]
async fn new_files_are_served_to_newcomers_and_nobody_is_cut() {
    let files = Files::new();
    let first = Client::new(files.write(&[NAME], |_| {}));
    let flags = files.flags();
    let program = Program::start(&flags.iter().map(String::as_str).collect::<Vec<_>>());
    let open = first.connect(program.addr, NAME).await.unwrap();
    let first_serial = serial(&open);
    let (mut socket, _) = client_async(format!("wss://{NAME}/v1"), open)
        .await
        .unwrap();

    // A pair that does not fit is not taken.
    fs::write(
        files.path("key.pem"),
        KeyPair::generate().unwrap().serialize_pem(),
    )
    .unwrap();
    program.hang_up();
    program
        .wait_for_log("the private key belongs to another certificate")
        .await;
    assert_eq!(first.serial(program.addr, NAME).await, first_serial);

    // Without a signal: the files are looked at.
    let second = Client::new(files.write(&[NAME], |_| {}));
    second.connected(program.addr, NAME).await;
    assert!(first.connect(program.addr, NAME).await.is_err());
    let challenge = timeout(TIMEOUT, socket.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert!(challenge.into_text().unwrap().contains("challenge"));
}

#[test]
fn files_that_cannot_be_served_are_explained() {
    let files = Files::new();
    let (code, said) = files.checked(&[]);
    assert_eq!(code, 2);
    assert!(said.contains("--cert: cannot read"), "{said}");
    files.write(&[NAME, "*.rooms.example.org"], |_| {});
    assert_eq!(files.checked(&[]).0, 0);
    assert_eq!(
        files
            .checked(&["--domain", NAME, "--domain", "a.rooms.example.org"])
            .0,
        0
    );
    let says = |more: &[&str], parts: &[&str]| {
        let (code, said) = files.checked(more);
        assert_eq!(code, 2, "{said}");
        for part in parts {
            assert!(said.contains(part), "{part:?} is not in {said}");
        }
    };
    says(
        &["--domain", "other.example.org"],
        &["is not for other.example.org, but for call.example.org"],
    );
    fs::write(
        files.path("key.pem"),
        KeyPair::generate().unwrap().serialize_pem(),
    )
    .unwrap();
    says(
        &[],
        &["--key: ", "the private key belongs to another certificate"],
    );
    fs::write(files.path("key.pem"), "north wind").unwrap();
    says(&[], &["--key: ", "holds no private key in PEM"]);
    fs::write(files.path("cert.pem"), "north wind").unwrap();
    says(&[], &["--cert: ", "holds no certificate in PEM"]);
    files.write(&[NAME], |params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    });
    says(&[], &["--cert: ", "has ended at Fri, 01 Jan 2021"]);
    files.write(&[NAME], |params| {
        params.not_before = date_time_ymd(4000, 1, 1)
    });
    says(&[], &["--cert: ", "begins at"]);
    files.write(&[], |_| {});
    says(&[], &["--cert: ", "names nobody"]);
}
