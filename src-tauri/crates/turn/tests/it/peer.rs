//! A TURN client that writes its messages itself, and a server's state with a clock.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use parlour_turn::server::{Client, Credential, Limits, Packet, Relay, Secret};
use turn_types::attribute::{
    ChannelNumber, Data, Lifetime, RequestedTransport, XorPeerAddress, XorRelayedAddress,
};
use turn_types::channel::ChannelData;
use turn_types::message::{ALLOCATE, CHANNEL_BIND, CREATE_PERMISSION, REFRESH, SEND};
use turn_types::stun::attribute::{ErrorCode, Nonce, Realm, Username};
use turn_types::stun::message::{
    IntegrityAlgorithm, LongTermKeyCredentials, Message, MessageIntegrityCredentials, MessageWrite,
    MessageWriteExt, MessageWriteVec, Method,
};

pub(crate) const NAMES: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 77);

/// A client, and what it knows of the server.
pub(crate) struct Peer {
    pub(crate) credential: Credential,
    realm: Option<(String, String)>,
}

impl Peer {
    pub(crate) fn new(credential: Credential) -> Self {
        Self {
            credential,
            realm: None,
        }
    }

    /// A request, signed as soon as the server has given a nonce.
    pub(crate) fn request(
        &self,
        method: Method,
        fill: impl FnOnce(&mut MessageWriteVec),
    ) -> Vec<u8> {
        let mut message = Message::builder_request(method, MessageWriteVec::new());
        fill(&mut message);
        if let Some((realm, nonce)) = &self.realm {
            let Credential { username, password } = self.credential.clone();
            message
                .add_attribute(&Username::new(&username).unwrap())
                .unwrap();
            message.add_attribute(&Realm::new(realm).unwrap()).unwrap();
            message.add_attribute(&Nonce::new(nonce).unwrap()).unwrap();
            let key = LongTermKeyCredentials::new(username, password, realm.clone());
            let key = MessageIntegrityCredentials::LongTerm(key);
            message
                .add_message_integrity(&key, IntegrityAlgorithm::Sha1)
                .unwrap();
        }
        message.finish()
    }

    pub(crate) fn allocate(&self) -> Vec<u8> {
        self.request(ALLOCATE, |message| {
            let udp = RequestedTransport::new(RequestedTransport::UDP);
            message.add_attribute(&udp).unwrap();
        })
    }

    pub(crate) fn refresh(&self, seconds: u32) -> Vec<u8> {
        self.request(REFRESH, |message| {
            message.add_attribute(&Lifetime::new(seconds)).unwrap();
        })
    }

    pub(crate) fn permit(&self, peer: SocketAddr) -> Vec<u8> {
        self.request(CREATE_PERMISSION, |message| add_peer(message, peer))
    }

    pub(crate) fn bind(&self, channel: u16, peer: SocketAddr) -> Vec<u8> {
        self.request(CHANNEL_BIND, |message| {
            message.add_attribute(&ChannelNumber::new(channel)).unwrap();
            add_peer(message, peer);
        })
    }

    /// Takes the realm and the nonce of an answer.
    pub(crate) fn learn(&mut self, answer: &[u8]) {
        let answer = Message::from_bytes(answer).unwrap();
        if let (Ok(realm), Ok(nonce)) = (answer.attribute::<Realm>(), answer.attribute::<Nonce>()) {
            self.realm = Some((realm.realm().to_owned(), nonce.nonce().to_owned()));
        }
    }
}

fn add_peer(message: &mut MessageWriteVec, peer: SocketAddr) {
    let peer = XorPeerAddress::new(peer, message.transaction_id());
    message.add_attribute(&peer).unwrap();
}

pub(crate) fn send_indication(peer: SocketAddr, data: &[u8]) -> Vec<u8> {
    let mut message = Message::builder_indication(SEND, MessageWriteVec::new());
    add_peer(&mut message, peer);
    message.add_attribute(&Data::new(data)).unwrap();
    message.finish()
}

/// On a stream, with its padding.
pub(crate) fn channel_data(channel: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 4 + data.len()];
    ChannelData::new(channel, data).write_into_unchecked(&mut bytes);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// The sender and the data of what a client received, whichever form it has.
pub(crate) fn received(bytes: &[u8]) -> (Option<SocketAddr>, Vec<u8>) {
    if let Ok(data) = ChannelData::parse(bytes) {
        return (None, data.data().to_vec());
    }
    let message = Message::from_bytes(bytes).unwrap();
    let peer = message.attribute::<XorPeerAddress>().unwrap();
    let data = message.attribute::<Data>().unwrap().data().to_vec();
    (Some(peer.addr(message.transaction_id())), data)
}

/// The code of a refusal, or 0 for a success.
pub(crate) fn code(answer: &[u8]) -> u16 {
    let answer = Message::from_bytes(answer).unwrap();
    assert!(answer.is_response());
    answer
        .attribute::<ErrorCode>()
        .map_or(0, |error| error.code())
}

pub(crate) fn relayed(answer: &[u8]) -> SocketAddr {
    let answer = Message::from_bytes(answer).unwrap();
    let relayed = answer.attribute::<XorRelayedAddress>().unwrap();
    relayed.addr(answer.transaction_id())
}

/// A server's state and the time.
pub(crate) struct World {
    pub(crate) relay: Relay,
    pub(crate) secret: Arc<Secret>,
    pub(crate) now: Instant,
    pub(crate) clock: SystemTime,
}

impl World {
    pub(crate) fn new(limits: Limits) -> Self {
        let secret = Arc::new(Secret::from_bytes([3; 32]));
        let now = Instant::now();
        Self {
            relay: Relay::new(limits, Arc::clone(&secret), NAMES, now),
            secret,
            now,
            clock: SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000),
        }
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        self.now += time;
        self.clock += time;
    }

    pub(crate) fn handle(&mut self, from: Client, bytes: &[u8]) -> Option<Packet> {
        self.relay.handle(self.now, self.clock, from, bytes)
    }

    /// The answer to a request.
    pub(crate) fn ask(&mut self, from: Client, bytes: &[u8]) -> Vec<u8> {
        let packet = self.handle(from, bytes).unwrap();
        assert_eq!(packet.to, from);
        packet.bytes
    }

    pub(crate) fn member(&self) -> Peer {
        Peer::new(
            self.secret
                .credential(self.clock + Duration::from_secs(3600)),
        )
    }

    /// A member with an allocation.
    pub(crate) fn allocate(&mut self, from: Client) -> (Peer, SocketAddr) {
        let mut peer = self.member();
        let refused = self.ask(from, &peer.allocate());
        assert_eq!(code(&refused), 401);
        peer.learn(&refused);
        let answer = self.ask(from, &peer.allocate());
        assert_eq!(code(&answer), 0);
        (peer, relayed(&answer))
    }
}

pub(crate) fn udp(address: &str) -> Client {
    Client {
        address: address.parse().unwrap(),
        is_stream: false,
    }
}

pub(crate) fn tcp(address: &str) -> Client {
    Client {
        is_stream: true,
        ..udp(address)
    }
}
