//! Invite links: which texts contain one, and the errors of those that do not.

use parlour_signaling::crypto::RoomSecret;
use parlour_signaling::invite::{
    Endpoint, EndpointError, Host, Invite, InviteError, MAX_LINK_CHARS, MAX_RELAYS, Relays,
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
fn relays_are_read_with_and_without_endpoints() {
    let relays = |places: &str| {
        let invite = Invite::parse(&link(places)).unwrap();
        let named: Vec<_> = invite
            .relays
            .named
            .iter()
            .map(Endpoint::to_string)
            .collect();
        (invite.endpoints.len(), invite.relays.listed, named)
    };
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(relays("~"), (0, true, Vec::new()));
    assert_eq!(relays("192.168.1.5:9000,~"), (1, true, Vec::new()));
    assert_eq!(
        relays("~relay.example,10.0.0.1:9000,~ws+127.0.0.1:7000,~RELAY.example"),
        (1, false, named(&["relay.example", "127.0.0.1:7000"]))
    );
    refused(&link("~a,~b,~c,~d,~e"), InviteError::Damaged);
}

#[test]
fn places_of_a_newer_version_are_skipped_as_long_as_one_is_understood() {
    let understood = ["ws://192.168.1.5:9000/v1"];
    for unknown in ["@somewhere", "$", "iroh+abcdef", "~h3+relay.example"] {
        reads(&link(&format!("{unknown},192.168.1.5:9000")), &understood);
        reads(&link(&format!("192.168.1.5:9000,{unknown}")), &understood);
    }
    refused(&link("@somewhere"), InviteError::TooNew);
    refused(&link("@somewhere,iroh+abcdef"), InviteError::TooNew);
    refused(&link("~h3+relay.example"), InviteError::TooNew);
}

#[test]
fn a_link_to_an_invite_page_is_read() {
    let page = |fragment: &str| format!("https://friends.example/parlour/#{fragment}");
    let fragment = format!("join/10.0.0.7:9000,~/{CODE}");
    reads(&page(&fragment), &["ws://10.0.0.7:9000/v1"]);
    reads(
        &page(&fragment.replace(':', "%3A").replace(',', "%2C")),
        &["ws://10.0.0.7:9000/v1"],
    );
    let invite = Invite::parse(&page(&fragment)).unwrap();
    assert_eq!(
        invite.to_page_link("https://friends.example/parlour/"),
        page(&fragment)
    );
    refused(&page(&fragment[..30]), InviteError::Damaged);
    refused("the tag #join/leave/room", InviteError::NotALink);
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
        "ftp://parlour.example/j#",
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
    refused("https://parlour.example/j", InviteError::Damaged);
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
fn a_server_with_an_international_name_is_read() {
    for host in ["bücher.example", "BÜCHER.example", "xn--bcher-kva.example"] {
        let server = ["wss://xn--bcher-kva.example/v1"];
        reads(&link(host), &server);
        reads(&format!("https://{host}/j#{CODE}"), &server);
        reads(&format!("点击https://{host}/j#{CODE}，进来"), &server);
    }
    reads(
        &link("会客厅.example,b%C3%BCcher.example"),
        &[
            "wss://xn--6oqp1i9ri.example/v1",
            "wss://xn--bcher-kva.example/v1",
        ],
    );
}

#[test]
fn the_page_of_a_server_without_tls_is_read() {
    reads(
        &format!("http://parlour.example:8080/j#{CODE}"),
        &["ws://parlour.example:8080/v1"],
    );
}

/// Forms that filters and chats give to a link.
const REWRITERS: [fn(&str) -> String; 9] = [
    |link| {
        format!(
            "https://nam02.safelinks.protection.outlook.com/?url={}&data=05%7C02%7Cx%7C0&sdata=y%3D&reserved=0",
            escaped(link)
        )
    },
    |link| format!("https://slack-redir.net/link?url={}&v=3", escaped(link)),
    |link| format!("https://l.facebook.com/l.php?u={}&h=AT0", escaped(link)),
    |link| format!("https://www.google.com/url?q={}&sa=D", escaped(link)),
    |link| {
        format!(
            "https://linkprotect.cudasvc.com/url?a={}&c=E,1",
            escaped(link).replace("%3A", "%3a").replace("%2F", "%2f")
        )
    },
    |link| {
        format!(
            "https://urldefense.proofpoint.com/v1/url?u={}&k=1",
            escaped(link)
        )
    },
    |link| {
        let value = escaped(link).replace('-', "%2D").replace('_', "%5F");
        let value = value.replace("%2F", "_").replace('%', "-");
        format!("https://urldefense.proofpoint.com/v2/url?u={value}&d=DwMF&c=x")
    },
    |link| {
        // Proofpoint replaces what is not plain in an address, such as `#`.
        let replaced =
            data_encoding::BASE64URL_NOPAD.encode(&b"#".repeat(link.matches('#').count()));
        let link = link.replace('#', "*");
        format!("https://urldefense.com/v3/__{link}__;{replaced}!!Abc!x$")
    },
    |link| link.replace('#', "%23"),
];

fn escaped(link: &str) -> String {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let escape = |b: u8| {
        if is_plain(b) {
            char::from(b).to_string()
        } else {
            format!("%{b:02X}")
        }
    };
    link.bytes().map(escape).collect()
}

#[test]
fn a_link_that_a_mail_filter_or_a_chat_has_rewritten_is_read() {
    let web = format!("https://parlour.example.org/j#{CODE}");
    let app = link("192.168.1.20:18420,[fd12:3456::5]:18420,wss+10.0.0.1");
    for rewrite in REWRITERS {
        reads(&rewrite(&web), &["wss://parlour.example.org/v1"]);
        reads(
            &rewrite(&app),
            &[
                "ws://192.168.1.20:18420/v1",
                "ws://[fd12:3456::5]:18420/v1",
                "wss://10.0.0.1/v1",
            ],
        );
        // Two filters one after the other.
        reads(
            &REWRITERS[0](&rewrite(&web)),
            &["wss://parlour.example.org/v1"],
        );
    }
    reads(
        &format!("https://www.google.com/url?q=https://parlour.example.org/j%23{CODE}&sa=D"),
        &["wss://parlour.example.org/v1"],
    );
    let mut nested = web;
    for _ in 0..40 {
        nested = escaped(&nested);
        nested.insert_str(0, "https://evil.example/?u=");
    }
    refused(&nested, InviteError::NotALink);
}

#[test]
fn a_rewritten_link_that_is_damaged_is_no_text_without_a_link() {
    for rewrite in REWRITERS {
        let cut = format!("https://parlour.example.org/j#{}", &CODE[..20]);
        refused(&rewrite(&cut), InviteError::Damaged);
        let cut = format!("parlour://join/10.0.0.7/{}", &CODE[..20]);
        refused(&rewrite(&cut), InviteError::Damaged);
    }
}

const BREAKS: [&str; 9] = [
    "\n",
    "\r\n",
    "\n> ",
    "\n> > ",
    "=\n",
    "=\r\n",
    " ",
    "= ",
    "\u{ad}\n ",
];

#[test]
fn a_link_that_a_mail_program_has_broken_over_lines_is_read() {
    let link = link("192.168.1.20:18420,[fd12:3456:789a:1:2:3:4:5]:18420");
    let web = format!("https://parlour.example.org/j#{CODE}");
    for broken in BREAKS {
        for at in 1..link.len() {
            let (one, two) = link.split_at(at);
            let text = format!("Come:\n{one}{broken}{two}\nSee you at 5");
            reads(
                &text,
                &[
                    "ws://192.168.1.20:18420/v1",
                    "ws://[fd12:3456:789a:1:2:3:4:5]:18420/v1",
                ],
            );
        }
        for at in 1..web.len() {
            let (one, two) = web.split_at(at);
            let text = format!("Come: {one}{broken}{two}{broken}See you at 5");
            reads(&text, &["wss://parlour.example.org/v1"]);
        }
    }
    // The words behind a link that was cut off do not complete it.
    refused(
        &format!(
            "parlour://join/10.0.0.7/{} See you at five my friend",
            &CODE[..13]
        ),
        InviteError::Damaged,
    );
    // Behind a blank line something else begins.
    let (one, two) = link.split_at(60);
    refused(&format!("{one}\n\n{two}"), InviteError::Damaged);
}

#[test]
fn a_link_that_has_lost_its_scheme_is_read() {
    let app = ["ws://192.168.1.5:9000/v1"];
    for text in [
        format!("join/192.168.1.5:9000/{CODE}"),
        format!("Come: join/192.168.1.5:9000/{CODE} now"),
        format!("Come:\njoin/192.168.1.5:9000/{CODE}"),
        format!("parlour:/join/192.168.1.5:9000/{CODE}"),
        format!("parlour:join/192.168.1.5:9000/{CODE}"),
        format!("//join/192.168.1.5:9000/{CODE}"),
        format!("https://join/192.168.1.5:9000/{CODE}"),
        format!("点击join/192.168.1.5:9000/{CODE}。"),
        format!("“parlour://join/192.168.1.5:9000/{CODE}”"),
        format!("【parlour://join/192.168.1.5:9000/{CODE}】"),
    ] {
        reads(&text, &app);
    }
    for text in [
        format!("parlour.example.org/j#{CODE}"),
        format!("(parlour.example.org/j#{CODE})"),
        format!("在parlour.example.org/j#{CODE}见"),
        format!("<https://parlour.example.org/j#{CODE}>"),
    ] {
        reads(&text, &["wss://parlour.example.org/v1"]);
    }
}

#[test]
fn a_link_that_markdown_or_typography_has_changed_is_read() {
    // A code with two hyphens and two low lines.
    let bytes = (0_u64..).map(|n| {
        let mut bytes = [0xfb; 16];
        bytes[..8].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
        bytes
    });
    let invite = bytes
        .map(|bytes| Invite {
            endpoints: vec!["a.example".parse().unwrap()],
            relays: Relays::default(),
            secret: RoomSecret::from_bytes(bytes),
        })
        .find(|invite| invite.to_link().contains("--") && invite.to_link().contains('_'))
        .unwrap();
    let link = invite.to_link();
    for changed in [
        link.replace('_', "\\_"),
        link.replace('-', "\\-").replace('/', "\\/"),
        link.replace("--", "–"),
        link.replace("--", "—"),
        link.replace('-', "\u{2011}"),
        format!("<{link}>"),
        format!("`{link}`"),
        format!("_{link}_"),
        format!("{link}—and more"),
    ] {
        assert_eq!(Invite::parse(&changed).as_ref(), Ok(&invite), "{changed}");
    }
}

#[test]
fn a_fresh_code_has_nothing_that_markdown_eats() {
    for _ in 0..2_000 {
        let invite = Invite {
            endpoints: vec!["a.example".parse().unwrap()],
            relays: Relays::default(),
            secret: Invite::new_secret(),
        };
        let link = invite.to_link();
        let code = link.rsplit('/').next().unwrap();
        assert!(
            !code.contains("--") && code.matches('_').count() <= 1,
            "{code}"
        );
        assert!(
            !code.starts_with(['-', '_']) && !code.ends_with(['-', '_']),
            "{code}"
        );
    }
}

#[test]
fn a_very_long_paste_is_read_in_linear_time() {
    let timed = |text: &str| {
        let since = std::time::Instant::now();
        let _ = Invite::parse(text);
        since.elapsed()
    };
    for part in [
        "parlour://join/",
        "join/a/",
        "https://a.example/j#",
        "%25",
        "%2525%252F",
        "/j#/j?",
        "\n> ",
        "/v2/url?u=-",
        "/v3/__*__;IyMj!",
        "/v3/__",
        "--–—",
        "a.example/j#AQAB—",
        "\\_\\",
        "=\n",
        "會:",
    ] {
        let long = timed(&part.repeat((1 << 20) / part.len()));
        // The search ends after 64 KiB.
        assert!(long < std::time::Duration::from_secs(2), "{part}: {long:?}");
    }
}

#[test]
fn an_escaped_link_is_read() {
    reads(
        &link("%5Bfd00::5%5D%3A9000%2Cwss%2b10.0.0.1"),
        &["ws://[fd00::5]:9000/v1", "wss://10.0.0.1/v1"],
    );
    reads(&link("a%2Eexample"), &["wss://a.example/v1"]);
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
        "please join/leave the room and/or AQABAgMEBQYHCAkKCwwNDg94cA",
        "https://example.org/join/us/today",
        "see parlour.example.org/j#section",
        &format!("xparlour://join/a.example/{CODE}"),
        &format!("https://evil.example/join/a.example/{CODE}"),
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
        "+a.example",
        "ws+",
        "wss+ws+a",
        "a.example*",
        "!",
        "a.example;b",
        "@somewhere,a..b",
        "~:9",
        "~a..b,a.example",
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
            relays: Relays::default(),
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
        ("bücher.example", "wss://xn--bcher-kva.example/v1"),
        (
            "https://BÜCHER.example:8443/",
            "wss://xn--bcher-kva.example:8443/v1",
        ),
        ("会客厅.example", "wss://xn--6oqp1i9ri.example/v1"),
        ("会客厅。example", "wss://xn--6oqp1i9ri.example/v1"),
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
        ("服 务 器.example", EndpointError::Host),
        ("１２７.1", EndpointError::Host),
        ("ｗｗｗ．example/", EndpointError::Path),
        ("a\u{fffd}.example", EndpointError::Host),
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

fn any_relays() -> impl Strategy<Value = Relays> {
    let named = prop::collection::vec(any_endpoint(), 0..=MAX_RELAYS);
    (any::<bool>(), named).prop_map(|(listed, mut named)| {
        let mut once = Vec::new();
        named.retain(|relay| {
            !once.contains(relay) && {
                once.push(relay.clone());
                true
            }
        });
        Relays { listed, named }
    })
}

proptest! {
    #[test]
    fn a_printed_link_is_read_as_the_same_invite(
        endpoints in prop::collection::vec(any_endpoint(), 1..=8),
        relays in any_relays(),
        bytes in any::<[u8; 16]>(),
        before in "\\PC{0,30}( |\\n|：)",
        after in "([ \\n。，)>\"].{0,30})?",
    ) {
        let mut endpoints = endpoints;
        let mut once = Vec::new();
        endpoints.retain(|e| !once.contains(e) && { once.push(e.clone()); true });
        let invite = Invite { endpoints, relays, secret: RoomSecret::from_bytes(bytes) };
        let text = format!("{before}{}{after}", invite.to_link());
        prop_assert_eq!(Invite::parse(&text), Ok(invite));
    }

    #[test]
    fn a_printed_web_link_is_read_as_the_same_invite(endpoint in any_endpoint(), bytes in any::<[u8; 16]>()) {
        let invite = Invite { endpoints: vec![Endpoint { tls: true, ..endpoint }], relays: Relays::default(), secret: RoomSecret::from_bytes(bytes) };
        prop_assert_eq!(Invite::parse(&invite.to_web_link().unwrap()), Ok(invite));
    }

    #[test]
    fn an_invite_survives_filters_and_mail_programs(
        endpoints in prop::collection::vec(any_endpoint(), 1..=8),
        relays in any_relays(),
        bytes in any::<[u8; 16]>(),
        is_web in any::<bool>(),
        rewriters in prop::collection::vec(0..REWRITERS.len(), 0..=2),
        breaks in prop::collection::vec((any::<prop::sample::Index>(), 0..BREAKS.len()), 0..=4),
        width in 20_usize..=120,
        wrap in prop::option::of(0..BREAKS.len()),
        after in "(\\n\\nSee you at 5)?",
    ) {
        let mut endpoints = endpoints;
        let mut once = Vec::new();
        endpoints.retain(|e| !once.contains(e) && { once.push(e.clone()); true });
        let mut relays = relays;
        if is_web {
            endpoints.truncate(1);
            endpoints[0].tls = true;
            relays = Relays::default();
        }
        let invite = Invite { endpoints, relays, secret: RoomSecret::from_bytes(bytes) };
        let mut text = invite.to_web_link().filter(|_| is_web).unwrap_or_else(|| invite.to_link());
        for rewriter in rewriters {
            text = REWRITERS[rewriter](&text);
        }
        if let Some(wrap) = wrap {
            let lines: Vec<_> = text.as_bytes().chunks(width).map(String::from_utf8_lossy).collect();
            text = lines.join(BREAKS[wrap]);
        } else {
            for (at, broken) in breaks {
                let at = text.floor_char_boundary(1 + at.index(text.len() - 1));
                let is_inside_a_break = !text[at..].starts_with(|c: char| c.is_ascii_alphanumeric())
                    || !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
                if !is_inside_a_break {
                    text.insert_str(at, BREAKS[broken]);
                }
            }
        }
        prop_assert_eq!(Invite::parse(&(text.clone() + &after)), Ok(invite), "{}", text);
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
