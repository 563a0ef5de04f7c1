//! A real loopback server with a small UI, and clients that send bytes to it.

use std::sync::Arc;
use std::time::Duration;

use data_encoding::HEXLOWER;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use parlour::engine::EngineEvent;
use parlour::engine::loopback::{
    Asset, Assets, CommandFuture, Dispatch, LoopbackConfig, LoopbackServer, PageSender,
};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

pub const COMMANDS: &[&str] = &["attach", "echo", "fail", "show", "wait"];

/// Two files, and nothing else.
pub struct Ui;

impl Assets for Ui {
    fn get(&self, path: &str) -> Option<Asset> {
        let (mime, bytes) = match path {
            "/index.html" => ("text/html", "<title>the app</title>"),
            "/assets/app-1.js" => ("text/javascript", "go()"),
            _ => return None,
        };
        Some(Asset {
            mime: mime.to_owned(),
            bytes: bytes.into(),
        })
    }
}

/// `echo` answers with its arguments, `fail` rejects with them, `wait` never answers. `show` sends three views first.
#[derive(Default)]
pub struct Commands {
    pages: std::sync::OnceLock<PageSender>,
}

impl Dispatch for Commands {
    fn call(&self, command: &str, args: Value) -> CommandFuture {
        let command = command.to_owned();
        let pages = self.pages.get().cloned();
        Box::pin(async move {
            match command.as_str() {
                "show" => {
                    let pages = pages.unwrap();
                    assert!((1..=3).all(|revision| pages.send("view", &revision)));
                    Ok(args)
                }
                "fail" => Err(args),
                "wait" => std::future::pending().await,
                _ => Ok(args),
            }
        })
    }
}

pub struct TestServer {
    pub server: LoopbackServer,
    pub port: u16,
    pub events: mpsc::Receiver<EngineEvent>,
}

pub async fn lab() -> TestServer {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, events) = mpsc::channel(32);
    let commands = Arc::new(Commands::default());
    let config = LoopbackConfig {
        assets: Arc::new(Ui),
        dispatch: commands.clone(),
        commands: COMMANDS,
        events: sender,
    };
    let server = LoopbackServer::open(listener, config).unwrap();
    commands.pages.set(server.sender()).unwrap();
    TestServer {
        server,
        port,
        events,
    }
}

impl TestServer {
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn token(&self) -> String {
        let url = self.server.launch_url().unwrap();
        let (origin, token) = url.split_once("/#").unwrap();
        assert_eq!(origin, self.origin());
        token.to_owned()
    }

    /// A request with our Host and the given further headers.
    pub async fn ask(&self, line: &str, headers: &[(&str, &str)]) -> Reply {
        let host = self.host();
        let mut all = vec![("Host", host.as_str())];
        all.extend(headers);
        self.ask_as(line, &all).await
    }

    /// A request with exactly these headers.
    pub async fn ask_as(&self, line: &str, headers: &[(&str, &str)]) -> Reply {
        let mut text = format!("{line} HTTP/1.1\r\n");
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("Connection: close\r\n\r\n");
        Reply::parse(&raw(self.port, text.as_bytes()).await)
    }

    /// A page that the redirect file has opened.
    pub async fn launch(&self) -> Page {
        let secret = Secret::launch(&self.token());
        connect(self.port, &secret).await.unwrap()
    }

    /// The secret of a session, whose page is gone.
    pub async fn session(&mut self) -> Secret {
        let session = self.launch().await.session;
        assert!(matches!(
            self.event().await,
            EngineEvent::PageAttached { .. }
        ));
        assert!(matches!(self.event().await, EngineEvent::PageGone { .. }));
        session
    }

    /// A page of the session, as after a reload.
    pub async fn page(&self, session: &Secret) -> Page {
        connect(self.port, session).await.unwrap()
    }

    pub async fn event(&mut self) -> EngineEvent {
        within(self.events.recv()).await.unwrap()
    }
}

/// A secret that a page knows.
#[derive(Clone, Debug)]
pub struct Secret {
    kind: &'static str,
    pub key: Vec<u8>,
}

impl Secret {
    pub fn launch(token: &str) -> Self {
        Self {
            kind: "launch",
            key: HEXLOWER.decode(token.as_bytes()).unwrap(),
        }
    }

    pub fn session(key: Vec<u8>) -> Self {
        let kind = "session";
        Self { kind, key }
    }
}

/// A socket before the proofs.
pub struct Stranger {
    page: Page,
    nonce: [u8; 32],
}

