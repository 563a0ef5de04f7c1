//! Invite links: which texts contain one, and the errors of those that do not.

use parlour_signaling::crypto::RoomSecret;
use parlour_signaling::invite::{
    Endpoint, EndpointError, Host, Invite, InviteError, MAX_LINK_CHARS,
};
use proptest::prelude::*;

/// The code of [`secret`].
const CODE: &str = "AQABAgMEBQYHCAkKCwwNDg94cg";

fn secret() -> RoomSecret {
    RoomSecret::from_bytes(std::array::from_fn(|i| i as u8))
}

fn link(endpoints: &str) -> String {
    format!("parlour://join/{endpoints}/{CODE}")
}

/// The endpoints as URLs, after checking that the secret is ours.
fn urls(text: &str) -> Result<Vec<String>, InviteError> {
    let invite = Invite::parse(text)?;
    assert!(invite.secret == secret(), "{text}");
    Ok(invite.endpoints.iter().map(Endpoint::ws_url).collect())
}

#[track_caller]
fn reads(text: &str, expected: &[&str]) {
    assert_eq!(
        urls(text).as_deref(),
        Ok(expected
            .iter()
            .map(|s| (*s).to_owned())
            .collect::<Vec<_>>()
            .as_slice()),
        "{text}"
    );
}

#[track_caller]
fn refused(text: &str, error: InviteError) {
    assert_eq!(urls(text), Err(error), "{text}");
}

#[test]
fn endpoints_of_every_kind_are_read() {
    reads(&link("192.168.1.5:9000"), &["ws://192.168.1.5:9000/v1"]);
    reads(&link("192.168.1.5"), &["ws://192.168.1.5/v1"]);
    reads(&link("parlour.example"), &["wss://parlour.example/v1"]);
    reads(&link("Parlour.Example:443"), &["wss://parlour.example/v1"]);
    reads(
        &link("parlour.example:8443"),
        &["wss://parlour.example:8443/v1"],
    );
    reads(&link("[2001:db8::1]:9000"), &["ws://[2001:db8::1]:9000/v1"]);
    reads(&link("[::1]"), &["ws://[::1]/v1"]);
    reads(&link("ws+localhost:8080"), &["ws://localhost:8080/v1"]);
    reads(&link("wss+10.0.0.1"), &["wss://10.0.0.1/v1"]);
    reads(&link("wss+[fd00::1]:8443"), &["wss://[fd00::1]:8443/v1"]);
    reads(
        &link("xn--fiq228c.example"),
        &["wss://xn--fiq228c.example/v1"],
    );
    reads(
        &link("192.168.1.5:9000,[fd00::5]:9000,parlour.example"),
        &[
            "ws://192.168.1.5:9000/v1",
            "ws://[fd00::5]:9000/v1",
            "wss://parlour.example/v1",
        ],
    );
    reads(&link("a.example,A.EXAMPLE:443"), &["wss://a.example/v1"]);
}

#[test]
fn a_web_link_is_read() {
    reads(
        &format!("https://parlour.example/j#{CODE}"),
        &["wss://parlour.example/v1"],
    );
    reads(
        &format!("HTTPS://parlour.example:8443/j#{CODE}"),
        &["wss://parlour.example:8443/v1"],
    );
    reads(
        &format!("https://10.0.0.1/j?utm_source=chat#{CODE}"),
        &["wss://10.0.0.1/v1"],
    );
    for other in [
        "http://parlour.example/j#",
        "https://parlour.example/#",
        "https://parlour.example/k#",
        "https://parlour.example/a/j#",
    ] {
        refused(&format!("{other}{CODE}"), InviteError::NotALink);
    }
    refused(
        &format!("https://good.example@evil.example/j#{CODE}"),
        InviteError::Damaged,
    );
    refused(&format!("https:///j#{CODE}"), InviteError::Damaged);
    refused("https://parlour.example/j#", InviteError::Damaged);
    refused("https://parlour.example/j#AQAB", InviteError::Damaged);
}

