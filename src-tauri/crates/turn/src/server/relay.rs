//! The state of the server, without sockets: a packet of a client and the time go in, at most one packet comes out.
//!
//! A relayed address is a name. It stands for an allocation of this server and for nothing else: no socket has it, and a
//! packet to any other address has nowhere to go. So two clients reach each other, and never anything else of the
//! network that the server stands in.
//!
//! Nothing is kept of a client before it has proved that it has a credential.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use turn_types::AddressFamily;
use turn_types::attribute::{
    ChannelNumber, Data, Lifetime, RequestedAddressFamily, RequestedTransport, XorPeerAddress,
    XorRelayedAddress,
};
use turn_types::channel::ChannelData;
use turn_types::message::{ALLOCATE, CHANNEL_BIND, CREATE_PERMISSION, DATA, REFRESH, SEND};
use turn_types::stun::attribute::{
    Attribute, AttributeStaticType, ErrorCode, Fingerprint, MessageIntegrity, Nonce, Realm,
    Username, XorMappedAddress,
};
use turn_types::stun::message::{
    BINDING, IntegrityAlgorithm, LongTermKeyCredentials, Message, MessageClass,
    MessageIntegrityCredentials, MessageWrite, MessageWriteExt, MessageWriteVec, TransactionId,
};

use super::rate::Rate;
use super::secret::Secret;
use super::{Client, Limits};
use crate::message::{CHANNEL_HEADER_BYTES, read, writer};

const REALM: &str = "parlour";
/// RFC 8656, section 3.2.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(600);
const MAX_LIFETIME: Duration = Duration::from_secs(3600);
/// RFC 8656, section 9.
const PERMISSION_LIFETIME: Duration = Duration::from_secs(300);
/// RFC 8656, section 12.
const CHANNEL_LIFETIME: Duration = Duration::from_secs(600);
/// The first relayed port; the count of names is that of the allocations.
const FIRST_PORT: u16 = 49_152;
/// Of RFC 5766, which browsers use; RFC 8656 ends at 0x4FFF.
const CHANNELS: std::ops::RangeInclusive<u16> = 0x4000..=0x7FFF;
/// Longer user names are not ours.
const MAX_USERNAME_BYTES: usize = 64;

/// A packet that leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// A client that has just asked, or that has an allocation.
    pub to: Client,
    /// On a stream a whole frame, padded.
    pub bytes: Vec<u8>,
}

struct Allocation {
    /// Its name: the port of the relayed address.
    port: u16,
    username: String,
    /// Repeats the answer to a request that came twice.
    request: TransactionId,
    until: Instant,
    /// All names have one address, so there is one permission.
    permitted_until: Option<Instant>,
    channels: Vec<Channel>,
}

struct Channel {
    number: u16,
    peer_port: u16,
    until: Instant,
}

/// The server's state. Its memory is bounded by [`Limits`].
pub struct Relay {
    limits: Limits,
    secret: Arc<Secret>,
    /// The address in all names.
    address: Ipv4Addr,
    allocations: HashMap<Client, Allocation>,
    names: HashMap<u16, Client>,
    next_port: u16,
    /// Answers to clients without an allocation.
    strangers: Rate,
    /// Bytes that are relayed.
    bytes: Rate,
}

/// A refused request, with its code.
struct Refused(u16);

type Answer = Result<MessageWriteVec, Refused>;

impl Relay {
    /// A server without allocations, whose names have this address.
    #[must_use]
    pub fn new(limits: Limits, secret: Arc<Secret>, address: Ipv4Addr, now: Instant) -> Self {
        Self {
            strangers: Rate::new(limits.stranger_answers_per_second, now),
            bytes: Rate::new(limits.bytes_per_second, now),
            limits,
            secret,
            address,
            allocations: HashMap::new(),
            names: HashMap::new(),
            next_port: FIRST_PORT,
        }
    }

    /// Whether this client has an allocation.
    #[must_use]
    pub fn is_known(&self, client: Client) -> bool {
        self.allocations.contains_key(&client)
    }

    /// Allocations now.
    #[must_use]
    pub fn allocations(&self) -> usize {
        self.allocations.len()
    }

