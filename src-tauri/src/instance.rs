//! A second start with the same profile hands its link to the app that runs, and ends.
//!
//! The running app listens on loopback. Port and secret are in a private file of the profile; both sides prove that they
//! know the secret before a link is sent, because after a crash the port may be another user's.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::str::FromStr;
use std::time::{Duration, Instant};

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use zeroize::Zeroizing;

use crate::links::deep_link::DeepLink;
use crate::storage::atomic_file;

const FILE: &str = "instance";
/// How long a second start waits for the first, which may not be ready yet.
const READY_TIMEOUT: Duration = Duration::from_secs(5);
const RETRY_INTERVAL: Duration = Duration::from_millis(50);
/// For each step of an exchange.
const STEP_TIMEOUT: Duration = Duration::from_secs(2);
/// Longer than a link with its line feed.
const MAX_LINE: u64 = 8 * 1024;
const NONCE: usize = 32;

/// Port and secret.
struct Address {
    port: u16,
    secret: Zeroizing<[u8; 32]>,
}

#[derive(Clone, Copy)]
enum Side {
    First,
    Second,
}

impl Address {
    /// Writes them into the profile.
    fn publish(&self, profile: &Path) -> io::Result<()> {
        let secret = Zeroizing::new(HEXLOWER.encode(&*self.secret));
        let text = Zeroizing::new(format!("{} {}\n", self.port, *secret));
        atomic_file::write(&profile.join(FILE), text.as_bytes())
    }

    fn read(profile: &Path) -> io::Result<Self> {
        let text = Zeroizing::new(std::fs::read_to_string(profile.join(FILE))?);
        text.parse()
    }

    /// The labels have the same length. Each side's nonce is in both proofs, so that none can be used again.
    fn mac(&self, side: Side, nonces: [&[u8; NONCE]; 2]) -> Hmac<Sha256> {
        // HMAC fills a key up to the hash's block size with zeros.
        let mut key = Zeroizing::new([0; 64]);
        key[..32].copy_from_slice(&*self.secret);
        let mut mac = Hmac::<Sha256>::new((&*key).into());
        mac.update(match side {
            Side::First => b"parlour instance v1 first ",
            Side::Second => b"parlour instance v1 second",
        });
        mac.update(&self.port.to_be_bytes());
        mac.update(nonces[0]);
        mac.update(nonces[1]);
        mac
    }

    fn proof(&self, side: Side, nonces: [&[u8; NONCE]; 2]) -> String {
        HEXLOWER.encode(&self.mac(side, nonces).finalize().into_bytes())
    }

    fn is_proof(&self, side: Side, nonces: [&[u8; NONCE]; 2], proof: &str) -> bool {
        let proof = HEXLOWER.decode(proof.as_bytes());
        proof.is_ok_and(|proof| self.mac(side, nonces).verify_slice(&proof).is_ok())
    }
}

impl FromStr for Address {
    type Err = io::Error;

    fn from_str(text: &str) -> Result<Self, io::Error> {
        let broken = || io::Error::from(io::ErrorKind::InvalidData);
        let (port, secret) = text.trim_end().split_once(' ').ok_or_else(broken)?;
        let decoded = HEXLOWER.decode(secret.as_bytes()).map_err(|_| broken())?;
        let decoded = Zeroizing::new(decoded);
        Ok(Self {
            port: port.parse().map_err(|_| broken())?,
            secret: Zeroizing::new(decoded.as_slice().try_into().map_err(|_| broken())?),
        })
    }
}

/// Calls `open` with the link of each later start, or `None` when it has none. Ends with the runtime.
pub(crate) fn listen(
    profile: &Path,
    open: impl Fn(Option<DeepLink>) + Send + 'static,
) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let mut secret = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *secret)?;
    let port = listener.local_addr()?.port();
    let address = Address { port, secret };
    address.publish(profile)?;
    tauri::async_runtime::spawn(async move {
        let listener = match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => listener,
            Err(error) => return tracing::warn!(%error, "later starts cannot be heard"),
        };
        loop {
            let Ok((mut stream, _)) = listener.accept().await else {
                // No file handle is free, for example.
                tokio::time::sleep(RETRY_INTERVAL).await;
                continue;
            };
            // One at a time: starts are rare.
            match tokio::time::timeout(STEP_TIMEOUT, receive(&mut stream, &address)).await {
                Ok(Ok(link)) => open(link),
                _ => tracing::info!("a connection was no second start"),
            }
        }
    });
    Ok(())
}

async fn receive(
    stream: &mut tokio::net::TcpStream,
    address: &Address,
) -> io::Result<Option<DeepLink>> {
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce)?;
    let hello = format!("{}\n", HEXLOWER.encode(&nonce));
    stream.write_all(hello.as_bytes()).await?;
    let (reader, mut writer) = stream.split();
    let mut reader = tokio::io::BufReader::new(reader.take(MAX_LINE));
    let mut line = String::new();
    reader.read_line(&mut line).await?;
    let (theirs, proof) = line.trim_end().split_once(' ').ok_or_else(refused)?;
    let theirs = decode_nonce(theirs)?;
    let nonces = [&nonce, &theirs];
    if !address.is_proof(Side::Second, nonces, proof) {
        return Err(refused());
    }
    let proof = format!("{}\n", address.proof(Side::First, nonces));
    writer.write_all(proof.as_bytes()).await?;
    let mut link = Zeroizing::new(String::new());
    reader.read_line(&mut link).await?;
    let link = match link.strip_suffix('\n').ok_or_else(refused)? {
        "" => None,
        link => Some(DeepLink::from_argument(link).map_err(|_| refused())?),
    };
    writer.write_all(b"ok\n").await?;
    Ok(link)
}

