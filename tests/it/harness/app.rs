//! A person with an app without a window: the real controller, on a platform that records what it is asked to do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parlour::controller::{Controller, ControllerHandle, Platform, StartOptions};
use parlour::doctor::{CheckPlan, NetworkFacts};
use parlour::engine::EngineEvent;
use parlour::error::AppError;
use parlour::links::deep_link::DeepLink;
use parlour::storage::last_room::LastRoom;
use parlour::storage::settings::Settings;
use parlour::view::{
    AppView, CallCommand, CallCommandEvent, InviteTemplates, NetworkChange, NetworkChangeEvent,
    Notification, PendingJoin, Phase, RoomView, SignalEvent, Surface, TrayLabels,
};
use parlour_port_mapping::{Config, PortMapper, Ports, State, Status};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// Longer than any step takes on a busy machine.
const STEP_TIMEOUT: Duration = Duration::from_secs(20);

/// A call of [`Platform`], other than those that send views, signals and changes of the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlatformCall {
    FocusWindow,
    HideWindow,
    SendCallCommand(Surface, CallCommand),
    ShowNotification(String),
    FocusCallPage,
    OpenCallPage,
    CloseCallPage,
    CopyToClipboard(String),
    /// The old text and the new one.
    ReplaceInClipboard(String, String),
    OpenPorts(Ports),
    SaveSettings(Settings),
    SaveLastRoom(Option<LastRoom>),
    Exit,
}

pub struct RecordingPlatform {
    views: watch::Sender<Option<AppView>>,
    signals: mpsc::UnboundedSender<(Surface, SignalEvent)>,
    calls: mpsc::UnboundedSender<PlatformCall>,
    browser: Option<String>,
    disk_is_full: Arc<AtomicBool>,
    has_tray: Arc<AtomicBool>,
    engine: watch::Sender<Option<mpsc::Sender<EngineEvent>>>,
    browser_ends: watch::Receiver<bool>,
    network: watch::Sender<Option<mpsc::Sender<NetworkChange>>>,
    network_events: mpsc::UnboundedSender<(Surface, NetworkChange)>,
    ports: watch::Sender<State>,
    checks: mpsc::UnboundedSender<RunningCheck>,
}

/// The plan of a check, and the way of its facts to the controller.
pub type RunningCheck = (CheckPlan, mpsc::Sender<NetworkFacts>);

impl RecordingPlatform {
    fn record(&self, call: PlatformCall) {
        let _ = self.calls.send(call);
    }
}

impl Platform for RecordingPlatform {
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

    fn check_connection(&mut self, plan: CheckPlan) -> mpsc::Receiver<NetworkFacts> {
        let (facts, receiver) = mpsc::channel(4);
        let _ = self.checks.send((plan, facts));
        receiver
    }

    fn send_call_command(&self, engine: Surface, CallCommandEvent { command }: CallCommandEvent) {
        self.record(PlatformCall::SendCallCommand(engine, command));
    }

    fn set_tray_labels(&self, _: TrayLabels) {}

    fn show_notification(&self, notification: Notification) {
        self.record(PlatformCall::ShowNotification(notification.title));
    }

    fn focus_window(&self) {
        self.record(PlatformCall::FocusWindow);
    }

    fn hide_window(&self) {
        self.record(PlatformCall::HideWindow);
    }

    fn has_tray(&self) -> bool {
        self.has_tray.load(Ordering::Relaxed)
    }

    fn browsers(&self) -> Vec<String> {
        self.browser.iter().cloned().collect()
    }

    async fn open_call_page(
        &mut self,
        _browsers: Vec<String>,
    ) -> Result<mpsc::Receiver<EngineEvent>, AppError> {
        self.record(PlatformCall::OpenCallPage);
        let (events, engine) = mpsc::channel(8);
        self.engine.send_replace(Some(events));
        Ok(engine)
    }

    fn focus_call_page(&self) {
        self.record(PlatformCall::FocusCallPage);
    }

