//! Asks STUN and TURN servers. Every call has a time limit; nothing is sent after it returns.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{self, Instant};
use tokio_rustls::TlsConnector;
use turn_types::attribute::{Lifetime, RequestedTransport, XorRelayedAddress};
use turn_types::message::{ALLOCATE, REFRESH};
use turn_types::stun::attribute::{ErrorCode, Nonce, Realm, Username, XorMappedAddress};
use turn_types::stun::message::{
    BINDING, IntegrityAlgorithm, LongTermKeyCredentials, Message, MessageClass,
    MessageIntegrityCredentials, MessageWrite, MessageWriteExt, Method, TransactionId,
};

use crate::message::{canonical, for_family, frame_bytes, read, writer};
use crate::url::{ServerUrl, Transport};

/// The first retransmission by UDP; each later one waits twice as long (RFC 8489, section 6.2.1).
const RETRANSMISSION: Duration = Duration::from_millis(250);
/// Longer than any answer that a probe waits for.
const MAX_ANSWER_BYTES: usize = 1500;

/// Why a server gave no answer that helps.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// There is no such name.
    #[error("the name is not known")]
    Name,
    /// No answer came in time.
    #[error("no answer in time")]
    Timeout,
    /// The system reports an error, such as a network that cannot be reached.
    #[error("{0}")]
    Io(io::ErrorKind),
    /// TLS failed, for example because of the certificate.
    #[error("TLS failed")]
    Tls,
    /// The server refuses with this code (RFC 8489, section 14.8; RFC 8656, section 19): 401 for a wrong credential,
    /// 486 and 508 when it is full.
    #[error("the server refuses with {0}")]
    Refused(u16),
    /// The answer is not one of such a server.
    #[error("the answer is not one of a STUN or TURN server")]
    Malformed,
}

impl From<io::Error> for ProbeError {
    fn from(error: io::Error) -> Self {
        Self::Io(error.kind())
    }
}

/// The answer of a STUN server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapped {
    /// The address from which the request came.
    pub address: SocketAddr,
    /// From the first request to the answer.
    pub round_trip: Duration,
}

/// Asks a STUN server from this socket which address it sees.
///
/// # Errors
/// See [`ProbeError`].
pub async fn binding(
    socket: &UdpSocket,
    server: SocketAddr,
    limit: Duration,
) -> Result<Mapped, ProbeError> {
    let mut answers = bindings(socket, &[server], limit).await;
    answers.pop().unwrap_or(Err(ProbeError::Timeout))
}

/// Asks several STUN servers from one socket at the same time. The answers are in the order of the servers.
pub async fn bindings(
    socket: &UdpSocket,
    servers: &[SocketAddr],
    limit: Duration,
) -> Vec<Result<Mapped, ProbeError>> {
    let requests: Vec<_> = servers.iter().map(|_| binding_request()).collect();
    let mut answers = vec![Err(ProbeError::Timeout); servers.len()];
    let is_v6 = socket.local_addr().is_ok_and(|local| local.is_ipv6());
    let started = Instant::now();
    let deadline = started + limit;
    let (mut wait, mut next) = (RETRANSMISSION, started);
    let mut bytes = [0; MAX_ANSWER_BYTES];
    while answers.contains(&Err(ProbeError::Timeout)) {
        if Instant::now() >= next {
            for (at, server) in servers.iter().enumerate() {
                if answers[at] == Err(ProbeError::Timeout)
                    && let Err(error) = socket
                        .send_to(&requests[at].1, for_family(*server, is_v6))
                        .await
                {
                    answers[at] = Err(error.into());
                }
            }
            next = Instant::now() + wait;
            wait *= 2;
        }
        let received = time::timeout_at(next.min(deadline), socket.recv_from(&mut bytes)).await;
        match received {
            Ok(Ok((count, from))) => {
                let answer = read(&bytes[..count]);
                let asked = requests.iter().zip(servers).position(|((id, _), server)| {
                    canonical(from) == canonical(*server)
                        && answer
                            .as_ref()
                            .is_some_and(|answer| answer.transaction_id() == *id)
                });
                if let Some((at, answer)) = asked.zip(answer) {
                    answers[at] = mapped(&answer).map(|address| Mapped {
                        address,
                        round_trip: started.elapsed(),
                    });
                }
            }
            // Windows and Linux report the port that an earlier packet did not reach.
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionReset => {}
            Ok(Err(error)) => {
                let failed = Err(ProbeError::from(error));
                for answer in answers.iter_mut().filter(|answer| answer.is_err()) {
                    answer.clone_from(&failed);
                }
            }
            Err(_) if Instant::now() >= deadline => break,
            Err(_) => {}
        }
    }
    answers
}