#[test]
fn a_link_is_found_in_a_message() {
    let link = link("10.0.0.7:9000");
    for text in [
        format!("  {link}\n"),
        format!("Come over! {link}"),
        format!("Come over: {link}."),
        format!("({link})"),
        format!("<{link}>"),
        format!("\"{link}\", she said"),
        format!("'{link}'!"),
        format!("[{link}](the room)"),
        format!("_{link}_ **{link}**"),
        format!("<a href=\"{link}\">room</a>"),
        format!("{link}/"),
        format!("{link}?ref=1 and more"),
        format!("{link}#top"),
        format!("first line\r\n{link}\r\nlast line"),
        format!("来吧：{link}。"),
        format!("点击{link}，进来"),
        format!("《{link}》"),
        format!("「{link}」、{link}！"),
        format!("\u{200b}{link}\u{200b}\u{feff}"),
        format!("{link}…"),
        format!("{}://{}", "PARLOUR", link.split_once("://").unwrap().1),
        link.replace("join", "JOIN"),
        format!("see https://example.org/page?x=1#y and {link}"),
        format!("parlour:// is the scheme: {link}"),
        format!("the old one was parlour://join/10.0.0.7/AQAB, now {link}"),
        format!("https://parlour.example/j#broken {link}"),
    ] {
        reads(&text, &["ws://10.0.0.7:9000/v1"]);
    }
}

#[test]
fn an_escaped_link_is_read() {
    reads(
        &link("%5Bfd00::5%5D%3A9000%2Cwss%2b10.0.0.1"),
        &["ws://[fd00::5]:9000/v1", "wss://10.0.0.1/v1"],
    );
    refused(&link("%25"), InviteError::Damaged);
    refused(&link("a%2fb"), InviteError::Damaged);
}

#[test]
fn a_text_without_a_link_is_refused() {
    for text in [
        "",
        " ",
        "hello",
        "parlour",
        "parlour:",
        "parlour://",
        "parlour:///",
        "parlour://join",
        "parlour://open/a/b",
        "https://example.org/",
        "https://",
        "://",
        CODE,
        &format!("xparlour://join/a.example/{CODE}"),
        &format!("parlour:/join/a.example/{CODE}"),
        &format!("parlours://join/a.example/{CODE}"),
    ] {
        refused(text, InviteError::NotALink);
    }
}

#[test]
fn a_link_without_a_server_is_refused() {
    refused(&format!("parlour://join/{CODE}"), InviteError::NoEndpoint);
    refused(&format!("parlour://join//{CODE}"), InviteError::NoEndpoint);
}

#[test]
fn a_link_of_a_newer_version_is_refused() {
    // The version is the first byte, whatever follows.
    for code in [
        "AgABAgMEBQYHCAkKCwwNDg94cg",
        "AgAB",
        "_wABAgMEBQYHCAkKCwwNDg94cgAAAAAA",
    ] {
        refused(
            &format!("parlour://join/a.example/{code}"),
            InviteError::TooNew,
        );
        refused(&format!("https://a.example/j#{code}"), InviteError::TooNew);
    }
}

#[test]
fn a_damaged_link_is_refused() {
    refused("parlour://join/", InviteError::Damaged);
    refused("parlour://join/a.example", InviteError::Damaged);
    refused("parlour://join/a.example/", InviteError::Damaged);
    refused(
        &format!("parlour://join/a.example/{}", &CODE[..25]),
        InviteError::Damaged,
    );
    refused(
        &format!("parlour://join/a.example/{CODE}A"),
        InviteError::Damaged,
    );
    refused(
        &format!("parlour://join/a.example/A{CODE}"),
        InviteError::Damaged,
    );
    refused(
        &format!("parlour://join/a.example/AA{}", &CODE[2..]),
        InviteError::Damaged,
    );
    refused(
        &format!("parlour://join/a.example/x/{CODE}"),
        InviteError::Damaged,
    );
    for endpoints in [
        "a.example,",
        ",a.example",
        "a.example,,b.example",
        "a..example",
        ".example",
        "example.",
        "-a.example",
        "a-.example",
        "a b",
        "a.example:",
        "a.example:0",
        "a.example:65536",
        "a.example:+1",
        "a.example:1:2",
        "::1",
        "[::1",
        "::1]",
        "[::1]9",
        "[fe80::1%25eth0]",
        "[1.2.3.4]",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "127.1",
        "0x7f.1",
        "0x7f000001",
        "a.0x1",
        "2130706433",
        "a@b.example",
        "ftp+a.example",
        "+a.example",
        "ws+",
        "wss+ws+a",
        "a.example*",
        "!",
        "a.example;b",
    ] {
        refused(&link(endpoints), InviteError::Damaged);
    }
}