    fn close_call_page(&mut self) -> impl Future<Output = ()> + Send + 'static {
        self.record(PlatformCall::CloseCallPage);
        let mut ends = self.browser_ends.clone();
        async move { drop(ends.wait_for(|ends| *ends).await) }
    }

    fn copy_to_clipboard(&self, text: &str) -> Result<(), AppError> {
        self.record(PlatformCall::CopyToClipboard(text.to_owned()));
        Ok(())
    }

    fn replace_in_clipboard(&self, old: &str, text: &str) -> bool {
        let call = PlatformCall::ReplaceInClipboard(old.to_owned(), text.to_owned());
        self.record(call);
        true
    }

    fn open_ports(&mut self, config: Config) -> PortMapper {
        self.record(PlatformCall::OpenPorts(config.ports));
        PortMapper::scripted(self.ports.subscribe())
    }

    fn save_settings(
        &mut self,
        settings: &Settings,
    ) -> Result<(), parlour::storage::settings_file::NotSaved> {
        if self.disk_is_full.load(Ordering::Relaxed) {
            return Err(parlour::storage::settings_file::NotSaved);
        }
        self.record(PlatformCall::SaveSettings(settings.clone()));
        Ok(())
    }

    fn save_last_room(&mut self, room: Option<&LastRoom>) {
        self.record(PlatformCall::SaveLastRoom(room.cloned()));
    }

    fn exit(&self) {
        self.record(PlatformCall::Exit);
    }
}

/// A person with an app.
pub struct Person {
    pub controller: ControllerHandle,
    pub disk_is_full: Arc<AtomicBool>,
    pub has_tray: Arc<AtomicBool>,
    /// While it is false, closing the call page does not complete.
    pub browser_ends: watch::Sender<bool>,
    engine: watch::Receiver<Option<mpsc::Sender<EngineEvent>>>,
    views: watch::Receiver<Option<AppView>>,
    signals: mpsc::UnboundedReceiver<(Surface, SignalEvent)>,
    network: watch::Receiver<Option<mpsc::Sender<NetworkChange>>>,
    network_events: mpsc::UnboundedReceiver<(Surface, NetworkChange)>,
    /// The router changes the state of the ports.
    pub ports: watch::Sender<State>,
    checks: mpsc::UnboundedReceiver<RunningCheck>,
    calls: mpsc::UnboundedReceiver<PlatformCall>,
    pub task: JoinHandle<()>,
}

impl Person {
    /// An app whose page has not attached yet.
    pub fn launch(start: StartOptions, browser: Option<&str>) -> Self {
        let (views, shown) = watch::channel(None);
        let (signals, received) = mpsc::unbounded_channel();
        let (calls, called) = mpsc::unbounded_channel();
        let (engine, opened) = watch::channel(None);
        let (browser_ends, ends) = watch::channel(true);
        let (network, watched) = watch::channel(None);
        let (network_events, told) = mpsc::unbounded_channel();
        let (ports, _) = watch::channel(State {
            ipv4: Status::Trying,
            ipv6: Status::Trying,
        });
        let (checks, checked) = mpsc::unbounded_channel();
        let disk_is_full = Arc::default();
        let has_tray = Arc::default();
        let platform = RecordingPlatform {
            views,
            signals,
            calls,
            browser: browser.map(str::to_owned),
            disk_is_full: Arc::clone(&disk_is_full),
            has_tray: Arc::clone(&has_tray),
            engine,
            browser_ends: ends,
            network,
            network_events,
            ports: ports.clone(),
            checks,
        };
        let (controller, handle) = Controller::new(platform, start);
        let task = tokio::spawn(controller.run());
        Self {
            controller: handle,
            disk_is_full,
            has_tray,
            browser_ends,
            engine: opened,
            views: shown,
            signals: received,
            network: watched,
            network_events: told,
            ports,
            checks: checked,
            calls: called,
            task,
        }
    }

    /// An app whose window runs the call.
    pub async fn with_window(name: &str) -> Self {
        let person = Self::launch(named(name), None);
        person
            .controller
            .attach(Surface::Window, true)
            .await
            .unwrap();
        person
    }

    /// An app whose calls run in a browser.
    pub async fn with_browser(name: &str) -> Self {
        let person = Self::launch(named(name), Some("Test browser"));
        person
            .controller
            .attach(Surface::Window, false)
            .await
            .unwrap();
        person
    }