fn binding_request() -> (TransactionId, Vec<u8>) {
    let request = Message::builder_request(BINDING, writer());
    (request.transaction_id(), request.finish())
}

fn mapped(answer: &Message<'_>) -> Result<SocketAddr, ProbeError> {
    check(answer, BINDING)?;
    let address = answer
        .attribute::<XorMappedAddress>()
        .map_err(|_| ProbeError::Malformed)?;
    Ok(canonical(address.addr(answer.transaction_id())))
}

/// The server's answer is a success of this method.
fn check(answer: &Message<'_>, method: Method) -> Result<(), ProbeError> {
    match answer.class() {
        _ if answer.method() != method => Err(ProbeError::Malformed),
        MessageClass::Success => Ok(()),
        MessageClass::Error => Err(ProbeError::Refused(error_code(answer))),
        _ => Err(ProbeError::Malformed),
    }
}

fn error_code(answer: &Message<'_>) -> u16 {
    answer
        .attribute::<ErrorCode>()
        .map_or(0, |error| error.code())
}

/// How this network maps the addresses of UDP packets (RFC 5780, section 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NatKind {
    /// Servers see an address of this computer itself. A firewall may be in between all the same.
    None,
    /// One address for all receivers, as routers at home do: two of them find a way to each other.
    SameForAll,
    /// Another address for each receiver ("symmetric"): mobile networks and offices.
    OtherForEach,
}

/// The kind of this network, by the answers of two STUN servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nat {
    /// This computer's address as the first server sees it.
    pub address: SocketAddr,
    /// `None` when only one server answered and the address is not our own.
    pub kind: Option<NatKind>,
}

/// Finds the kind of NAT with servers at two or more addresses, which all are of one family.
///
/// # Errors
/// That of the first server when none answers.
pub async fn nat_kind(servers: &[SocketAddr], limit: Duration) -> Result<Nat, ProbeError> {
    let first = servers.first().ok_or(ProbeError::Name)?;
    let any: SocketAddr = if first.is_ipv6() {
        (Ipv6Addr::UNSPECIFIED, 0).into()
    } else {
        (Ipv4Addr::UNSPECIFIED, 0).into()
    };
    let socket = UdpSocket::bind(any).await?;
    let answers = bindings(&socket, servers, limit).await;
    let mut seen = answers.iter().flatten().map(|mapped| mapped.address);
    let Some(address) = seen.next() else {
        return Err(answers
            .into_iter()
            .find_map(Result::err)
            .unwrap_or(ProbeError::Timeout));
    };
    // The address from which the system sends to this server: a socket that is connected has it.
    let local = UdpSocket::bind(any).await?;
    local.connect(*first).await?;
    let is_own =
        local.local_addr()?.ip() == address.ip() && socket.local_addr()?.port() == address.port();
    let kind = match seen.next() {
        _ if is_own => Some(NatKind::None),
        None => None,
        Some(other) if other == address && seen.all(|other| other == address) => {
            Some(NatKind::SameForAll)
        }
        Some(_) => Some(NatKind::OtherForEach),
    };
    Ok(Nat { address, kind })
}

/// A TURN server took the credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allocated {
    /// The address that it would relay from.
    pub relayed: SocketAddr,
    /// The address of ours that it sees.
    pub mapped: Option<SocketAddr>,
    /// From the first request to the allocation, the handshakes of TCP and TLS included.
    pub time: Duration,
}

/// The trusted certificates of the system, for [`allocate`] over TLS.
#[must_use]
pub fn system_tls() -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map(|builder| builder.with_root_certificates(roots).with_no_client_auth());
    match config {
        Ok(config) => Arc::new(config),
        // ring has the default versions.
        Err(_) => unreachable!("the default versions of TLS are known"),
    }
}

/// Allocates at a TURN server, and gives the allocation back.
///
/// # Errors
/// See [`ProbeError`]. The credential is in no error and in no log.
pub async fn allocate(
    url: &ServerUrl,
    username: &str,
    credential: &str,
    tls: Arc<ClientConfig>,
    limit: Duration,
) -> Result<Allocated, ProbeError> {
    time::timeout(limit, try_allocate(url, username, credential, tls))
        .await
        .unwrap_or(Err(ProbeError::Timeout))
}

