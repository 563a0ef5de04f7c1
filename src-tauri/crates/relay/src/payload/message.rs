//! A message: its records, and their bytes.

use data_encoding::BASE64URL_NOPAD;
use parlour_signaling::protocol::limits::{MAX_HELLO_BYTES, MAX_PEERS};
use parlour_signaling::protocol::{PeerId, Sealed, Signature};

use super::reader::Reader;
use super::{BadPayload, Session};

/// Bridges that a record names.
const MAX_SESSIONS: usize = 32;
/// Peers that a bridge says have left.
const MAX_LEFT: usize = 16;
/// Messages that one message confirms.
const MAX_GOT: usize = 64;
/// Envelopes in one message.
const MAX_ENVELOPES: usize = 128;

const WHO: u8 = 1;
const HELLO: u8 = 2;
const ENVELOPE: u8 = 3;
const GOT: u8 = 4;
const CONFIRM: u8 = 5;
const BYE: u8 = 6;

const ENTERED: u8 = 1;
const SIGNED: u8 = 2;

/// Everything that a bridge has to say at one time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Asks these bridges, or all when it names none, for their hello.
    pub who: Option<Vec<Session>>,
    /// The peers of its sender.
    pub hello: Option<Hello>,
    /// Signals, in the order in which they were sent.
    pub envelopes: Vec<Envelope>,
    /// The messages that its sender has received and that asked for it.
    pub got: Vec<Got>,
    /// The bridges that have to say `got`.
    pub confirm: Vec<Session>,
    /// Its sender ends. These peers of it have left the room; the others may come back in another way.
    pub bye: Option<Vec<PeerId>>,
}

/// The peers of a bridge, all of them: a later hello replaces an earlier one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hello {
    /// The day since 1970 for which the hellos in it are signed.
    pub day: u32,
    /// The bridges that its sender has heard. A bridge that is not named ignores the hello. One that is named knows
    /// that the hello is younger than its own session, and no replay of an earlier one.
    pub knows: Vec<Session>,
    /// The peers that its sender speaks for.
    pub peers: Vec<Announced>,
    /// The latest of its peers that have left the room.
    pub left: Vec<PeerId>,
}

/// A peer that a bridge speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced {
    /// Its id.
    pub peer: PeerId,
    /// Its sealed hello.
    pub hello: Sealed,
    /// Whether it has entered the room.
    pub entered: bool,
    /// The peer's signature, when the bridge is that of its own app. A guest of a host's server has none: the host
    /// vouches for it.
    pub signature: Option<Signature>,
}

/// A sealed signal on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The sender, a peer of the bridge.
    pub from: PeerId,
    /// The receiver, a peer of another bridge.
    pub to: PeerId,
    /// Counts from 1 what the sender's bridge sends the receiver's bridge from this peer to that one.
    pub seq: u32,
    /// The sealed signal.
    pub sealed: Sealed,
}

/// A message that has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Got {
    /// The bridge that sent it.
    pub session: Session,
    /// Its number.
    pub number: u32,
}

impl Envelope {
    /// About how many bytes it takes in a message.
    #[must_use]
    pub fn bytes(&self) -> usize {
        3 + 16 + 16 + 4 + self.sealed.0.len() * 3 / 4
    }
}

impl Message {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Its bytes. A text that is not base64url is left out with its record.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if !self.confirm.is_empty() {
            record(&mut out, CONFIRM, |out| sessions(out, &self.confirm));
        }
        if let Some(asked) = &self.who {
            record(&mut out, WHO, |out| sessions(out, asked));
        }
        if let Some(hello) = &self.hello {
            record(&mut out, HELLO, |out| write_hello(out, hello));
        }
        for envelope in &self.envelopes {
            if let Ok(sealed) = BASE64URL_NOPAD.decode(envelope.sealed.0.as_bytes()) {
                record(&mut out, ENVELOPE, |out| {
                    out.extend(envelope.from.as_bytes());
                    out.extend(envelope.to.as_bytes());
                    out.extend(envelope.seq.to_be_bytes());
                    out.extend(sealed);
                });
            }
        }
        if !self.got.is_empty() {
            record(&mut out, GOT, |out| {
                count(out, self.got.len());
                for got in &self.got {
                    out.extend(got.session.0.to_be_bytes());
                    out.extend(got.number.to_be_bytes());
                }
            });
        }
        if let Some(left) = &self.bye {
            record(&mut out, BYE, |out| peers(out, left));
        }
        out
    }

    /// Reads the bytes of all parts. Records of an unknown kind are skipped.
    ///
    /// # Errors
    /// When a record of a known kind is not exactly as it is written, or there are too many.
    pub fn read(bytes: &[u8]) -> Result<Self, BadPayload> {
        let mut message = Self::default();
        let mut reader = Reader(bytes);
        while !reader.is_empty() {
            let kind = reader.u8()?;
            let length = usize::from(reader.u16()?);
            let mut record = Reader(reader.bytes(length)?);
            match kind {
                WHO => set(&mut message.who, read_sessions(&mut record)?)?,
                HELLO => set(&mut message.hello, read_hello(&mut record)?)?,
                ENVELOPE => message.envelopes.push(read_envelope(&mut record)?),
                GOT => message.got.extend(record.list(MAX_GOT, |record| {
                    Ok(Got {
                        session: Session(record.u64()?),
                        number: record.u32()?,
                    })
                })?),
                CONFIRM => message.confirm.extend(read_sessions(&mut record)?),
                BYE => set(&mut message.bye, read_peers(&mut record)?)?,
                _ => record = Reader(&[]),
            }
            let is_too_much = message.envelopes.len() > MAX_ENVELOPES
                || message.got.len() > MAX_GOT
                || message.confirm.len() > MAX_SESSIONS;
            if !record.is_empty() || is_too_much {
                return Err(BadPayload);
            }
        }
        Ok(message)
    }
}