/// The server's answer to the page's first frame.
pub struct Answer {
    pub nonce: Vec<u8>,
    pub proof: String,
}

impl Stranger {
    /// Sends the first frame.
    pub async fn open(port: u16, secret: &Secret) -> Self {
        let origin = format!("http://127.0.0.1:{port}");
        let mut page = socket(port, &[("Origin", &origin)]).await.unwrap();
        let nonce = std::array::from_fn(|i| i as u8);
        let opening = json!({ "secret": secret.kind, "nonce": HEXLOWER.encode(&nonce) });
        page.say(Message::text(opening.to_string())).await.unwrap();
        Self { page, nonce }
    }

    pub async fn answer(&mut self) -> Result<Answer, u16> {
        let answer = self.page.hear().await?;
        let text = |name| answer[name].as_str().unwrap().to_owned();
        assert_eq!(answer.as_object().unwrap().len(), 2);
        Ok(Answer {
            nonce: HEXLOWER.decode(text("nonce").as_bytes()).unwrap(),
            proof: text("proof"),
        })
    }

    /// A proof of a side, `page` or `door`.
    pub fn proof(&self, secret: &Secret, side: &str, answer: &Answer) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&secret.key).unwrap();
        mac.update(format!("parlour loopback v1 {side}").as_bytes());
        mac.update(&self.nonce);
        mac.update(&answer.nonce);
        HEXLOWER.encode(&mac.finalize().into_bytes())
    }

    pub async fn send_proof(&mut self, proof: &str) {
        let frame = json!({ "proof": proof }).to_string();
        // The server may have closed before.
        let _ = self.page.say(Message::text(frame)).await;
    }

    pub async fn say(&mut self, text: &str) {
        let _ = self.page.say(Message::text(text)).await;
    }

    /// The next frame or the close code.
    pub async fn hear(&mut self) -> Result<Value, u16> {
        self.page.hear().await
    }
}

/// Does what the page does with its secret. Fails with the close code.
pub async fn connect(port: u16, secret: &Secret) -> Result<Page, u16> {
    let mut stranger = Stranger::open(port, secret).await;
    let answer = stranger.answer().await?;
    assert_eq!(answer.proof, stranger.proof(secret, "door", &answer));
    let proof = stranger.proof(secret, "page", &answer);
    stranger.send_proof(&proof).await;
    let mut page = stranger.page;
    page.session = secret.clone();
    if secret.kind == "launch" {
        let salt = [&stranger.nonce, &*answer.nonce].concat();
        let mut key = vec![0; 32];
        Hkdf::<Sha256>::new(Some(&salt), &secret.key)
            .expand(b"parlour loopback v1 session", &mut key)
            .unwrap();
        page.session = Secret::session(key);
    }
    Ok(page)
}

/// A socket, or the status of the refusal.
pub async fn socket(port: u16, headers: &[(&'static str, &str)]) -> Result<Page, u16> {
    let mut request = format!("ws://127.0.0.1:{port}/ipc")
        .into_client_request()
        .unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    match tokio_tungstenite::connect_async(request).await {
        Ok((socket, _)) => Ok(Page {
            socket,
            session: Secret::session(Vec::new()),
        }),
        Err(tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

pub async fn raw(port: u16, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let mut reply = Vec::new();
    // A refused connection may be reset while the request is still on its way.
    let _ = stream.write_all(request).await;
    let _ = within(stream.read_to_end(&mut reply)).await;
    String::from_utf8(reply).unwrap()
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Reply {
    pub fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").expect(text);
        Self {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

pub struct Page {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// For the next page.
    pub session: Secret,
}

impl Page {
    pub async fn say(&mut self, message: Message) -> Result<(), tungstenite::Error> {
        use futures_util::SinkExt;
        self.socket.send(message).await
    }

    pub async fn call(&mut self, id: u64, cmd: &str, args: Value) {
        let call = json!({ "id": id, "cmd": cmd, "args": args });
        self.say(Message::text(call.to_string())).await.unwrap();
    }

    /// The next frame, or the close code (0 when there was none).
    pub async fn hear(&mut self) -> Result<Value, u16> {
        use futures_util::StreamExt;
        match within(self.socket.next()).await {
            Some(Ok(Message::Text(text))) => Ok(serde_json::from_str(&text).unwrap()),
            Some(Ok(Message::Close(frame))) => Err(frame.map_or(0, |frame| frame.code.into())),
            Some(Ok(other)) => panic!("{other:?}"),
            Some(Err(_)) | None => Err(0),
        }
    }
}

pub async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future)
        .await
        .expect("in time")
}
