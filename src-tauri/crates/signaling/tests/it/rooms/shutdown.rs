//! The end of a server.

use parlour_signaling::protocol::ServerErrorCode::ShuttingDown;

use super::harness::{fatal, joined_peers};

#[test]
fn every_connection_is_told_of_the_shutdown() {
    let (mut server, [ada, bob]) = joined_peers();
    let guest = server.connect();
    server.shut_down();
    for conn in [ada, bob, guest] {
        assert_eq!(server.take_errors(conn), [ShuttingDown]);
        assert_eq!(server.ended(conn), fatal(ShuttingDown));
    }
    assert_eq!(
        (server.registry.peers(), server.registry.connections()),
        (0, 0)
    );
    assert_eq!(server.registry.next_deadline(), None);
}
