//! HTTP requests to the loopback server: which are served, and how the others are refused.

use std::time::Duration;

use crate::harness::loopback::{Reply, TestServer, lab, raw, socket};

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
async fn the_pages_are_public_and_no_response_sets_a_cookie() {
    let lab = lab().await;
    for path in ["/", "/index.html"] {
        let page = lab.ask(&format!("GET {path}"), &[]).await;
        assert_eq!((page.status, &*page.body), (200, "<title>the app</title>"));
        assert_eq!(page.header("content-type"), Some("text/html"));
        assert_eq!(page.header("set-cookie"), None);
        assert_guarded(&page);
        let policy = page.header("content-security-policy").unwrap();
        let socket = format!("connect-src 'self' ws://127.0.0.1:{};", lab.port);
        assert!(policy.contains("default-src 'self'") && policy.contains(&socket));
    }
    let script = lab.ask("GET /assets/app-1.js", &[]).await;
    assert_eq!((script.status, &*script.body), (200, "go()"));
    assert_eq!(script.header("content-type"), Some("text/javascript"));
    let head = lab.ask("HEAD /", &[]).await;
    assert_eq!((head.status, &*head.body), (200, ""));
}

#[tokio::test]
async fn another_host_is_refused() {
    let lab = lab().await;
    let port = lab.port;
    for host in [
        format!("localhost:{port}"),
        format!("evil.example:{port}"),
        "127.0.0.1".to_owned(),
        format!("127.0.0.1:{}", port ^ 1),
        format!("127.0.0.1:{port}.evil.example"),
        String::new(),
    ] {
        for line in ["GET /", "GET /assets/app-1.js", "GET /ipc", "POST /"] {
            assert_bare(&lab.ask_as(line, &[("Host", &*host)]).await, 403);
        }
    }
    assert_bare(&lab.ask_as("GET /", &[]).await, 403);
    let own = lab.host();
    let twice = [("Host", &*own), ("Host", "evil.example")];
    assert_bare(&lab.ask_as("GET /", &twice).await, 403);
    let elsewhere = format!("GET http://evil.example:{port}/");
    assert_bare(&lab.ask(&elsewhere, &[]).await, 403);
}

#[tokio::test]
async fn another_origin_is_refused() {
    let lab = lab().await;
    let neighbour = format!("http://127.0.0.1:{}", lab.port ^ 1);
    let name = format!("http://localhost:{}", lab.port);
    for origin in ["null", "https://evil.example", "", &neighbour, &name] {
        for line in ["GET /", "GET /assets/app-1.js"] {
            assert_bare(&lab.ask(line, &[("Origin", origin)]).await, 403);
        }
        let socket = socket(lab.port, &[("Origin", origin)]).await;
        assert_eq!(socket.err(), Some(403), "{origin}");
    }
}

#[tokio::test]
async fn a_socket_needs_an_origin() {
    let lab = lab().await;
    assert_eq!(socket(lab.port, &[]).await.err(), Some(403));
}

#[tokio::test]
async fn no_path_leads_out_of_the_assets() {
    let lab = lab().await;
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
        let reply = lab.ask(&format!("GET {path}"), &[]).await;
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
    let origin = lab.origin();
    let headers = [("Origin", &*origin)];
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