#[test]
fn any_changed_character_of_the_code_is_detected() {
    let mut noticed = 0;
    let all = 26 * 63;
    for at in 0..26 {
        for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".chars() {
            let mut code = CODE.to_owned();
            code.replace_range(at..=at, &c.to_string());
            if code != CODE {
                noticed += usize::from(
                    Invite::parse(&format!("parlour://join/a.example/{code}")).is_err(),
                );
            }
        }
    }
    // The checksum has 16 bits, so one change in 65,536 may stay undetected.
    assert!(noticed >= all - 2, "{noticed} of {all}");
}

#[test]
fn links_and_endpoints_are_bounded() {
    let many = |n: usize| {
        (0..n)
            .map(|i| format!("s{i}.example"))
            .collect::<Vec<_>>()
            .join(",")
    };
    assert_eq!(urls(&link(&many(8))).unwrap().len(), 8);
    refused(&link(&many(9)), InviteError::Damaged);
    let twice: Vec<_> = std::iter::repeat_n("a.example", 60).collect();
    reads(&link(&twice.join(",")), &["wss://a.example/v1"]);
    let long = link(
        &std::iter::repeat_n("a.example", 300)
            .collect::<Vec<_>>()
            .join(","),
    );
    assert!(long.len() > MAX_LINK_CHARS);
    refused(&long, InviteError::Damaged);
    let label = "a".repeat(63);
    let name = format!("{label}.{label}.{label}.{}", "a".repeat(61));
    reads(&link(&name), &[&format!("wss://{name}/v1")]);
    refused(&link(&format!("{name}a")), InviteError::Damaged);
    refused(&link(&format!("{label}a.example")), InviteError::Damaged);
    // A long message is read quickly, also one that repeats the beginning of a link.
    let padding = "word ".repeat(2_000);
    reads(
        &format!("{padding}{} {padding}", link("1.2.3.4")),
        &["ws://1.2.3.4/v1"],
    );
    refused(&"parlour://".repeat(200_000), InviteError::NotALink);
    refused(&"parlour://join/".repeat(200_000), InviteError::Damaged);
}

#[test]
fn a_link_is_printed_in_its_shortest_form() {
    let print = |texts: &[&str]| {
        let endpoints = texts.iter().map(|t| t.parse().unwrap()).collect();
        Invite {
            endpoints,
            secret: secret(),
        }
    };
    let lan = print(&[
        "10.0.0.7:9000",
        "[fd00::5]:9000",
        "wss+10.0.0.7:443",
        "ws+box.local:80",
    ]);
    assert_eq!(
        lan.to_link(),
        link("10.0.0.7:9000,[fd00::5]:9000,wss+10.0.0.7,ws+box.local")
    );
    assert_eq!(lan.to_web_link(), None);
    let server = print(&["parlour.example:8443"]);
    assert_eq!(
        server.to_web_link().unwrap(),
        format!("https://parlour.example:8443/j#{CODE}")
    );
    assert_eq!(print(&["10.0.0.7"]).to_web_link(), None);
    let debug = format!("{lan:?}");
    assert!(
        !debug.contains(CODE) && debug.contains("RoomSecret(…)"),
        "{debug}"
    );
}

