//! What the web shows of this network: whether anything gets out by TCP, whether somebody else answers in the place of
//! servers, and what time it is there. Two servers are asked, past any proxy.

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parlour_signaling::invite::Endpoint;
use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig, Error as TlsError};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::ANSWER_TIMEOUT;

const HTTP_PORT: u16 = 80;
/// Of an answer only the head is of use.
const MAX_HEAD_BYTES: u64 = 4 * 1024;
/// A difference that the way of the answer can explain.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(2);

/// The findings of all servers together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct WebFindings {
    /// See `NetworkFacts::tcp`.
    pub(super) tcp: bool,
    /// See `NetworkFacts::captive_portal`.
    pub(super) captive_portal: Option<bool>,
    /// See `NetworkFacts::clock_ahead`.
    pub(super) clock_ahead: Option<i64>,
}

/// One server's answers. `None`: nothing that is HTTP has come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct WebAnswer {
    plain: Option<PlainAnswer>,
    tls: TlsAnswer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PlainAnswer {
    page: Page,
    clock_ahead: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Page {
    /// It asks to sign in (RFC 6585, section 6), or sends to another site.
    Elsewhere,
    /// It has one, which may be anybody's.
    Shown,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TlsAnswer {
    /// The server has none.
    NotAsked,
    NoConnection,
    /// Whatever answers is not the server.
    Fails,
    /// By the clock of this computer the certificate is not valid for another so many seconds.
    NotYetValid(i64),
    Works {
        clock_ahead: Option<i64>,
    },
}

/// Asks each server at port 80, and by TLS at its own port.
pub(super) async fn ask(servers: &[Endpoint], tls: Arc<ClientConfig>) -> WebFindings {
    let answers = servers.iter().map(|server| async {
        let host = server.host.to_string();
        let (plain, tls) = tokio::join!(
            timeout(ANSWER_TIMEOUT, ask_plain(&host, HTTP_PORT)),
            timeout(ANSWER_TIMEOUT, ask_by_tls(server, &host, &tls)),
        );
        WebAnswer {
            plain: plain.ok().flatten(),
            tls: tls.unwrap_or(TlsAnswer::NoConnection),
        }
    });
    judge(&futures_util::future::join_all(answers).await)
}

/// A portal lets no TLS through. Its page comes with a redirect, or in the place of every other page: of two, since a
/// single server may have a page and be out of order otherwise.
fn judge(answers: &[WebAnswer]) -> WebFindings {
    let has_tls = |tls: TlsAnswer| matches!(tls, TlsAnswer::Works { .. });
    let is_open = answers.iter().any(|answer| has_tls(answer.tls));
    let leads_away = |answer: &WebAnswer| {
        answer
            .plain
            .is_some_and(|plain| plain.page == Page::Elsewhere)
    };
    let is_replaced = |answer: &WebAnswer| {
        answer.plain.is_some_and(|plain| plain.page == Page::Shown)
            && matches!(answer.tls, TlsAnswer::NoConnection | TlsAnswer::Fails)
    };
    let tcp = answers.iter().any(|answer| {
        let has_connected = !matches!(answer.tls, TlsAnswer::NotAsked | TlsAnswer::NoConnection);
        answer.plain.is_some() || has_connected
    });
    let are_replaced = answers.len() > 1 && answers.iter().all(is_replaced);
    let is_portal = !is_open && (are_replaced || answers.iter().any(leads_away));
    let by_tls = answers.iter().find_map(|answer| match answer.tls {
        TlsAnswer::Works { clock_ahead } => clock_ahead,
        _ => None,
    });
    let by_date = answers
        .iter()
        .find_map(|answer| answer.plain.and_then(|plain| plain.clock_ahead));
    let by_certificate = answers.iter().find_map(|answer| match answer.tls {
        TlsAnswer::NotYetValid(seconds) => Some(-seconds),
        _ => None,
    });
    WebFindings {
        tcp,
        captive_portal: tcp.then_some(is_portal),
        // A portal has no reason to know the time.
        clock_ahead: by_tls.or_else(|| by_date.or(by_certificate).filter(|_| !is_portal)),
    }
}

async fn ask_plain(host: &str, port: u16) -> Option<PlainAnswer> {
    let mut stream = TcpStream::connect((host, port)).await.ok()?;
    let head = request(&mut stream, host).await.ok()?;
    read(&head, host, SystemTime::now())
}

async fn ask_by_tls(server: &Endpoint, host: &str, config: &Arc<ClientConfig>) -> TlsAnswer {
    if !server.tls {
        return TlsAnswer::NotAsked;
    }
    let Ok(name) = ServerName::try_from(host.to_owned()) else {
        return TlsAnswer::NotAsked;
    };
    let Ok(stream) = TcpStream::connect((host, server.port)).await else {
        return TlsAnswer::NoConnection;
    };
    match TlsConnector::from(Arc::clone(config))
        .connect(name, stream)
        .await
    {
        Ok(mut stream) => {
            let head = request(&mut stream, host).await.unwrap_or_default();
            let answer = read(&head, host, SystemTime::now());
            TlsAnswer::Works {
                clock_ahead: answer.and_then(|answer| answer.clock_ahead),
            }
        }
        Err(error) => not_yet_valid(&error).map_or(TlsAnswer::Fails, TlsAnswer::NotYetValid),
    }
}

/// Seconds until the certificate is valid, by the clock of this computer.
fn not_yet_valid(error: &io::Error) -> Option<i64> {
    match error.get_ref()?.downcast_ref()? {
        TlsError::InvalidCertificate(CertificateError::NotValidYetContext { time, not_before }) => {
            i64::try_from(not_before.as_secs().saturating_sub(time.as_secs())).ok()
        }
        _ => None,
    }
}

/// The head of the answer to `GET /`.
async fn request(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    host: &str,
) -> io::Result<String> {
    let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    let mut head = Vec::new();
    let mut bounded = stream.take(MAX_HEAD_BYTES);
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if bounded.read_buf(&mut head).await? == 0 {
            break;
        }
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

fn read(head: &str, host: &str, now: SystemTime) -> Option<PlainAnswer> {
    let mut lines = head.lines();
    let status = lines.next()?.strip_prefix("HTTP/1.")?.get(2..5)?;
    let header = |name: &str| {
        let named = lines.clone().filter_map(|line| line.split_once(':'));
        let mut values = named.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        values.next().map(|(_, value)| value.trim())
    };
    let leads_away = header("location").is_some_and(|place| leads_away(place, host));
    Some(PlainAnswer {
        page: if status == "511" || (status.starts_with('3') && leads_away) {
            Page::Elsewhere
        } else if status.starts_with('2') {
            Page::Shown
        } else {
            Page::Other
        },
        clock_ahead: header("date")
            .and_then(|date| httpdate::parse_http_date(date).ok())
            .map(|there| clock_ahead(now, there)),
    })
}

/// A site may send to another name of its own, such as with `www.` in front. A portal's has nothing in common.
fn leads_away(place: &str, host: &str) -> bool {
    let Some((_, rest)) = place.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let target = authority.split(':').next().unwrap_or_default();
    let site = |name: &str| -> String {
        let labels: Vec<_> = name.trim_end_matches('.').rsplit('.').take(2).collect();
        labels.join(".").to_ascii_lowercase()
    };
    site(target) != site(host)
}

fn clock_ahead(now: SystemTime, there: SystemTime) -> i64 {
    let (distance, sign) = match now.duration_since(there) {
        Ok(ahead) => (ahead, 1),
        Err(behind) => (behind.duration(), -1),
    };
    let seconds = i64::try_from(distance.as_secs()).unwrap_or(i64::MAX);
    if distance <= CLOCK_TOLERANCE {
        0
    } else {
        sign * seconds
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use parlour_turn::client::system_tls;
    use tokio::net::TcpListener;

    use super::*;

    /// 25 November 2026, 12:00:00.
    fn noon() -> SystemTime {
        httpdate::parse_http_date("Wed, 25 Nov 2026 12:00:00 GMT").unwrap()
    }

    fn page(head: &str) -> Page {
        read(head, "relay.example.org", noon()).unwrap().page
    }

    fn answer(page: Option<Page>, tls: TlsAnswer) -> WebAnswer {
        let clock_ahead = Some(0);
        WebAnswer {
            plain: page.map(|page| PlainAnswer { page, clock_ahead }),
            tls,
        }
    }

    const WORKS: TlsAnswer = TlsAnswer::Works { clock_ahead: None };

    #[test]
    fn an_answer_that_leads_elsewhere_is_told_from_a_sites_own() {
        for head in [
            "HTTP/1.1 302 Found\r\nLocation: http://login.hotel.example/?u=x\r\n\r\n",
            "HTTP/1.1 307 Moved\r\nlocation: https://10.0.0.1:8443/portal\r\n\r\n",
            "HTTP/1.0 511 Network Authentication Required\r\n\r\n",
        ] {
            assert_eq!(page(head), Page::Elsewhere, "{head}");
        }
        for head in [
            "HTTP/1.1 301 Moved\r\nLocation: https://relay.example.org/\r\n\r\n",
            "HTTP/1.1 308 Moved\r\nLocation: https://www.example.org:443/\r\n\r\n",
            "HTTP/1.1 302 Found\r\nLocation: /start\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\n\r\n",
        ] {
            assert_eq!(page(head), Page::Other, "{head}");
        }
        assert_eq!(page("HTTP/1.1 200 OK\r\n\r\n"), Page::Shown);
        assert_eq!(read("SSH-2.0-OpenSSH\r\n", "a.example", noon()), None);
    }

    #[test]
    fn a_page_to_sign_in_at_stands_in_the_place_of_every_other() {
        let portal = |answers: &[WebAnswer]| judge(answers).captive_portal;
        let (away, shown) = (Some(Page::Elsewhere), Some(Page::Shown));
        let blocked = [TlsAnswer::NoConnection, TlsAnswer::Fails];
        for tls in blocked {
            assert_eq!(portal(&[answer(away, tls), answer(None, tls)]), Some(true));
            assert_eq!(
                portal(&[answer(shown, tls), answer(shown, tls)]),
                Some(true)
            );
            let alone = [answer(shown, tls)];
            assert_eq!(portal(&alone), Some(false), "it may be out of order");
            let one_is_down = [answer(shown, tls), answer(Some(Page::Other), WORKS)];
            assert_eq!(portal(&one_is_down), Some(false));
            let moved = [answer(away, WORKS), answer(away, tls)];
            assert_eq!(portal(&moved), Some(false), "TLS gets through");
        }
        let without_tls = [answer(shown, TlsAnswer::NotAsked); 2];
        assert_eq!(portal(&without_tls), Some(false));
        let wrong_clock = [answer(shown, TlsAnswer::NotYetValid(60)); 2];
        assert_eq!(portal(&wrong_clock), Some(false));
        assert_eq!(portal(&[answer(None, TlsAnswer::NoConnection)]), None);
    }

    #[test]
    fn a_network_through_which_nothing_comes_back_is_recognised() {
        let tcp = |answers: &[WebAnswer]| judge(answers).tcp;
        let nothing = answer(None, TlsAnswer::NoConnection);
        assert!(!tcp(&[nothing, answer(None, TlsAnswer::NotAsked)]));
        assert!(tcp(&[nothing, answer(None, TlsAnswer::Fails)]));
        assert!(tcp(&[
            nothing,
            answer(Some(Page::Other), TlsAnswer::NotAsked)
        ]));
    }

    #[test]
    fn the_date_of_an_answer_shows_a_wrong_clock() {
        let ahead = |date: &str| {
            let head = format!("HTTP/1.1 200 OK\r\nDate: {date}\r\n\r\n");
            read(&head, "a.example", noon()).unwrap().clock_ahead
        };
        assert_eq!(ahead("Wed, 25 Nov 2026 11:59:59 GMT"), Some(0));
        assert_eq!(ahead("Wed, 25 Nov 2026 11:00:00 GMT"), Some(3_600));
        assert_eq!(ahead("Wed, 25 Nov 2026 12:10:00 GMT"), Some(-600));
        assert_eq!(ahead("at noon"), None);
    }

    #[test]
    fn the_clock_is_compared_with_the_most_trusted_answer() {
        let clock = |answers: &[WebAnswer]| judge(answers).clock_ahead;
        let exact = TlsAnswer::Works {
            clock_ahead: Some(900),
        };
        let plain = answer(Some(Page::Other), TlsAnswer::NotAsked);
        assert_eq!(clock(&[plain, answer(None, exact)]), Some(900));
        assert_eq!(clock(&[plain]), Some(0));
        let early = TlsAnswer::NotYetValid(86_400);
        assert_eq!(clock(&[answer(None, early)]), Some(-86_400));
        let portal = [answer(Some(Page::Elsewhere), TlsAnswer::Fails)];
        assert_eq!(clock(&portal), None, "a portal does not know");
    }

    #[tokio::test]
    async fn a_server_on_this_computer_is_asked() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let served = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 512];
            let size = stream.read(&mut request).await.unwrap();
            let text = "HTTP/1.1 302 Found\r\nLocation: http://login.hotel.example/\r\n\r\n";
            stream.write_all(text.as_bytes()).await.unwrap();
            String::from_utf8_lossy(&request[..size]).into_owned()
        });
        let found = ask_plain("127.0.0.1", port).await.unwrap();
        assert_eq!(found.page, Page::Elsewhere);
        let asked = served.await.unwrap();
        assert!(asked.starts_with("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"));
    }

    #[tokio::test]
    async fn what_answers_in_the_place_of_tls_is_not_the_server() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        });
        let server = format!("wss+127.0.0.1:{port}").parse().unwrap();
        let tls = system_tls();
        let answered = ask_by_tls(&server, "127.0.0.1", &tls).await;
        assert_eq!(answered, TlsAnswer::Fails);
        let gone = ask_by_tls(&server, "127.0.0.1", &tls).await;
        assert_eq!(gone, TlsAnswer::NoConnection);
    }
}