/// Hands the link to the app that has the profile. Waits some seconds for an app that has just started.
pub fn hand_over(profile: &Path, link: Option<&DeepLink>) -> io::Result<()> {
    let start = Instant::now();
    loop {
        match try_hand_over(profile, link) {
            Err(_) if start.elapsed() < READY_TIMEOUT => std::thread::sleep(RETRY_INTERVAL),
            done => return done,
        }
    }
}

fn try_hand_over(profile: &Path, link: Option<&DeepLink>) -> io::Result<()> {
    let address = Address::read(profile)?;
    let to = (Ipv4Addr::LOCALHOST, address.port).into();
    let mut stream = TcpStream::connect_timeout(&to, STEP_TIMEOUT)?;
    stream.set_read_timeout(Some(STEP_TIMEOUT))?;
    stream.set_write_timeout(Some(STEP_TIMEOUT))?;
    let mut reader = BufReader::new(stream.try_clone()?.take(MAX_LINE));
    let mut read_line = || {
        let mut line = String::new();
        reader.read_line(&mut line).map(|_| line)
    };
    let theirs = decode_nonce(read_line()?.trim_end())?;
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce)?;
    let nonces = [&theirs, &nonce];
    let proof = address.proof(Side::Second, nonces);
    writeln!(stream, "{} {proof}", HEXLOWER.encode(&nonce))?;
    if !address.is_proof(Side::First, nonces, read_line()?.trim_end()) {
        return Err(refused());
    }
    writeln!(stream, "{}", link.map_or("", DeepLink::expose))?;
    if read_line()? != "ok\n" {
        return Err(refused());
    }
    Ok(())
}

fn decode_nonce(text: &str) -> io::Result<[u8; NONCE]> {
    let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| refused())?;
    bytes.try_into().map_err(|_| refused())
}

fn refused() -> io::Error {
    io::ErrorKind::PermissionDenied.into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn link() -> DeepLink {
        DeepLink::from_argument("parlour://join/192.0.2.7:80/SECRET").unwrap()
    }

    fn listening(profile: &Path) -> mpsc::Receiver<Option<DeepLink>> {
        let (sender, received) = mpsc::channel();
        listen(profile, move |link| drop(sender.send(link))).unwrap();
        received
    }

    #[test]
    fn a_second_start_hands_its_link_to_the_first() {
        let profile = tempfile::tempdir().unwrap();
        let received = listening(profile.path());
        hand_over(profile.path(), Some(&link())).unwrap();
        hand_over(profile.path(), None).unwrap();
        assert_eq!(received.recv().unwrap(), Some(link()));
        assert_eq!(received.recv().unwrap(), None);
    }

    #[test]
    fn a_second_start_waits_for_a_first_that_is_not_ready() {
        let profile = tempfile::tempdir().unwrap();
        let folder = profile.path().to_owned();
        let second = std::thread::spawn(move || hand_over(&folder, Some(&link())));
        std::thread::sleep(3 * RETRY_INTERVAL);
        let received = listening(profile.path());
        second.join().unwrap().unwrap();
        assert_eq!(received.recv().unwrap(), Some(link()));
    }

    #[test]
    fn the_link_does_not_go_to_a_stranger_on_the_port_of_an_app_that_crashed() {
        let profile = tempfile::tempdir().unwrap();
        let stranger = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = Address {
            port: stranger.local_addr().unwrap().port(),
            secret: Zeroizing::new([7; 32]),
        };
        address.publish(profile.path()).unwrap();
        let heard = std::thread::spawn(move || {
            let (mut stream, _) = stranger.accept().unwrap();
            let nonce = HEXLOWER.encode(&[1; NONCE]);
            writeln!(stream, "{nonce}").unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut heard = String::new();
            reader.read_line(&mut heard).unwrap();
            // It sends back the proof that it got.
            let (_, proof) = heard.trim_end().split_once(' ').unwrap();
            writeln!(stream, "{proof}").unwrap();
            reader.read_to_string(&mut heard).unwrap();
            heard
        });
        assert!(try_hand_over(profile.path(), Some(&link())).is_err());
        assert!(!heard.join().unwrap().contains("SECRET"));
    }

    #[test]
    fn a_stranger_without_the_secret_opens_nothing() {
        let profile = tempfile::tempdir().unwrap();
        let received = listening(profile.path());
        let port = Address::read(profile.path()).unwrap().port;
        let other = tempfile::tempdir().unwrap();
        let wrong = Address {
            port,
            secret: Zeroizing::new([7; 32]),
        };
        wrong.publish(other.path()).unwrap();
        assert!(try_hand_over(other.path(), Some(&link())).is_err());
        hand_over(profile.path(), None).unwrap();
        assert_eq!(received.recv().unwrap(), None);
        assert!(received.try_recv().is_err());
    }
}
