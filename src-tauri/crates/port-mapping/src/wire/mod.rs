//! The packets of PCP and NAT-PMP. Pure: bytes in, values out.

pub(crate) mod nat_pmp;
pub(crate) mod pcp;

/// The UDP port of a router that speaks PCP or NAT-PMP (RFC 6887 section 19.1).
pub(crate) const SERVER_PORT: u16 = 5351;
/// The UDP port of computers at which a router announces itself.
pub(crate) const CLIENT_PORT: u16 = 5350;

/// Reads `N` bytes at an offset.
fn bytes<const N: usize>(packet: &[u8], offset: usize) -> Option<[u8; N]> {
    packet.get(offset..offset.checked_add(N)?)?.try_into().ok()
}

fn u16_at(packet: &[u8], offset: usize) -> Option<u16> {
    bytes(packet, offset).map(u16::from_be_bytes)
}

fn u32_at(packet: &[u8], offset: usize) -> Option<u32> {
    bytes(packet, offset).map(u32::from_be_bytes)
}