    /// Forgets the client of a stream that has ended.
    pub fn remove(&mut self, client: Client) {
        if let Some(allocation) = self.allocations.remove(&client) {
            self.names.remove(&allocation.port);
        }
    }

    /// Forgets allocations whose time is over.
    pub fn expire(&mut self, now: Instant) {
        let names = &mut self.names;
        self.allocations.retain(|_, allocation| {
            let is_alive = allocation.until > now;
            if !is_alive {
                names.remove(&allocation.port);
            }
            allocation.channels.retain(|channel| channel.until > now);
            is_alive
        });
    }

    /// Takes a datagram, or a frame of a stream.
    pub fn handle(
        &mut self,
        now: Instant,
        clock: SystemTime,
        from: Client,
        bytes: &[u8],
    ) -> Option<Packet> {
        let is_known = self
            .allocations
            .get(&from)
            .is_some_and(|allocation| allocation.until > now);
        match bytes.first()? >> 6 {
            1 if is_known => self.on_channel_data(now, from, bytes),
            0 if is_known || self.strangers.take(1, now) => {
                let message = read(bytes)?;
                match message.class() {
                    MessageClass::Request => self.on_request(now, clock, from, &message),
                    MessageClass::Indication if message.method() == SEND => {
                        self.on_send(now, from, &message)
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn on_request(
        &mut self,
        now: Instant,
        clock: SystemTime,
        from: Client,
        message: &Message<'_>,
    ) -> Option<Packet> {
        let bytes = if message.method() == BINDING {
            binding(from, message)?
        } else {
            match self.authenticate(clock, from, message) {
                Err(Refused(code)) => self.refuse(clock, from, message, code)?,
                Ok((username, key)) => {
                    let answer = self.on_authenticated(now, from, message, &username);
                    let mut answer = match answer {
                        Ok(answer) => answer,
                        Err(Refused(code)) => error(message, code)?,
                    };
                    answer
                        .add_message_integrity(&key, IntegrityAlgorithm::Sha1)
                        .ok()?;
                    answer.finish()
                }
            }
        };
        Some(Packet { to: from, bytes })
    }

    /// The user name of a request and the key that signs its answer (RFC 8489, section 9.2.4). The nonce is checked
    /// first: it costs the least, and only a client that gets our answers has one.
    fn authenticate(
        &self,
        clock: SystemTime,
        from: Client,
        message: &Message<'_>,
    ) -> Result<(String, MessageIntegrityCredentials), Refused> {
        if !message.has_attribute(MessageIntegrity::TYPE) {
            return Err(Refused(ErrorCode::UNAUTHORIZED));
        }
        let bad = |_| Refused(ErrorCode::BAD_REQUEST);
        let username = message.attribute::<Username>().map_err(bad)?;
        let username = username.username();
        let nonce = message.attribute::<Nonce>().map_err(bad)?;
        message.attribute::<Realm>().map_err(bad)?;
        if !self.secret.has_made(nonce.nonce(), from, clock) {
            return Err(Refused(ErrorCode::STALE_NONCE));
        }
        if username.len() > MAX_USERNAME_BYTES {
            return Err(Refused(ErrorCode::UNAUTHORIZED));
        }
        // A credential that ends does not end what was allocated with it.
        let password = match self.allocations.get(&from) {
            Some(allocation) if allocation.username == username => self.secret.password(username),
            Some(_) => return Err(Refused(ErrorCode::WRONG_CREDENTIALS)),
            None => self
                .secret
                .password_at(username, clock)
                .ok_or(Refused(ErrorCode::UNAUTHORIZED))?,
        };
        let key = LongTermKeyCredentials::new(username.to_owned(), password, REALM.to_owned());
        let key = MessageIntegrityCredentials::LongTerm(key);
        message
            .validate_integrity(&key)
            .map_err(|_| Refused(ErrorCode::UNAUTHORIZED))?;
        Ok((username.to_owned(), key))
    }

    /// Refuses a request whose sender has not proved itself, with what it needs to do so.
    fn refuse(
        &self,
        clock: SystemTime,
        from: Client,
        message: &Message<'_>,
        code: u16,
    ) -> Option<Vec<u8>> {
        let mut answer = error(message, code)?;
        if matches!(code, ErrorCode::UNAUTHORIZED | ErrorCode::STALE_NONCE) {
            answer.add_attribute(&Realm::new(REALM).ok()?).ok()?;
            let nonce = self.secret.nonce(from, clock);
            answer.add_attribute(&Nonce::new(&nonce).ok()?).ok()?;
        }
        Some(answer.finish())
    }

    fn on_authenticated(
        &mut self,
        now: Instant,
        from: Client,
        message: &Message<'_>,
        username: &str,
    ) -> Answer {
        // An allocation whose time is over and that was not swept yet.
        if self
            .allocations
            .get(&from)
            .is_some_and(|allocation| allocation.until <= now)
        {
            self.remove(from);
        }
        match message.method() {
            ALLOCATE => self.on_allocate(now, from, message, username),
            REFRESH => self.on_refresh(now, from, message),
            CREATE_PERMISSION => self.on_create_permission(now, from, message),
            CHANNEL_BIND => self.on_channel_bind(now, from, message),
            // The methods of RFC 6062, which would open connections, among others.
            _ => Err(Refused(ErrorCode::BAD_REQUEST)),
        }
    }

    fn on_allocate(
        &mut self,
        now: Instant,
        from: Client,
        message: &Message<'_>,
        username: &str,
    ) -> Answer {
        let transport = message
            .attribute::<RequestedTransport>()
            .map_err(|_| Refused(ErrorCode::BAD_REQUEST))?;
        if transport.protocol() != RequestedTransport::UDP {
            return Err(Refused(ErrorCode::UNSUPPORTED_TRANSPORT_PROTOCOL));
        }
        if let Ok(family) = message.attribute::<RequestedAddressFamily>()
            && family.family() != AddressFamily::IPV4
        {
            return Err(Refused(ErrorCode::ADDRESS_FAMILY_NOT_SUPPORTED));
        }
        known_attributes(message)?;
        let lifetime = lifetime(message).clamp(DEFAULT_LIFETIME, MAX_LIFETIME);
        let request = message.transaction_id();
        if let Some(allocation) = self.allocations.get(&from) {
            if allocation.request != request {
                return Err(Refused(ErrorCode::ALLOCATION_MISMATCH));
            }
            let port = allocation.port;
            return self.allocated(from, message, port, lifetime);
        }
        self.expire(now);
        let of_address = |client: &&Client| client.address.ip() == from.address.ip();
        if self.allocations.len() >= self.limits.allocations {
            return Err(Refused(ErrorCode::INSUFFICIENT_CAPACITY));
        }
        if self.allocations.keys().filter(of_address).count() >= self.limits.allocations_per_address
        {
            return Err(Refused(ErrorCode::ALLOCATION_QUOTA_REACHED));
        }
        let port = self.free_port();
        self.names.insert(port, from);
        let allocation = Allocation {
            port,
            username: username.to_owned(),
            request,
            until: now + lifetime,
            permitted_until: None,
            channels: Vec::new(),
        };
        self.allocations.insert(from, allocation);
        self.allocated(from, message, port, lifetime)
    }

    /// There are fewer allocations than ports.
    fn free_port(&mut self) -> u16 {
        loop {
            let port = self.next_port;
            self.next_port = port.checked_add(1).unwrap_or(FIRST_PORT);
            if !self.names.contains_key(&port) {
                return port;
            }
        }
    }

    fn allocated(
        &self,
        from: Client,
        message: &Message<'_>,
        port: u16,
        lifetime: Duration,
    ) -> Answer {
        let id = message.transaction_id();
        let mut answer = Message::builder_success(message, writer());
        let relayed = XorRelayedAddress::new(self.name(port), id);
        add(&mut answer, |answer| answer.add_attribute(&relayed))?;
        add(&mut answer, |answer| {
            answer.add_attribute(&seconds(lifetime))
        })?;
        let mapped = XorMappedAddress::new(from.address, id);
        add(&mut answer, |answer| answer.add_attribute(&mapped))?;
        Ok(answer)
    }

    fn on_refresh(&mut self, now: Instant, from: Client, message: &Message<'_>) -> Answer {
        known_attributes(message)?;
        let allocation = self
            .allocations
            .get_mut(&from)
            .ok_or(Refused(ErrorCode::ALLOCATION_MISMATCH))?;
        let mut lifetime = lifetime(message);
        if lifetime.is_zero() {
            self.remove(from);
        } else {
            lifetime = lifetime.clamp(DEFAULT_LIFETIME, MAX_LIFETIME);
            allocation.until = now + lifetime;
        }
        let mut answer = Message::builder_success(message, writer());
        add(&mut answer, |answer| {
            answer.add_attribute(&seconds(lifetime))
        })?;
        Ok(answer)
    }

    fn on_create_permission(
        &mut self,
        now: Instant,
        from: Client,
        message: &Message<'_>,
    ) -> Answer {
        known_attributes(message)?;
        let mut count = 0;
        while let Ok(peer) = message.nth_attribute::<XorPeerAddress>(count) {
            self.check_peer(peer.addr(message.transaction_id()).ip())?;
            count += 1;
        }
        let allocation = self
            .allocations
            .get_mut(&from)
            .ok_or(Refused(ErrorCode::ALLOCATION_MISMATCH))?;
        if count == 0 {
            return Err(Refused(ErrorCode::BAD_REQUEST));
        }
        allocation.permitted_until = Some(now + PERMISSION_LIFETIME);
        Ok(Message::builder_success(message, writer()))
    }

    fn on_channel_bind(&mut self, now: Instant, from: Client, message: &Message<'_>) -> Answer {
        known_attributes(message)?;
        let bad = |_| Refused(ErrorCode::BAD_REQUEST);
        let number = message.attribute::<ChannelNumber>().map_err(bad)?.channel();
        let peer = message.attribute::<XorPeerAddress>().map_err(bad)?;
        let peer = peer.addr(message.transaction_id());
        self.check_peer(peer.ip())?;
        let max_channels = self.limits.channels;
        let allocation = self
            .allocations
            .get_mut(&from)
            .ok_or(Refused(ErrorCode::ALLOCATION_MISMATCH))?;
        if !CHANNELS.contains(&number) {
            return Err(Refused(ErrorCode::BAD_REQUEST));
        }
        let channels = &mut allocation.channels;
        channels.retain(|channel| channel.until > now);
        let until = now + CHANNEL_LIFETIME;
        let at = channels
            .iter()
            .position(|channel| channel.number == number || channel.peer_port == peer.port());
        let bound = Channel {
            number,
            peer_port: peer.port(),
            until,
        };
        match at {
            Some(at) if channels[at].number != number => {
                return Err(Refused(ErrorCode::BAD_REQUEST));
            }
            Some(at) if channels[at].peer_port != peer.port() => {
                return Err(Refused(ErrorCode::BAD_REQUEST));
            }
            Some(at) => channels[at] = bound,
            None if channels.len() >= max_channels => {
                return Err(Refused(ErrorCode::INSUFFICIENT_CAPACITY));
            }
            None => channels.push(bound),
        }
        allocation.permitted_until = Some(now + PERMISSION_LIFETIME);
        Ok(Message::builder_success(message, writer()))
    }

    /// A peer is another allocation of this server, or nobody.
    fn check_peer(&self, peer: IpAddr) -> Result<(), Refused> {
        if peer == IpAddr::V4(self.address) {
            Ok(())
        } else {
            Err(Refused(ErrorCode::FORBIDDEN))
        }
    }

    fn on_send(&mut self, now: Instant, from: Client, message: &Message<'_>) -> Option<Packet> {
        let peer = message.attribute::<XorPeerAddress>().ok()?;
        let peer = peer.addr(message.transaction_id());
        if peer.ip() != IpAddr::V4(self.address) {
            return None;
        }
        let data = message.attribute::<Data>().ok()?;
        self.relay(now, from, peer.port(), data.data())
    }

    fn on_channel_data(&mut self, now: Instant, from: Client, bytes: &[u8]) -> Option<Packet> {
        let data = ChannelData::parse(bytes).ok()?;
        let channels = &self.allocations.get(&from)?.channels;
        let channel = channels
            .iter()
            .find(|channel| channel.number == data.id() && channel.until > now)?;
        let peer_port = channel.peer_port;
        self.relay(now, from, peer_port, data.data())
    }

    /// Carries data from one allocation to another, if both permit it.
    fn relay(&mut self, now: Instant, from: Client, peer_port: u16, data: &[u8]) -> Option<Packet> {
        let sender = self.allocations.get(&from)?;
        let to = *self.names.get(&peer_port)?;
        let receiver = self.allocations.get(&to)?;
        let is_permitted = |allocation: &Allocation| {
            allocation.until > now && allocation.permitted_until.is_some_and(|until| until > now)
        };
        if from == to || !is_permitted(sender) || !is_permitted(receiver) {
            return None;
        }
        let count = u32::try_from(data.len()).ok()?;
        if !self.bytes.take(count, now) {
            return None;
        }
        let channel = receiver
            .channels
            .iter()
            .find(|channel| channel.peer_port == sender.port && channel.until > now);
        let bytes = match channel {
            Some(channel) => channel_data(channel.number, data, to.is_stream),
            None => data_indication(self.name(sender.port), data)?,
        };
        Some(Packet { to, bytes })
    }

    fn name(&self, port: u16) -> SocketAddr {
        (self.address, port).into()
    }
}

/// The answer to a STUN client: where its request came from.
fn binding(from: Client, message: &Message<'_>) -> Option<Vec<u8>> {
    let id = message.transaction_id();
    let mut answer = if known_attributes(message).is_ok() {
        let mut answer = Message::builder_success(message, writer());
        let mapped = XorMappedAddress::new(from.address, id);
        answer.add_attribute(&mapped).ok()?;
        answer
    } else {
        error(message, ErrorCode::UNKNOWN_ATTRIBUTE)?
    };
    answer.add_fingerprint().ok()?;
    Some(answer.finish())
}

fn error(message: &Message<'_>, code: u16) -> Option<MessageWriteVec> {
    let mut answer = Message::builder_error(message, writer());
    let code = ErrorCode::builder(code).build().ok()?;
    answer.add_attribute(&code).ok()?;
    Some(answer)
}

/// An attribute that must be understood (RFC 8489, section 14) is one of these.
fn known_attributes(message: &Message<'_>) -> Result<(), Refused> {
    let known = [
        Username::TYPE,
        Realm::TYPE,
        Nonce::TYPE,
        MessageIntegrity::TYPE,
        Fingerprint::TYPE,
        RequestedTransport::TYPE,
        RequestedAddressFamily::TYPE,
        Lifetime::TYPE,
        XorPeerAddress::TYPE,
        ChannelNumber::TYPE,
    ];
    let is_known = message
        .iter_attributes()
        .map(|(_, attribute)| attribute.get_type())
        .all(|kind| !kind.comprehension_required() || known.contains(&kind));
    if is_known {
        Ok(())
    } else {
        Err(Refused(ErrorCode::UNKNOWN_ATTRIBUTE))
    }
}

fn lifetime(message: &Message<'_>) -> Duration {
    message
        .attribute::<Lifetime>()
        .map_or(DEFAULT_LIFETIME, |lifetime| {
            Duration::from_secs(lifetime.seconds().into())
        })
}

fn seconds(lifetime: Duration) -> Lifetime {
    Lifetime::new(u32::try_from(lifetime.as_secs()).unwrap_or(u32::MAX))
}

fn add<E>(
    answer: &mut MessageWriteVec,
    attribute: impl FnOnce(&mut MessageWriteVec) -> Result<(), E>,
) -> Result<(), Refused> {
    attribute(answer).map_err(|_| Refused(ErrorCode::SERVER_ERROR))
}

fn channel_data(number: u16, data: &[u8], is_stream: bool) -> Vec<u8> {
    let length = CHANNEL_HEADER_BYTES + data.len();
    let mut bytes = vec![0; length];
    ChannelData::new(number, data).write_into_unchecked(&mut bytes);
    // On a stream the next frame begins at a multiple of four (RFC 8656, section 12.5).
    if is_stream {
        bytes.resize(length.next_multiple_of(4), 0);
    }
    bytes
}

fn data_indication(peer: SocketAddr, data: &[u8]) -> Option<Vec<u8>> {
    let mut message =
        Message::builder_indication(DATA, MessageWriteVec::with_capacity(data.len() + 40));
    let peer = XorPeerAddress::new(peer, message.transaction_id());
    message.add_attribute(&peer).ok()?;
    message.add_attribute(&Data::new(data)).ok()?;
    Some(message.finish())
}
