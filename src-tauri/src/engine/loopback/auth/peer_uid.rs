//! Which user's process is at the other end of a loopback connection. This check needs no secret.

use std::net::SocketAddr;

/// Whether the client at `peer` is a process of this user. Blocks for a short read.
#[cfg(target_os = "linux")]
pub(in crate::engine::loopback) fn is_own(peer: SocketAddr, server: SocketAddr) -> bool {
    let own = rustix::process::getuid().as_raw();
    // A row can be missed while other connections begin and end during a read of the table.
    for _ in 0..3 {
        for table in ["/proc/self/net/tcp", "/proc/self/net/tcp6"] {
            match std::fs::read_to_string(table) {
                Ok(text) => {
                    if let Some(uid) = linux::owner(&text, peer, server) {
                        return uid == own;
                    }
                }
                // A kernel without IPv6 has no second table.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => {
                    tracing::warn!(%error, table, "the system hides the owners of connections")
                }
            }
        }
    }
    false
}

/// On other systems only the token decides.
#[cfg(not(target_os = "linux"))]
pub(in crate::engine::loopback) fn is_own(_peer: SocketAddr, _door: SocketAddr) -> bool {
    true
}

#[cfg(target_os = "linux")]
mod linux {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

    /// The uid in the row of the socket that is bound to `local` and connected to `remote`.
    /// A socket without an inode has lost its owner and shows uid 0.
    pub(in crate::engine::loopback) fn owner(
        table: &str,
        local: SocketAddr,
        remote: SocketAddr,
    ) -> Option<u32> {
        table.lines().skip(1).find_map(|line| {
            let mut fields = line.split_ascii_whitespace().skip(1);
            let row = (address(fields.next()?)?, address(fields.next()?)?);
            if row != (local, remote) {
                return None;
            }
            // state, queues, timer, retransmits; then uid, time-out, inode
            let mut fields = fields.skip(4);
            let uid = fields.next()?.parse().ok()?;
            (fields.nth(1)? != "0").then_some(uid)
        })
    }

    /// `0100007F:1F90`: words in the machine's byte order, the port as a number.
    fn address(text: &str) -> Option<SocketAddr> {
        let (ip, port) = text.split_once(':')?;
        let word = |at: usize| u32::from_str_radix(ip.get(at..at + 8)?, 16).ok();
        let ip = match ip.len() {
            8 => IpAddr::V4(Ipv4Addr::from(word(0)?.to_ne_bytes())),
            32 => {
                let mut bytes = [0; 16];
                for (i, chunk) in bytes.chunks_exact_mut(4).enumerate() {
                    chunk.copy_from_slice(&word(i * 8)?.to_ne_bytes());
                }
                // An IPv6 socket reaches 127.0.0.1 as ::ffff:127.0.0.1.
                Ipv6Addr::from(bytes).to_canonical()
            }
            _ => return None,
        };
        Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
    }

    #[cfg(all(test, target_endian = "little"))]
    #[allow(clippy::unwrap_used)]
    mod tests {
        use super::*;

        const TCP: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 41 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 42 1 0 20 4 30 10 -1
   2: 0100007F:D431 0100007F:1F90 01 00000000:00000000 02:000A1B2C 00000000  1001        0 43 2 0 20 4 30 10 -1
   3: 0100007F:D432 0100007F:1F90 06 00000000:00000000 03:00001770 00000000     0        0 0 3 0
";
        const TCP6: &str = "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0000000000000000FFFF00000100007F:D433 0000000000000000FFFF00000100007F:1F90 01 00000000:00000000 00:00000000 00000000  1002        0 44 1 0 20 4 30 10 -1
   1: 00000000000000000000000001000000:D434 00000000000000000000000001000000:1F90 01 00000000:00000000 00:00000000 00000000  1003        0 45 1 0 20 4 30 10 -1
";

        fn at(port: u16) -> SocketAddr {
            SocketAddr::from(([127, 0, 0, 1], port))
        }

        #[test]
        fn the_row_of_the_client_is_found() {
            assert_eq!(owner(TCP, at(0xD431), at(0x1F90)), Some(1001));
            assert_eq!(owner(TCP, at(0x1F90), at(0xD431)), Some(1000));
        }

        #[test]
        fn a_socket_without_an_inode_has_no_owner() {
            assert_eq!(owner(TCP, at(0xD432), at(0x1F90)), None);
        }

        #[test]
        fn an_ipv4_mapped_address_is_the_same_client() {
            assert_eq!(owner(TCP6, at(0xD433), at(0x1F90)), Some(1002));
            let six = |port| SocketAddr::from((Ipv6Addr::LOCALHOST, port));
            assert_eq!(owner(TCP6, six(0xD434), six(0x1F90)), Some(1003));
        }

        #[test]
        fn other_rows_and_garbage_are_ignored() {
            assert_eq!(owner(TCP, at(1), at(0x1F90)), None);
            for text in ["", "x", "x\n", "x\n0: zz:1 0:0", "x\n 0: 0100007F:D431"] {
                assert_eq!(owner(text, at(0xD431), at(0x1F90)), None);
            }
        }

        #[test]
        fn the_own_connection_is_found_live() {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let server = listener.local_addr().unwrap();
            let client = std::net::TcpStream::connect(server).unwrap();
            let peer = client.local_addr().unwrap();
            assert!(super::super::is_own(peer, server));
            assert!(!super::super::is_own(at(1), server));
        }
    }
}