async fn try_allocate(
    url: &ServerUrl,
    username: &str,
    credential: &str,
    tls: Arc<ClientConfig>,
) -> Result<Allocated, ProbeError> {
    let started = Instant::now();
    let mut failed = ProbeError::Name;
    for address in url.resolve().await {
        let channel = match Channel::open(url, address, &tls).await {
            Ok(channel) => channel,
            Err(error) => {
                failed = error;
                continue;
            }
        };
        let mut session = Session {
            channel,
            username,
            credential,
            realm: None,
        };
        let (relayed, mapped) = session.allocate().await?;
        let time = started.elapsed();
        session.release().await;
        return Ok(Allocated {
            relayed,
            mapped,
            time,
        });
    }
    Err(failed)
}

trait ByteStream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> ByteStream for S {}

/// Requests and answers, over any of the transports.
enum Channel {
    Datagrams(UdpSocket),
    Stream(Box<dyn ByteStream>, Vec<u8>),
}

impl Channel {
    async fn open(
        url: &ServerUrl,
        address: SocketAddr,
        tls: &Arc<ClientConfig>,
    ) -> Result<Self, ProbeError> {
        if url.transport == Transport::Udp {
            let any: SocketAddr = if address.is_ipv6() {
                (Ipv6Addr::UNSPECIFIED, 0).into()
            } else {
                (Ipv4Addr::UNSPECIFIED, 0).into()
            };
            let socket = UdpSocket::bind(any).await?;
            socket.connect(address).await?;
            return Ok(Self::Datagrams(socket));
        }
        let stream = TcpStream::connect(address).await?;
        if url.transport == Transport::Tcp {
            return Ok(Self::Stream(Box::new(stream), Vec::new()));
        }
        let name = ServerName::try_from(url.host.clone()).map_err(|_| ProbeError::Name)?;
        let stream = TlsConnector::from(Arc::clone(tls))
            .connect(name, stream)
            .await
            .map_err(|_| ProbeError::Tls)?;
        Ok(Self::Stream(Box::new(stream), Vec::new()))
    }

    /// Sends a request until its answer comes.
    async fn ask(&mut self, id: TransactionId, request: &[u8]) -> Result<Vec<u8>, ProbeError> {
        match self {
            Self::Datagrams(socket) => {
                let mut bytes = [0; MAX_ANSWER_BYTES];
                let mut wait = RETRANSMISSION;
                loop {
                    socket.send(request).await?;
                    let next = Instant::now() + wait;
                    while let Ok(count) = time::timeout_at(next, socket.recv(&mut bytes)).await {
                        let answer = &bytes[..count?];
                        if read(answer).is_some_and(|answer| answer.transaction_id() == id) {
                            return Ok(answer.to_vec());
                        }
                    }
                    wait *= 2;
                }
            }
            Self::Stream(stream, bytes) => {
                stream.write_all(request).await?;
                loop {
                    let frame = next_frame(stream, bytes).await?;
                    if read(&frame).is_some_and(|answer| answer.transaction_id() == id) {
                        return Ok(frame);
                    }
                }
            }
        }
    }
}

async fn next_frame(
    stream: &mut Box<dyn ByteStream>,
    bytes: &mut Vec<u8>,
) -> Result<Vec<u8>, ProbeError> {
    loop {
        match frame_bytes(bytes).map_err(|_| ProbeError::Malformed)? {
            Some(length) if length > MAX_ANSWER_BYTES => return Err(ProbeError::Malformed),
            Some(length) if length <= bytes.len() => return Ok(bytes.drain(..length).collect()),
            _ => {}
        }
        let mut chunk = [0; MAX_ANSWER_BYTES];
        match stream.read(&mut chunk).await? {
            0 => return Err(ProbeError::Io(io::ErrorKind::UnexpectedEof)),
            count => bytes.extend_from_slice(&chunk[..count]),
        }
    }
}

/// One TURN client.
struct Session<'a> {
    channel: Channel,
    username: &'a str,
    credential: &'a str,
    /// The realm and the nonce that the server gave.
    realm: Option<(String, String)>,
}