    /// Sends an event of the browser engine that was opened last.
    pub async fn engine_sends(&self, event: EngineEvent) {
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

    /// The browser engine has started its browser.
    pub async fn browser_opens(&self) {
        let browser = "Test browser".to_owned();
        self.engine_sends(EngineEvent::Opening { browser }).await;
    }

    pub async fn network_changes(&self, kind: NetworkChange) {
        let network = self.network.borrow().clone().expect("it was watched");
        network.send(kind).await.expect("it is watched");
    }

    pub fn watches_network(&self) -> bool {
        let network = self.network.borrow();
        network.as_ref().is_some_and(|network| !network.is_closed())
    }

    /// The next change of the network that a page receives.
    pub async fn network_event(&mut self) -> (Surface, NetworkChange) {
        tokio::time::timeout(STEP_TIMEOUT, self.network_events.recv())
            .await
            .expect("an event")
            .unwrap()
    }

    /// The call page is loaded and attaches. Pages are numbered from 1.
    pub async fn call_page_attaches(&self, page: u64) -> AppView {
        self.engine_sends(EngineEvent::PageAttached { page }).await;
        self.controller.attach(Surface::Call, true).await.unwrap()
    }

    /// Waits until the view fulfils the condition.
    pub async fn until(&mut self, what: &str, condition: impl Fn(&AppView) -> bool) -> AppView {
        let shown = self
            .views
            .wait_for(|view| view.as_ref().is_some_and(&condition));
        let shown = tokio::time::timeout(STEP_TIMEOUT, shown).await;
        let shown = shown.map(|view| view.unwrap().clone().unwrap());
        shown.unwrap_or_else(|_| panic!("never happened: {what}\n{:#?}", self.view()))
    }

    /// Waits until the room fulfils the condition.
    pub async fn until_room(
        &mut self,
        what: &str,
        condition: impl Fn(&RoomView) -> bool,
    ) -> RoomView {
        let view = self
            .until(what, |view| view.room.as_ref().is_some_and(&condition))
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

    pub fn view(&self) -> AppView {
        self.views.borrow().clone().expect("a view was shown")
    }

    pub fn room(&self) -> RoomView {
        self.view().room.expect("in a room")
    }

    pub async fn signal(&mut self) -> (Surface, SignalEvent) {
        tokio::time::timeout(STEP_TIMEOUT, self.signals.recv())
            .await
            .expect("a signal")
            .unwrap()
    }

    pub async fn send_signal_to(&self, to: &Person, signal: serde_json::Value) {
        self.controller
            .send_signal(to.room().me, signal, None)
            .await
            .unwrap();
    }

    /// The check of the connection that was asked for.
    pub fn running_check(&mut self) -> RunningCheck {
        self.checks.try_recv().expect("a check was asked for")
    }

    /// Waits until a link waits for an answer.
    pub async fn until_pending(&mut self) -> PendingJoin {
        let asked = self.until("a question", |view| view.pending.is_some());
        asked.await.pending.unwrap()
    }

    /// Waits for the question about a clicked link, and agrees.
    pub async fn agree(&mut self) {
        let asked = self.until_pending().await;
        let name = self.view().settings.name;
        let answer = self
            .controller
            .answer_pending_join(asked.number, Some(name));
        answer.await.unwrap();
    }

    /// Waits for the question about a clicked link, and declines.
    pub async fn decline(&mut self) {
        let asked = self.until_pending().await;
        let answer = self.controller.answer_pending_join(asked.number, None);
        answer.await.unwrap();
    }

    /// The room that was saved last.
    pub fn saved_room(&mut self) -> Option<LastRoom> {
        let mut latest_first = self.calls().into_iter().rev();
        let saved = latest_first.find_map(|call| match call {
            PlatformCall::SaveLastRoom(room) => Some(room),
            _ => None,
        });
        saved.expect("a room was saved")
    }

    /// Waits for this call and skips others.
    pub async fn until_called(&mut self, call: &PlatformCall) {
        let found = async {
            while let Some(done) = self.calls.recv().await {
                if done == *call {
                    return;
                }
            }
            panic!("the app ended without {call:?}");
        };
        tokio::time::timeout(STEP_TIMEOUT, found)
            .await
            .unwrap_or_else(|_| panic!("never called: {call:?}"));
    }

    /// The calls since the last call of this method.
    pub fn calls(&mut self) -> Vec<PlatformCall> {
        std::iter::from_fn(|| self.calls.try_recv().ok()).collect()
    }

    pub async fn start_room(&mut self) -> RoomView {
        self.controller.start_room().await.unwrap();
        self.until_online().await
    }

    pub async fn join(&mut self, invite: &str) -> RoomView {
        self.controller.join_room(invite.to_owned()).await.unwrap();
        self.until_online().await
    }
}

/// Options with this name in the settings.
pub fn named(name: &str) -> StartOptions {
    StartOptions {
        settings: Settings {
            name: name.to_owned(),
            ..Settings::default()
        },
        ..StartOptions::default()
    }
}

pub fn templates() -> InviteTemplates {
    InviteTemplates {
        app: "Come in: {link}".into(),
        app_and_downloads: "Come in, by {downloads} and {link}".into(),
        web: "Come in: {link}".into(),
    }
}

pub fn link(text: &str) -> DeepLink {
    DeepLink::from_argument(text).unwrap()
}
