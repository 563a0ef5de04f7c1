//! A person at a Parlour without a window: the controller, and a shell that notes what it is asked to do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parlour::controller::{Controller, ControllerHandle, Platform, StartOptions};
use parlour::engine::EngineEvent;
use parlour::error::AppError;
use parlour::links::deep_link::DeepLink;
use parlour::storage::known_servers::KnownServers;
use parlour::storage::last_room::LastRoom;
use parlour::storage::settings::Settings;
use parlour::view::{
    AppView, CallCommand, CallCommandEvent, InviteTemplates, NetworkChange, NetworkChangeEvent,
    Notification, PendingJoin, Phase, RoomView, SignalEvent, Surface, TrayLabels,
};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the shell was asked to do, beside showing views and signals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    Focus,
    CallCommand(Surface, CallCommand),
    Notify(String),
    ShowCall,
    OpenCall,
    CloseCall,
    Copy(String),
    Save(Settings),
    Remember(KnownServers),
    NoteRoom(Option<LastRoom>),
    Exit,
}

pub struct NotingShell {
    views: watch::Sender<Option<AppView>>,
    signals: mpsc::UnboundedSender<(Surface, SignalEvent)>,
    deeds: mpsc::UnboundedSender<Deed>,
    browser: Option<String>,
    disk_is_full: Arc<AtomicBool>,
    engine: watch::Sender<Option<mpsc::Sender<EngineEvent>>>,
    browser_ends: watch::Receiver<bool>,
    network: watch::Sender<Option<mpsc::Sender<NetworkChange>>>,
    network_events: mpsc::UnboundedSender<(Surface, NetworkChange)>,
}

impl NotingShell {
    fn note(&self, deed: Deed) {
        let _ = self.deeds.send(deed);
    }
}

impl Platform for NotingShell {
    fn send_view(&self, view: &AppView) {
        self.views.send_modify(|shown| {
            let last = shown.as_ref().map_or(0, |view| view.revision);
            assert!(view.revision > last, "the revision grows");
            *shown = Some(view.clone());
        });
    }

    fn send_signal(&self, engine: Surface, event: &SignalEvent) {
        let shown = self.views.borrow();
        let room = shown
            .as_ref()
            .and_then(|view| view.room.as_ref())
            .expect("a signal belongs to a room");
        assert_eq!(
            room.me, event.to,
            "a signal is for the session that is shown"
        );
        assert!(
            room.peers.iter().any(|peer| peer.id == event.from),
            "its sender is shown before it"
        );
        let _ = self.signals.send((engine, event.clone()));
    }

    fn send_network_change(&self, engine: Surface, event: &NetworkChangeEvent) {
        let _ = self.network_events.send((engine, event.kind));
    }

    fn watch_network(&mut self) -> mpsc::Receiver<NetworkChange> {
        let (changes, heard) = mpsc::channel(4);
        self.network.send_replace(Some(changes));
        heard
    }

    fn send_call_command(&self, engine: Surface, CallCommandEvent { command }: CallCommandEvent) {
        self.note(Deed::CallCommand(engine, command));
    }

    fn set_tray_labels(&self, _: TrayLabels) {}

    fn show_notification(&self, notification: Notification) {
        self.note(Deed::Notify(notification.title));
    }

    fn focus_window(&self) {
        self.note(Deed::Focus);
    }

    fn browser_name(&self) -> Option<String> {
        self.browser.clone()
    }

    async fn open_call_page(&mut self) -> Result<mpsc::Receiver<EngineEvent>, AppError> {
        self.note(Deed::OpenCall);
        let (events, engine) = mpsc::channel(8);
        self.engine.send_replace(Some(events));
        Ok(engine)
    }

    fn focus_call_page(&self) {
        self.note(Deed::ShowCall);
    }