#[test]
fn server_addresses_are_read_as_people_type_them() {
    for (typed, url) in [
        ("parlour.example", "wss://parlour.example/v1"),
        ("  parlour.example:8443 ", "wss://parlour.example:8443/v1"),
        ("https://parlour.example", "wss://parlour.example/v1"),
        ("HTTPS://Parlour.Example/", "wss://parlour.example/v1"),
        (
            "wss://parlour.example:1234/",
            "wss://parlour.example:1234/v1",
        ),
        ("ws://parlour.example", "ws://parlour.example/v1"),
        ("http://localhost:8080", "ws://localhost:8080/v1"),
        ("https://10.0.0.1", "wss://10.0.0.1/v1"),
        ("10.0.0.1:9000", "ws://10.0.0.1:9000/v1"),
        ("::1", "ws://[::1]/v1"),
        ("[::1]:9000", "ws://[::1]:9000/v1"),
        ("ws+parlour.example", "ws://parlour.example/v1"),
    ] {
        assert_eq!(Endpoint::parse(typed).unwrap().ws_url(), url, "{typed}");
    }
    for (typed, error) in [
        ("", EndpointError::Empty),
        ("  ", EndpointError::Empty),
        ("ftp://parlour.example", EndpointError::Scheme),
        ("parlour://join/a/b", EndpointError::Scheme),
        ("javascript:alert(1)", EndpointError::Port),
        ("my server", EndpointError::Host),
        ("https://", EndpointError::Host),
        ("服务器.example", EndpointError::Host),
        ("user@parlour.example", EndpointError::Host),
        ("parlour.example:", EndpointError::Port),
        ("parlour.example:99999", EndpointError::Port),
        ("parlour.example:0", EndpointError::Port),
        ("https://parlour.example/room", EndpointError::Path),
        ("parlour.example/room", EndpointError::Path),
        ("https://parlour.example?x", EndpointError::Path),
        ("parlour.example#x", EndpointError::Path),
    ] {
        assert_eq!(Endpoint::parse(typed), Err(error), "{typed}");
    }
}

fn any_endpoint() -> impl Strategy<Value = Endpoint> {
    let host = prop_oneof![
        "[a-z][a-z0-9]{0,8}(\\.[a-z][a-z0-9-]{0,8}[a-z]){0,3}".prop_map(Host::Name),
        any::<std::net::IpAddr>().prop_map(Host::Ip),
    ];
    (host, 1_u16.., any::<bool>()).prop_map(|(host, port, tls)| Endpoint { host, port, tls })
}

proptest! {
    #[test]
    fn a_printed_link_is_read_as_the_same_invite(
        endpoints in prop::collection::vec(any_endpoint(), 1..=8),
        bytes in any::<[u8; 16]>(),
        before in "\\PC{0,30}( |\\n|：)",
        after in "([ \\n。，)>\"].{0,30})?",
    ) {
        let mut endpoints = endpoints;
        let mut once = Vec::new();
        endpoints.retain(|e| !once.contains(e) && { once.push(e.clone()); true });
        let invite = Invite { endpoints, secret: RoomSecret::from_bytes(bytes) };
        let text = format!("{before}{}{after}", invite.to_link());
        prop_assert_eq!(Invite::parse(&text), Ok(invite));
    }

    #[test]
    fn a_printed_web_link_is_read_as_the_same_invite(endpoint in any_endpoint(), bytes in any::<[u8; 16]>()) {
        let invite = Invite { endpoints: vec![Endpoint { tls: true, ..endpoint }], secret: RoomSecret::from_bytes(bytes) };
        prop_assert_eq!(Invite::parse(&invite.to_web_link().unwrap()), Ok(invite));
    }

    #[test]
    fn the_parser_never_panics_and_prints_what_it_reads(
        text in "\\PC{0,80}|(parlour://join/|https://)[a-z0-9.:,\\[\\]%+/#?j-]{0,60}(/|#)[A-Za-z0-9_-]{0,30}.{0,10}",
    ) {
        if let Ok(invite) = Invite::parse(&text) {
            prop_assert_eq!(Invite::parse(&invite.to_link()), Ok(invite));
        }
        if let Ok(endpoint) = Endpoint::parse(&text) {
            prop_assert_eq!(endpoint.to_string().parse(), Ok(endpoint));
        }
    }
}
