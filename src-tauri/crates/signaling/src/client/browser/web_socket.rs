//! The WebSocket of a browser as a [`Socket`](super::socket::Socket). It answers the server's pings unseen, and pings by
//! messages.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_util::{Sink, Stream};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{BinaryType, Event, MessageEvent};

use super::connector::OpenError;
use super::socket::{Incoming, Outgoing, SocketError};
use crate::protocol::ClientMessage;
use crate::protocol::limits::MAX_QUEUED_BYTES;

/// Bytes of the frames that wait to be read: what a server may have queued. A browser reads on whoever is slow, so a
/// connection with more is given up.
const MAX_UNREAD_BYTES: usize = 2 * MAX_QUEUED_BYTES;
/// Counted for each frame beside its text.
const FRAME_BYTES: usize = 64;

pub(super) struct WebSocket {
    socket: web_sys::WebSocket,
    state: Rc<RefCell<State>>,
    _on_event: Closure<dyn FnMut(Event)>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

#[derive(Default)]
struct State {
    phase: Phase,
    unread: VecDeque<Incoming>,
    unread_bytes: usize,
    waker: Option<Waker>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Opening,
    Open,
    /// Closed, broken, or given up.
    Ended,
}

impl State {
    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.wake();
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn receive(&mut self, frame: Incoming, bytes: usize) {
        self.unread_bytes += bytes + FRAME_BYTES;
        if self.unread_bytes > MAX_UNREAD_BYTES {
            self.unread.clear();
            return self.enter(Phase::Ended);
        }
        self.unread.push_back(frame);
        self.wake();
    }
}

impl WebSocket {
    /// Connects.
    pub(super) async fn open(url: &str) -> Result<Self, OpenError> {
        let socket = web_sys::WebSocket::new(url).map_err(|_| OpenError::Forbidden)?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let state = Rc::new(RefCell::new(State::default()));
        let on_event = Closure::new({
            let state = Rc::clone(&state);
            // In browsers `close` follows each `error`. In Node nothing does when there is no connection.
            move |event: Event| match event.type_().as_str() {
                "open" => state.borrow_mut().enter(Phase::Open),
                _ => state.borrow_mut().enter(Phase::Ended),
            }
        });
        let on_message = Closure::new({
            let state = Rc::clone(&state);
            move |event: MessageEvent| match event.data().as_string() {
                Some(text) => {
                    let bytes = text.len();
                    state.borrow_mut().receive(Incoming::Text(text), bytes);
                }
                None => state.borrow_mut().receive(Incoming::Unknown, 0),
            }
        });
        socket.set_onopen(Some(on_event.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_event.as_ref().unchecked_ref()));
        socket.set_onerror(Some(on_event.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        let opening = Self {
            socket,
            state,
            _on_event: on_event,
            _on_message: on_message,
        };
        opening.opened().await.map(|()| opening)
    }

    async fn opened(&self) -> Result<(), OpenError> {
        poll_fn(|cx| {
            let mut state = self.state.borrow_mut();
            match state.phase {
                Phase::Opening => {
                    state.waker = Some(cx.waker().clone());
                    Poll::Pending
                }
                Phase::Open => Poll::Ready(Ok(())),
                Phase::Ended => Poll::Ready(Err(OpenError::Failed)),
            }
        })
        .await
    }

    fn is_open(&self) -> Result<(), SocketError> {
        match self.state.borrow().phase {
            Phase::Open => Ok(()),
            Phase::Opening | Phase::Ended => Err(SocketError("the connection is closed".into())),
        }
    }
}

impl Stream for WebSocket {
    type Item = Result<Incoming, SocketError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut state = self.state.borrow_mut();
        if let Some(frame) = state.unread.pop_front() {
            let text_bytes = match &frame {
                Incoming::Text(text) => text.len(),
                _ => 0,
            };
            state.unread_bytes -= text_bytes + FRAME_BYTES;
            return Poll::Ready(Some(Ok(frame)));
        }
        if state.phase == Phase::Ended {
            return Poll::Ready(None);
        }
        state.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// The browser buffers what is sent. The client's own limits bound that.
impl Sink<Outgoing> for WebSocket {
    type Error = SocketError;

    fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), SocketError>> {
        Poll::Ready(self.is_open())
    }

    fn start_send(self: Pin<&mut Self>, frame: Outgoing) -> Result<(), SocketError> {
        let text = match frame {
            Outgoing::Text(text) => text,
            Outgoing::Ping { mark } => serde_json::to_string(&ClientMessage::Ping { mark })
                .map_err(|error| SocketError(error.to_string()))?,
        };
        let sent = self.socket.send_with_str(&text);
        sent.map_err(|_| SocketError("the browser does not send".into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), SocketError>> {
        Poll::Ready(self.is_open())
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), SocketError>> {
        let _ = self.socket.close();
        Poll::Ready(Ok(()))
    }
}

impl Drop for WebSocket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onclose(None);
        self.socket.set_onerror(None);
        self.socket.set_onmessage(None);
        let _ = self.socket.close();
    }
}
