//! One plain request to a web server: whether somebody else answers in its place, and what time it is there.

use std::time::{Duration, SystemTime};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Of an answer only the head is of use.
const MAX_HEAD_BYTES: u64 = 4 * 1024;
/// A difference that the way of the answer can explain.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(2);

/// The findings of a plain answer on port 80.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct WebAnswer {
    /// The network asks to sign in first (RFC 6585, section 6), or sends elsewhere.
    pub(super) is_portal: bool,
    /// See `NetworkFacts::clock_ahead`.
    pub(super) clock_ahead: Option<i64>,
}

/// Asks `http://host/`. `None`: nothing came back that is HTTP.
pub(super) async fn ask(host: &str, port: u16) -> Option<WebAnswer> {
    let mut stream = TcpStream::connect((host, port)).await.ok()?;
    let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut head = Vec::new();
    let mut bounded = stream.take(MAX_HEAD_BYTES);
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if bounded.read_buf(&mut head).await.ok()? == 0 {
            break;
        }
    }
    read(&String::from_utf8_lossy(&head), host, SystemTime::now())
}

fn read(head: &str, host: &str, now: SystemTime) -> Option<WebAnswer> {
    let mut lines = head.lines();
    let status = lines.next()?.strip_prefix("HTTP/1.")?.get(2..5)?;
    let header = |name: &str| {
        let named = lines.clone().filter_map(|line| line.split_once(':'));
        let mut values = named.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        values.next().map(|(_, value)| value.trim())
    };
    let leads_away = header("location").is_some_and(|place| leads_away(place, host));
    Some(WebAnswer {
        is_portal: status == "511" || (status.starts_with('3') && leads_away),
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

    use tokio::net::TcpListener;

    use super::*;

    /// 25 November 2026, 12:00:00.
    fn noon() -> SystemTime {
        httpdate::parse_http_date("Wed, 25 Nov 2026 12:00:00 GMT").unwrap()
    }

    fn answer(head: &str) -> WebAnswer {
        read(head, "relay.example.org", noon()).unwrap()
    }

    #[test]
    fn an_answer_that_leads_elsewhere_is_a_page_to_sign_in_at() {
        for head in [
            "HTTP/1.1 302 Found\r\nLocation: http://login.hotel.example/?u=x\r\n\r\n",
            "HTTP/1.1 307 Moved\r\nlocation: https://10.0.0.1:8443/portal\r\n\r\n",
            "HTTP/1.0 511 Network Authentication Required\r\n\r\n",
        ] {
            assert!(answer(head).is_portal, "{head}");
        }
        for head in [
            "HTTP/1.1 301 Moved\r\nLocation: https://relay.example.org/\r\n\r\n",
            "HTTP/1.1 308 Moved\r\nLocation: https://www.example.org:443/\r\n\r\n",
            "HTTP/1.1 302 Found\r\nLocation: /start\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\n\r\n",
        ] {
            assert!(!answer(head).is_portal, "{head}");
        }
        assert_eq!(read("SSH-2.0-OpenSSH\r\n", "a.example", noon()), None);
    }

    #[test]
    fn the_date_of_an_answer_shows_a_wrong_clock() {
        let ahead =
            |date: &str| answer(&format!("HTTP/1.1 200 OK\r\nDate: {date}\r\n\r\n")).clock_ahead;
        assert_eq!(ahead("Wed, 25 Nov 2026 11:59:59 GMT"), Some(0));
        assert_eq!(ahead("Wed, 25 Nov 2026 11:00:00 GMT"), Some(3_600));
        assert_eq!(ahead("Wed, 25 Nov 2026 12:10:00 GMT"), Some(-600));
        assert_eq!(ahead("at noon"), None);
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
        let found = ask("127.0.0.1", port).await.unwrap();
        assert!(found.is_portal);
        assert!(
            served
                .await
                .unwrap()
                .starts_with("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        );
    }
}