impl Session<'_> {
    async fn allocate(&mut self) -> Result<(SocketAddr, Option<SocketAddr>), ProbeError> {
        let answer = self.request(ALLOCATE).await?;
        let answer = read(&answer).ok_or(ProbeError::Malformed)?;
        let id = answer.transaction_id();
        let relayed = answer
            .attribute::<XorRelayedAddress>()
            .map_err(|_| ProbeError::Malformed)?;
        let mapped = answer.attribute::<XorMappedAddress>().ok();
        Ok((
            relayed.addr(id),
            mapped.map(|mapped| canonical(mapped.addr(id))),
        ))
    }

    /// The server also forgets an allocation by itself, so a failure costs it ten minutes.
    async fn release(&mut self) {
        let _ = time::timeout(RETRANSMISSION, self.request(REFRESH)).await;
    }

    /// Sends a request, again with the credential and once more when the nonce is stale. Returns a success.
    async fn request(&mut self, method: Method) -> Result<Vec<u8>, ProbeError> {
        for _ in 0..3 {
            let (id, request, is_signed) = self.write(method)?;
            let bytes = self.channel.ask(id, &request).await?;
            let answer = read(&bytes).ok_or(ProbeError::Malformed)?;
            match check(&answer, method) {
                Err(ProbeError::Refused(code @ (401 | 438))) if code == 438 || !is_signed => {
                    let realm = answer.attribute::<Realm>();
                    let nonce = answer.attribute::<Nonce>();
                    let (Ok(realm), Ok(nonce)) = (realm, nonce) else {
                        return Err(ProbeError::Malformed);
                    };
                    self.realm = Some((realm.realm().to_owned(), nonce.nonce().to_owned()));
                }
                Err(error) => return Err(error),
                Ok(()) => return Ok(bytes),
            }
        }
        Err(ProbeError::Refused(438))
    }

    fn write(&self, method: Method) -> Result<(TransactionId, Vec<u8>, bool), ProbeError> {
        let mut request = Message::builder_request(method, writer());
        let id = request.transaction_id();
        let malformed = |_| ProbeError::Malformed;
        if method == ALLOCATE {
            let transport = RequestedTransport::new(RequestedTransport::UDP);
            request.add_attribute(&transport).map_err(malformed)?;
        } else {
            request
                .add_attribute(&Lifetime::new(0))
                .map_err(malformed)?;
        }
        let Some((realm, nonce)) = &self.realm else {
            return Ok((id, request.finish(), false));
        };
        let name = Username::new(self.username).map_err(malformed)?;
        request.add_attribute(&name).map_err(malformed)?;
        request
            .add_attribute(&Realm::new(realm).map_err(malformed)?)
            .map_err(malformed)?;
        request
            .add_attribute(&Nonce::new(nonce).map_err(malformed)?)
            .map_err(malformed)?;
        let credentials = LongTermKeyCredentials::new(
            self.username.to_owned(),
            self.credential.to_owned(),
            realm.clone(),
        );
        request
            .add_message_integrity(
                &MessageIntegrityCredentials::LongTerm(credentials),
                IntegrityAlgorithm::Sha1,
            )
            .map_err(malformed)?;
        Ok((id, request.finish(), true))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use turn_types::stun::message::MessageWriteVec;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(5);

    /// A server that loses the first packets and then says that requests come from `seen`, or from where they come.
    async fn server(lost: usize, seen: Option<&str>) -> SocketAddr {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let seen = seen.map(|seen| seen.parse().unwrap());
        tokio::spawn(async move {
            let mut bytes = [0; 100];
            for count in 0.. {
                let (length, from) = socket.recv_from(&mut bytes).await.unwrap();
                if count < lost {
                    continue;
                }
                let request = read(&bytes[..length]).unwrap();
                let id = request.transaction_id();
                // An answer to another request comes first.
                let other = binding_request().1;
                let other =
                    Message::builder_success(&read(&other).unwrap(), MessageWriteVec::new());
                socket.send_to(&other.finish(), from).await.unwrap();
                let mut answer = Message::builder_success(&request, MessageWriteVec::new());
                let seen = XorMappedAddress::new(seen.unwrap_or(from), id);
                answer.add_attribute(&seen).unwrap();
                socket.send_to(&answer.finish(), from).await.unwrap();
            }
        });
        address
    }

    #[tokio::test]
    async fn a_lost_packet_is_sent_again() {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let mapped = binding(&socket, server(2, None).await, LIMIT)
            .await
            .unwrap();
        assert_eq!(mapped.address, socket.local_addr().unwrap());
    }

    #[tokio::test]
    async fn a_server_that_is_silent_is_said_to_be_so_in_time() {
        let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let limit = Duration::from_millis(50);
        let answer = binding(&socket, silent.local_addr().unwrap(), limit).await;
        assert_eq!(answer, Err(ProbeError::Timeout));
    }

    #[tokio::test]
    async fn two_servers_tell_the_kind_of_nat() {
        let kind = async |one, two| {
            let servers = [server(0, one).await, server(0, two).await];
            nat_kind(&servers, LIMIT).await.unwrap().kind
        };
        let (home, other) = (Some("25.1.1.1:7"), Some("25.1.1.1:8"));
        assert_eq!(kind(None, None).await, Some(NatKind::None));
        assert_eq!(kind(home, home).await, Some(NatKind::SameForAll));
        assert_eq!(kind(home, other).await, Some(NatKind::OtherForEach));
        let one = [server(0, home).await];
        assert_eq!(nat_kind(&one, LIMIT).await.unwrap().kind, None);
    }
}