    fn close_call_page(&mut self) -> impl Future<Output = ()> + Send + 'static {
        self.note(Deed::CloseCall);
        let mut ends = self.browser_ends.clone();
        async move { drop(ends.wait_for(|ends| *ends).await) }
    }

    fn copy_to_clipboard(&self, text: &str) -> Result<(), AppError> {
        self.note(Deed::Copy(text.to_owned()));
        Ok(())
    }

    fn save_settings(
        &mut self,
        settings: &Settings,
    ) -> Result<(), parlour::storage::settings_file::NotSaved> {
        if self.disk_is_full.load(Ordering::Relaxed) {
            return Err(parlour::storage::settings_file::NotSaved);
        }
        self.note(Deed::Save(settings.clone()));
        Ok(())
    }

    fn save_known_servers(
        &mut self,
        servers: &KnownServers,
    ) -> Result<(), parlour::storage::settings_file::NotSaved> {
        if self.disk_is_full.load(Ordering::Relaxed) {
            return Err(parlour::storage::settings_file::NotSaved);
        }
        self.note(Deed::Remember(servers.clone()));
        Ok(())
    }

    fn save_last_room(&mut self, room: Option<&LastRoom>) {
        self.note(Deed::NoteRoom(room.cloned()));
    }

    fn exit(&self) {
        self.note(Deed::Exit);
    }
}

/// One person's app.
pub struct Person {
    pub desk: ControllerHandle,
    pub disk_is_full: Arc<AtomicBool>,
    /// False holds a browser that is told to end.
    pub browser_ends: watch::Sender<bool>,
    engine: watch::Receiver<Option<mpsc::Sender<EngineEvent>>>,
    views: watch::Receiver<Option<AppView>>,
    signals: mpsc::UnboundedReceiver<(Surface, SignalEvent)>,
    network: watch::Receiver<Option<mpsc::Sender<NetworkChange>>>,
    network_events: mpsc::UnboundedReceiver<(Surface, NetworkChange)>,
    deeds: mpsc::UnboundedReceiver<Deed>,
    pub task: JoinHandle<()>,
}

impl Person {
    /// An app whose page has not attached yet.
    pub fn launch(start: StartOptions, browser: Option<&str>) -> Self {
        let (views, shown) = watch::channel(None);
        let (signals, received) = mpsc::unbounded_channel();
        let (deeds, done) = mpsc::unbounded_channel();
        let (engine, opened) = watch::channel(None);
        let (browser_ends, ends) = watch::channel(true);
        let (network, watched) = watch::channel(None);
        let (network_events, told) = mpsc::unbounded_channel();
        let disk_is_full = Arc::default();
        let shell = NotingShell {
            views,
            signals,
            deeds,
            browser: browser.map(str::to_owned),
            disk_is_full: Arc::clone(&disk_is_full),
            engine,
            browser_ends: ends,
            network,
            network_events,
        };
        let (controller, desk) = Controller::new(shell, start);
        let task = tokio::spawn(controller.run());
        Self {
            desk,
            disk_is_full,
            browser_ends,
            engine: opened,
            views: shown,
            signals: received,
            network: watched,
            network_events: told,
            deeds: done,
            task,
        }
    }

    /// An app whose window runs the call.
    pub async fn with_window(name: &str) -> Self {
        let person = Self::launch(named(name), None);
        person.desk.attach(Surface::Window, true).await.unwrap();
        person
    }

    /// An app whose calls run in a browser.
    pub async fn with_browser(name: &str) -> Self {
        let person = Self::launch(named(name), Some("Test browser"));
        person.desk.attach(Surface::Window, false).await.unwrap();
        person
    }

    /// What the browser engine that was opened last tells.
    pub async fn engine_tells(&self, event: EngineEvent) {
        let engine = self
            .engine
            .borrow()
            .clone()
            .expect("the call page was opened");
        engine
            .send(event)
            .await
            .expect("the controller listens to its engine");
    }

    /// What the computer's network does.
    pub async fn network_does(&self, kind: NetworkChange) {
        let network = self.network.borrow().clone().expect("it was watched");
        network.send(kind).await.expect("it is watched");
    }

    /// Whether the network is being watched.
    pub fn watches_network(&self) -> bool {
        let network = self.network.borrow();
        network.as_ref().is_some_and(|network| !network.is_closed())
    }

    /// What a page is told of the network.
    pub async fn network_event(&mut self) -> (Surface, NetworkChange) {
        tokio::time::timeout(PATIENCE, self.network_events.recv())
            .await
            .expect("an event")
            .unwrap()
    }

