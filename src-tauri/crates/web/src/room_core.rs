//! One session in one room.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Function, Reflect};
use parlour_signaling::client::{
    ClientConfig, RetryPolicy, RoomClient, RoomEvent, ServerAccess, SignalError,
};
use parlour_signaling::invite::{Endpoint, Invite};
use parlour_signaling::protocol::{Access, PeerId, Sealed};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::mpsc::Receiver;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;

use crate::error::AppError;
use crate::event::Event;
use crate::invite::is_reachable;
use crate::json::{from_js, read, thrown, to_js};

/// Events that the page gets in one call.
const MAX_EVENTS: usize = 64;

#[derive(Deserialize)]
struct Config {
    invite: String,
    name: String,
    previous_peer_id: Option<String>,
    access_token: Option<String>,
    permits: Vec<ServerPermit>,
}

#[derive(Deserialize)]
struct ServerPermit {
    server: String,
    permit: String,
}

#[derive(Serialize)]
struct SealedSignal {
    number: u64,
    envelope: String,
}

#[derive(Serialize)]
struct OpenedSignal {
    signal: Option<Value>,
}

/// One session in one room, under one peer id.
#[wasm_bindgen]
pub struct RoomCore {
    peer_id: PeerId,
    /// Nothing after `leave`.
    client: RefCell<Option<Rc<RoomClient>>>,
    has_left: Rc<Cell<bool>>,
}

#[wasm_bindgen]
impl RoomCore {
    /// Starts to join.
    #[wasm_bindgen(constructor)]
    pub fn new(config: &JsValue, on_events: Function) -> Result<RoomCore, JsValue> {
        let config = read::<Config>(config).and_then(client_config);
        let (client, events) = RoomClient::spawn(config.map_err(thrown)?);
        let has_left = Rc::new(Cell::new(false));
        spawn_local(pass_events(events, on_events, Rc::clone(&has_left)));
        Ok(Self {
            peer_id: client.peer_id(),
            client: RefCell::new(Some(Rc::new(client))),
            has_left,
        })
    }

    #[wasm_bindgen(getter, js_name = peerId)]
    pub fn peer_id(&self) -> String {
        self.peer_id.to_string()
    }

    pub async fn enter(&self, name: String) -> Result<(), JsValue> {
        let client = self.client()?;
        client.enter(name).await.map_err(thrown)
    }

    #[wasm_bindgen(js_name = sendSignal)]
    pub async fn send_signal(
        &self,
        to: String,
        signal: JsValue,
        number: Option<f64>,
    ) -> Result<(), JsValue> {
        let (client, to) = (self.client()?, peer(&to)?);
        let sent = client.send_signal(to, from_js(&signal), number_of(number));
        sent.await.map_err(thrown)
    }

    #[wasm_bindgen(js_name = sealSignal)]
    pub async fn seal_signal(
        &self,
        to: String,
        signal: JsValue,
        number: Option<f64>,
    ) -> Result<JsValue, JsValue> {
        let (client, to) = (self.client()?, peer(&to)?);
        let sealed = client.seal_signal(to, from_js(&signal), number_of(number));
        let (number, Sealed(envelope)) = sealed.await.map_err(thrown)?;
        Ok(to_js(&SealedSignal { number, envelope }))
    }

    #[wasm_bindgen(js_name = openSignal)]
    pub async fn open_signal(&self, from: String, envelope: String) -> Result<JsValue, JsValue> {
        let (client, from) = (self.client()?, peer(&from)?);
        let signal = client.open_signal(from, Sealed(envelope)).await;
        let signal = signal.map_err(thrown)?;
        Ok(to_js(&OpenedSignal { signal }))
    }

    #[wasm_bindgen(js_name = reconnectNow)]
    pub fn reconnect_now(&self) {
        if let Ok(client) = self.client() {
            client.reconnect_now();
        }
    }

    pub async fn leave(&self) {
        self.has_left.set(true);
        let client = self.client.borrow_mut().take();
        if let Some(client) = client {
            client.leave().await;
        }
    }

    fn client(&self) -> Result<Rc<RoomClient>, JsValue> {
        let client = self.client.borrow().clone();
        client.ok_or_else(|| thrown(SignalError::Closed))
    }
}

fn client_config(config: Config) -> Result<ClientConfig, AppError> {
    let invite = Invite::parse(&config.invite)?;
    let mut access = ServerAccess::default();
    // To an invite of several servers a token belongs to none of them for sure.
    if let ([server], Some(token)) = (invite.endpoints.as_slice(), config.access_token) {
        access.set(server.clone(), Access::Token(token));
    }
    for ServerPermit { server, permit } in config.permits {
        if let Ok(server) = server.parse::<Endpoint>() {
            access.set_permit(&server, &permit);
        }
    }
    let page_has_tls = page_has_tls();
    let mut endpoints = invite.endpoints;
    endpoints.retain(|server| is_reachable(server, page_has_tls));
    Ok(ClientConfig {
        endpoints,
        secret: invite.secret,
        previous_peer_id: config.previous_peer_id.and_then(|id| id.parse().ok()),
        name: config.name,
        guest: true,
        retry: RetryPolicy::default(),
        access,
    })
}

/// Whether this page came over TLS.
fn page_has_tls() -> bool {
    let location = Reflect::get(&js_sys::global(), &"location".into());
    let protocol = location.and_then(|location| Reflect::get(&location, &"protocol".into()));
    protocol.is_ok_and(|protocol| protocol.as_string().as_deref() == Some("https:"))
}

async fn pass_events(mut events: Receiver<RoomEvent>, to: Function, has_left: Rc<Cell<bool>>) {
    while let Some(first) = events.recv().await {
        let mut batch = vec![Event::from(first)];
        while batch.len() < MAX_EVENTS
            && let Ok(next) = events.try_recv()
        {
            batch.push(next.into());
        }
        if has_left.get() {
            return;
        }
        // An exception of the page is the page's own.
        let _ = to.call1(&JsValue::NULL, &to_js(&batch));
    }
}

fn peer(id: &str) -> Result<PeerId, JsValue> {
    id.parse().map_err(|_| thrown(SignalError::UnknownPeer))
}

/// A number that no signal has is refused later.
fn number_of(number: Option<f64>) -> Option<u64> {
    number.map(|number| number as u64)
}