fn set<T>(field: &mut Option<T>, value: T) -> Result<(), BadPayload> {
    match field.replace(value) {
        None => Ok(()),
        Some(_) => Err(BadPayload),
    }
}

/// Kind, length, content. A record is shorter than 64 KiB, as an envelope is.
fn record(out: &mut Vec<u8>, kind: u8, content: impl FnOnce(&mut Vec<u8>)) {
    out.push(kind);
    let at = out.len();
    out.extend([0; 2]);
    content(out);
    let length = (out.len() - at - 2) as u16;
    out[at..at + 2].copy_from_slice(&length.to_be_bytes());
}

/// The lengths of lists are bounded below 256.
fn count(out: &mut Vec<u8>, length: usize) {
    out.push(length as u8);
}

fn sessions(out: &mut Vec<u8>, list: &[Session]) {
    let list = &list[..list.len().min(MAX_SESSIONS)];
    count(out, list.len());
    for session in list {
        out.extend(session.0.to_be_bytes());
    }
}

fn read_sessions(reader: &mut Reader<'_>) -> Result<Vec<Session>, BadPayload> {
    reader.list(MAX_SESSIONS, |reader| Ok(Session(reader.u64()?)))
}

fn peers(out: &mut Vec<u8>, list: &[PeerId]) {
    let list = &list[list.len().saturating_sub(MAX_LEFT)..];
    count(out, list.len());
    for peer in list {
        out.extend(peer.as_bytes());
    }
}

fn read_peers(reader: &mut Reader<'_>) -> Result<Vec<PeerId>, BadPayload> {
    reader.list(MAX_LEFT, |reader| Ok(PeerId::from_bytes(reader.array()?)))
}

fn write_hello(out: &mut Vec<u8>, hello: &Hello) {
    out.extend(hello.day.to_be_bytes());
    sessions(out, &hello.knows);
    let decoded = |announced: &Announced| BASE64URL_NOPAD.decode(announced.hello.0.as_bytes()).ok();
    let announced: Vec<_> = hello
        .peers
        .iter()
        .filter_map(|announced| Some((announced, decoded(announced)?)))
        .take(MAX_PEERS)
        .collect();
    count(out, announced.len());
    for (announced, sealed) in announced {
        out.extend(announced.peer.as_bytes());
        let entered = if announced.entered { ENTERED } else { 0 };
        let signed = announced.signature.map_or(0, |_| SIGNED);
        out.push(entered | signed);
        if let Some(signature) = &announced.signature {
            out.extend(signature.as_bytes());
        }
        // A hello has at most 1 KiB.
        out.extend((sealed.len() as u16).to_be_bytes());
        out.extend(sealed);
    }
    peers(out, &hello.left);
}

fn read_hello(reader: &mut Reader<'_>) -> Result<Hello, BadPayload> {
    Ok(Hello {
        day: reader.u32()?,
        knows: read_sessions(reader)?,
        peers: reader.list(MAX_PEERS, read_announced)?,
        left: read_peers(reader)?,
    })
}

fn read_announced(reader: &mut Reader<'_>) -> Result<Announced, BadPayload> {
    let peer = PeerId::from_bytes(reader.array()?);
    let flags = reader.u8()?;
    if flags & !(ENTERED | SIGNED) != 0 {
        return Err(BadPayload);
    }
    let signature = if flags & SIGNED != 0 {
        Some(Signature::from_bytes(reader.array()?))
    } else {
        None
    };
    let length = usize::from(reader.u16()?);
    let hello = Sealed(BASE64URL_NOPAD.encode(reader.bytes(length)?));
    if hello.0.len() > MAX_HELLO_BYTES {
        return Err(BadPayload);
    }
    Ok(Announced {
        peer,
        hello,
        entered: flags & ENTERED != 0,
        signature,
    })
}

fn read_envelope(reader: &mut Reader<'_>) -> Result<Envelope, BadPayload> {
    let from = PeerId::from_bytes(reader.array()?);
    let to = PeerId::from_bytes(reader.array()?);
    let seq = reader.u32()?;
    let sealed = Sealed(BASE64URL_NOPAD.encode(std::mem::take(&mut reader.0)));
    Ok(Envelope {
        from,
        to,
        seq,
        sealed,
    })
}