    /// The call page is loaded and attaches. Pages are counted from 1.
    pub async fn call_page_attaches(&self, page: u64) -> AppView {
        self.engine_tells(EngineEvent::PageAttached { page }).await;
        self.desk.attach(Surface::Call, true).await.unwrap()
    }

    /// Waits until the view is so.
    pub async fn until(&mut self, what: &str, so: impl Fn(&AppView) -> bool) -> AppView {
        let shown = self.views.wait_for(|view| view.as_ref().is_some_and(&so));
        let shown = tokio::time::timeout(PATIENCE, shown).await;
        let shown = shown.map(|view| view.unwrap().clone().unwrap());
        shown.unwrap_or_else(|_| panic!("never came: {what}\n{:#?}", self.view()))
    }

    /// Waits until the room is so.
    pub async fn until_room(&mut self, what: &str, so: impl Fn(&RoomView) -> bool) -> RoomView {
        let view = self
            .until(what, |view| view.room.as_ref().is_some_and(&so))
            .await;
        view.room.unwrap()
    }

    pub async fn until_online(&mut self) -> RoomView {
        self.until_room("online", |room| {
            room.connection == parlour::view::ConnectionState::Online
        })
        .await
    }

    pub async fn until_failed(&mut self) -> parlour::error::ErrorCode {
        let room = self
            .until_room("failed", |room| matches!(room.phase, Phase::Failed { .. }))
            .await;
        match room.phase {
            Phase::Failed { code } => code,
            other => panic!("{other:?}"),
        }
    }

    /// The view as it is.
    pub fn view(&self) -> AppView {
        self.views.borrow().clone().expect("a view was shown")
    }

    pub fn room(&self) -> RoomView {
        self.view().room.expect("in a room")
    }

    pub async fn signal(&mut self) -> (Surface, SignalEvent) {
        tokio::time::timeout(PATIENCE, self.signals.recv())
            .await
            .expect("a signal")
            .unwrap()
    }

    pub fn no_signal_yet(&mut self) {
        assert!(self.signals.try_recv().is_err());
    }

    /// Sends a signal to the other person's peer, as it is in our view.
    pub async fn sends(&self, to: &Person, signal: serde_json::Value) {
        self.desk
            .send_signal(to.room().me, signal, None)
            .await
            .unwrap();
    }

    /// Waits until a link asks.
    pub async fn until_asked(&mut self) -> PendingJoin {
        let asked = self.until("a question", |view| view.pending.is_some());
        asked.await.pending.unwrap()
    }

    /// The room that was noted last.
    pub fn noted_room(&mut self) -> Option<LastRoom> {
        let mut latest_first = self.deeds().into_iter().rev();
        let noted = latest_first.find_map(|deed| match deed {
            Deed::NoteRoom(room) => Some(room),
            _ => None,
        });
        noted.expect("a room was noted")
    }

    /// Waits for a deed, passing over others.
    pub async fn until_deed(&mut self, deed: &Deed) {
        let found = async {
            while let Some(done) = self.deeds.recv().await {
                if done == *deed {
                    return;
                }
            }
            panic!("the app has ended without {deed:?}");
        };
        tokio::time::timeout(PATIENCE, found)
            .await
            .unwrap_or_else(|_| panic!("never done: {deed:?}"));
    }

    /// All deeds so far.
    pub fn deeds(&mut self) -> Vec<Deed> {
        std::iter::from_fn(|| self.deeds.try_recv().ok()).collect()
    }

    pub async fn start_room(&mut self) -> RoomView {
        self.desk.start_room().await.unwrap();
        self.until_online().await
    }

    pub async fn join(&mut self, invite: &str) -> RoomView {
        self.desk.join_room(invite.to_owned()).await.unwrap();
        self.until_online().await
    }
}

/// A start with this name in the settings.
pub fn named(name: &str) -> StartOptions {
    StartOptions {
        settings: Settings {
            name: name.to_owned(),
            ..Settings::default()
        },
        ..StartOptions::default()
    }
}

/// What stands around an invite that is copied.
pub fn words() -> InviteTemplates {
    InviteTemplates {
        app: "Come in: {link}".into(),
        app_and_web: "Come in: {link} or {web}".into(),
    }
}

pub fn link(text: &str) -> DeepLink {
    DeepLink::from_argument(text).unwrap()
}
