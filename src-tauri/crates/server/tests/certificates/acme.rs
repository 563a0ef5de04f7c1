//! Certificates from an authority.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use futures_util::StreamExt;
use rustls::SupportedProtocolVersion;
use tokio::time::timeout;
use tokio_tungstenite::client_async;

use crate::authority::Authority;
use crate::client::{Client, Stream, get, serial};
use crate::program::{Program, TIMEOUT};

const TLS12: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];
const TLS13: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];

const NAME: &str = "call.example.org";
const YEARS: Duration = Duration::from_secs(5 * 365 * 24 * 60 * 60);

fn start(authority: &Authority, more: &[&str]) -> Program {
    let flags = authority.flags();
    let mut args: Vec<_> = flags.iter().map(String::as_str).collect();
    args.extend(more);
    Program::start(&args)
}

/// The first frame of the rooms over an open stream.
async fn challenge(stream: Stream) -> String {
    let (mut socket, _) = client_async(format!("wss://{NAME}/v1"), stream)
        .await
        .unwrap();
    let first = timeout(TIMEOUT, socket.next()).await.unwrap();
    first.unwrap().unwrap().into_text().unwrap().to_string()
}

#[tokio::test]
async fn a_name_and_an_address_get_certificates_and_one_port_serves_everything() {
    let Some(mut authority) = Authority::new(YEARS) else {
        return;
    };
    authority.start().await;
    let page = authority.path("page");
    fs::create_dir(&page).unwrap();
    fs::write(page.join("index.html"), "<!doctype html>guests").unwrap();
    let more = [
        "--domain",
        "Call.Example.org",
        "--domain",
        "127.0.0.1",
        "--relay",
    ];
    let guests = ["--guest-page", page.to_str().unwrap()];
    let program = start(&authority, &[&more[..], &guests].concat());
    let client = Client::new(authority.root().await);

    for name in [NAME, "127.0.0.1"] {
        let mut stream = client.connected(program.addr, name).await;
        // One connection: pages, then the rooms.
        let landing = get(&mut stream, name, "/j", "").await;
        assert!(
            landing.starts_with("HTTP/1.1 200") && landing.contains("Parlour"),
            "{landing}"
        );
        let guests = get(&mut stream, name, "/guest/", "").await;
        assert!(
            guests.ends_with("guests") && guests.contains("wasm-unsafe-eval"),
            "{guests}"
        );
        let missing = get(&mut stream, name, "/guest/../parlour.toml", "").await;
        assert!(missing.starts_with("HTTP/1.1 404"), "{missing}");
        assert!(challenge(stream).await.contains("challenge"));
        let stream = client.connected(program.addr, name).await;
        client_async(format!("wss://{NAME}/relay"), stream)
            .await
            .unwrap();
        let mut stream = client.connected(program.addr, name).await;
        let plain = get(&mut stream, name, "/v1", "").await;
        assert!(plain.starts_with("HTTP/1.1 426"), "{plain}");
    }
    for versions in [TLS12, TLS13] {
        let client = client.with_versions(versions);
        client.connect(program.addr, NAME).await.unwrap();
    }
    let other = client.connect(program.addr, "other.example.org").await;
    assert!(other.is_err(), "a name that is not ours was served");

    let state = authority.path("state");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for folder in fs::read_dir(&state).unwrap() {
        let folder = folder.unwrap().path();
        assert_eq!(mode(&folder), 0o700);
        for file in fs::read_dir(&folder).unwrap() {
            assert_eq!(mode(&file.unwrap().path()), 0o600);
        }
    }

    // The authority is away, and the server starts with what it has kept.
    let before = client.serial(program.addr, NAME).await;
    drop(program);
    authority.stop();
    let program = start(&authority, &more);
    let stream = client.connect(program.addr, NAME).await.unwrap();
    assert_eq!(serial(&stream), before);
    client.connect(program.addr, "127.0.0.1").await.unwrap();
}

#[tokio::test]
async fn a_certificate_is_renewed_and_an_authority_that_is_away_takes_none() {
    let Some(mut authority) = Authority::new(Duration::from_secs(16)) else {
        return;
    };
    authority.start().await;
    let program = start(&authority, &["--domain", NAME]);
    let client = Client::new(authority.root().await);
    let open = client.connected(program.addr, NAME).await;
    let first = serial(&open);
    let (mut socket, _) = client_async(format!("wss://{NAME}/v1"), open)
        .await
        .unwrap();
    let renewed = async {
        while client.serial(program.addr, NAME).await == first {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    timeout(TIMEOUT, renewed).await.unwrap();
    authority.stop();
    program.wait_for_log("no certificate: ").await;
    let stream = client.connect(program.addr, NAME).await;
    // It is served on until its end, and after it: then the client says why it refuses.
    if let Err(error) = stream {
        assert!(error.to_string().contains("expired"), "{error}");
    }
    // The connection from before the renewal has had its challenge, and was not cut.
    let first = timeout(TIMEOUT, socket.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert!(first.into_text().unwrap().contains("challenge"));
}

#[tokio::test]
async fn a_server_waits_for_an_authority_that_is_away_at_its_start() {
    let Some(mut authority) = Authority::new(YEARS) else {
        return;
    };
    let program = start(&authority, &["--domain", NAME]);
    program.wait_for_log("no certificate: ").await;
    authority.start().await;
    let client = Client::new(authority.root().await);
    assert!(client.connect(program.addr, NAME).await.is_err());
    program.hang_up();
    client.connected(program.addr, NAME).await;
    // It comes back without a memory of the account, and gets another one.
    authority.stop();
    authority.start().await;
    for folder in fs::read_dir(authority.path("state")).unwrap() {
        fs::remove_file(folder.unwrap().path().join(format!("{NAME}.pem"))).unwrap();
    }
    drop(program);
    let program = start(&authority, &["--domain", NAME]);
    program.wait_for_log("no certificate: ").await;
    program.hang_up();
    let client = Client::new(authority.root().await);
    client.connected(program.addr, NAME).await;
}
