//! HTTP requests to the loopback server: which are served, and how the others are refused.

use std::time::Duration;

use parlour::engine::loopback::TOKEN_LIFETIME;

use crate::harness::loopback::{Reply, TestServer, lab, raw};

/// The response has no body, and every header that keeps other sites out.
fn assert_bare(reply: &Reply, status: u16) {
    assert_eq!((reply.status, reply.body.as_str()), (status, ""));
    assert_guarded(reply);
}

fn assert_guarded(reply: &Reply) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(reply.header(name), Some(value), "{name}");
    }
    let policy = reply.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(reply.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn the_token_opens_a_session_and_the_session_the_app() {
    let lab = lab().await;
    let token = lab.token();
    let reply = lab.redeem(&token).await;
    assert_bare(&reply, 204);
    let cookie = reply.header("set-cookie").unwrap();
    assert!(cookie.starts_with(&format!("parlour-{}=", lab.port)));
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict"));
    assert!(!cookie.contains(&token));

    let cookie = cookie.split(';').next().unwrap();
    for path in ["/", "/index.html"] {
        let page = lab.ask(&format!("GET {path}"), &[("Cookie", cookie)]).await;
        assert_eq!((page.status, &*page.body), (200, "<title>the app</title>"));
        assert_eq!(page.header("content-type"), Some("text/html"));
        assert_guarded(&page);
        let policy = page.header("content-security-policy").unwrap();
        let socket = format!("connect-src 'self' ws://127.0.0.1:{};", lab.port);
        assert!(policy.contains("default-src 'self'") && policy.contains(&socket));
    }
    let script = lab.ask("GET /assets/app-1.js", &[("Cookie", cookie)]).await;
    assert_eq!((script.status, &*script.body), (200, "go()"));
    assert_eq!(script.header("content-type"), Some("text/javascript"));
    let head = lab.ask("HEAD /", &[("Cookie", cookie)]).await;
    assert_eq!((head.status, &*head.body), (200, ""));
}

#[tokio::test]
async fn a_client_without_a_session_gets_a_page_that_names_nothing() {
    let lab = lab().await;
    let page = lab.ask("GET /", &[]).await;
    assert_eq!(page.status, 200);
    assert_guarded(&page);
    assert!(!page.body.contains("assets") && !page.body.contains("the app"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"));
    assert!(!policy.contains("unsafe"));
    let wrong = format!("parlour-{}={}", lab.port, "A".repeat(43));
    for cookie in ["", "a=b", &wrong] {
        let again = lab.ask("GET /", &[("Cookie", cookie)]).await;
        assert_eq!(again.body, page.body);
        for path in ["/index.html", "/assets/app-1.js", "/assets/none.js", "/x"] {
            let line = format!("GET {path}");
            assert_bare(&lab.ask(&line, &[("Cookie", cookie)]).await, 404);
        }
    }
}

#[tokio::test]
async fn another_host_is_refused() {
    let lab = lab().await;
    let cookie = lab.cookie().await;
    let port = lab.port;
    for host in [
        format!("localhost:{port}"),
        format!("evil.example:{port}"),
        "127.0.0.1".to_owned(),
        format!("127.0.0.1:{}", port ^ 1),
        format!("127.0.0.1:{port}.evil.example"),
        String::new(),
    ] {
        for line in ["GET /", "GET /assets/app-1.js", "GET /ipc", "POST /session"] {
            let headers = [("Host", &*host), ("Cookie", &*cookie)];
            assert_bare(&lab.ask_as(line, &headers).await, 403);
        }
    }
    assert_bare(&lab.ask_as("GET /", &[("Cookie", &cookie)]).await, 403);
    let own = lab.host();
    let twice = [
        ("Host", &*own),
        ("Host", "evil.example"),
        ("Cookie", &cookie),
    ];
    assert_bare(&lab.ask_as("GET /", &twice).await, 403);
    let elsewhere = format!("GET http://evil.example:{port}/");
    assert_bare(&lab.ask(&elsewhere, &[("Cookie", &cookie)]).await, 403);
}

#[tokio::test]
async fn another_origin_is_refused() {
    let lab = lab().await;
    let cookie = lab.cookie().await;
    let token = lab.token();
    let neighbour = format!("http://127.0.0.1:{}", lab.port ^ 1);
    let name = format!("http://localhost:{}", lab.port);
    for origin in ["null", "https://evil.example", "", &neighbour, &name] {
        for line in ["GET /", "GET /assets/app-1.js"] {
            let headers = [("Origin", origin), ("Cookie", &*cookie)];
            assert_bare(&lab.ask(line, &headers).await, 403);
        }
        let headers = [("Origin", origin), ("X-Parlour-Token", &*token)];
        assert_bare(&lab.ask("POST /session", &headers).await, 403);
        let socket = lab.socket(&[("Origin", origin), ("Cookie", &cookie)]).await;
        assert_eq!(socket.err(), Some(403), "{origin}");
    }
    // The token was not used up.
    assert_bare(&lab.redeem(&token).await, 204);
}

#[tokio::test]
async fn an_origin_is_required_where_it_matters() {
    let lab = lab().await;
    let cookie = lab.cookie().await;
    let token = lab.token();
    let no_origin = [("X-Parlour-Token", &*token)];
    assert_bare(&lab.ask("POST /session", &no_origin).await, 403);
    assert_eq!(lab.socket(&[("Cookie", &cookie)]).await.err(), Some(403));
    assert_bare(&lab.redeem(&token).await, 204);
}

#[tokio::test]
async fn a_wrong_token_is_refused() {
    let lab = lab().await;
    let origin = lab.origin();
    assert_bare(&lab.redeem(&"A".repeat(43)).await, 403);
    let token = lab.token();
    for wrong in ["", "x", &"A".repeat(43), &token[1..], &format!("{token}A")] {
        assert_bare(&lab.redeem(wrong).await, 403);
    }
    let none = [("Origin", &*origin)];
    assert_bare(&lab.ask("POST /session", &none).await, 403);
    let in_query = format!("POST /session?token={token}");
    assert_bare(&lab.ask(&in_query, &none).await, 403);
    let by_get = [("Origin", &*origin), ("X-Parlour-Token", &*token)];
    assert_bare(&lab.ask("GET /session", &by_get).await, 403);
    assert_bare(&lab.redeem(&token).await, 204);
}

#[tokio::test]
async fn a_token_works_once() {
    let lab = lab().await;
    let token = lab.token();
    assert_bare(&lab.redeem(&token).await, 204);
    assert_bare(&lab.redeem(&token).await, 403);
}

#[tokio::test]
async fn a_token_expires() {
    let lab = lab().await;
    let token = lab.token();
    tokio::time::pause();
    tokio::time::advance(TOKEN_LIFETIME).await;
    tokio::time::resume();
    assert_bare(&lab.redeem(&token).await, 403);
}

#[tokio::test]
async fn a_new_session_ends_the_one_before() {
    let lab = lab().await;
    let old = lab.cookie().await;
    let new = lab.cookie().await;
    let file = "GET /assets/app-1.js";
    assert_bare(&lab.ask(file, &[("Cookie", &old)]).await, 404);
    assert_eq!(lab.ask(file, &[("Cookie", &new)]).await.status, 200);
}

#[tokio::test]
async fn no_path_leads_out_of_the_assets() {
    let lab = lab().await;
    let cookie = lab.cookie().await;
    for path in [
        "/none",
        "/index",
        "/assets",
        "/assets/",
        "/assets/none.js",
        "/assets/app-1.js/",
        "//index.html",
        "/./index.html",
        "/assets/../index.html",
        "/assets/..%2findex.html",
        "/assets/%2e%2e/index.html",
        "/%2e%2e%2f%2e%2e%2fetc/passwd",
        "/../../../../etc/passwd",
        "/..%252f..%252fetc/passwd",
        "/..%5c..%5cetc%5cpasswd",
        "/..\\..\\etc\\passwd",
        "/%c0%ae%c0%ae/etc/passwd",
        "/index.html%00.js",
        "/%69ndex.html",
        "/etc/passwd",
        "/.git/config",
    ] {
        let reply = lab
            .ask(&format!("GET {path}"), &[("Cookie", &cookie)])
            .await;
        assert_eq!(reply.body, "", "{path}");
        assert!(
            [400, 404].contains(&reply.status),
            "{path}: {}",
            reply.status
        );
    }
}

#[tokio::test]
async fn other_methods_are_refused() {
    let lab = lab().await;
    let (cookie, origin) = (lab.cookie().await, lab.origin());
    let headers = [("Cookie", &*cookie), ("Origin", &*origin)];
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"] {
        for path in ["/", "/index.html", "/x"] {
            assert_bare(&lab.ask(&format!("{method} {path}"), &headers).await, 404);
        }
    }
    // The socket's path without a socket.
    assert_bare(&lab.ask("GET /ipc", &headers).await, 403);
}

#[tokio::test]
async fn a_too_long_head_ends_only_its_connection() {
    let lab = lab().await;
    let head = format!(
        "GET / HTTP/1.1\r\nHost: {}\r\nX: {}",
        lab.host(),
        "x".repeat(64 * 1024)
    );
    let reply = raw(lab.port, head.as_bytes()).await;
    assert!(
        reply.is_empty() || reply.starts_with("HTTP/1.1 4"),
        "{reply}"
    );
    raw(lab.port, b"\x16\x03\x01 this is no HTTP\r\n\r\n").await;
    assert_eq!(lab.ask("GET /", &[]).await.status, 200);
}

#[tokio::test]
async fn closing_the_server_ends_its_connections() {
    let TestServer { server, port, .. } = lab().await;
    let idle = tokio::net::TcpStream::connect(("127.0.0.1", port))
        .await
        .unwrap();
    tokio::time::timeout(Duration::from_secs(5), server.close())
        .await
        .expect("an idle connection holds nothing up");
    drop(idle);
    assert!(
        tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .is_err()
    );
}

/// Another user of this computer is refused before it can send a token. Running a process as another user needs root.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn another_user_is_refused() {
    use std::os::unix::fs::MetadataExt;
    let lab = lab().await;
    let ask = |before: &[&str]| {
        let script = format!(
            "echo start; exec 3<>/dev/tcp/127.0.0.1/{0} && printf 'GET / HTTP/1.1\\r\\nHost: 127.0.0.1:{0}\\r\\nConnection: close\\r\\n\\r\\n' >&3 && cat <&3",
            lab.port
        );
        let mut words = before.to_vec();
        words.extend(["bash", "-c", &script]);
        let mut command = tokio::process::Command::new(words[0]);
        command
            .args(&words[1..])
            .stderr(std::process::Stdio::null());
        async move { String::from_utf8(command.output().await.unwrap().stdout).unwrap() }
    };
    assert!(ask(&["env"]).await.starts_with("start\nHTTP/1.1 200"));
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        eprintln!("skipped: only root can run a process as another user");
        return;
    }
    let other = [
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
    ];
    assert_eq!(ask(&other).await, "start\n");
}
