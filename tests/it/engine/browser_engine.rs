//! The browser engine, with a script as its browser: the arguments that it gets, and when it ends.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parlour::engine::loopback::{TOKEN_LIFETIME, UNPROVED};
use parlour::engine::{
    BrowserCommand, BrowserEngine, BrowserFailure, EngineConfig, EngineError, EngineEvent, Program,
};
use tokio::sync::mpsc;

use crate::harness::loopback::{COMMANDS, Commands, Page, Secret, Ui, connect, within};

struct Lab {
    profile: tempfile::TempDir,
}

impl Lab {
    fn new() -> Self {
        Self {
            profile: tempfile::tempdir().unwrap(),
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.profile.path().join(name)
    }

    fn redirect(&self) -> PathBuf {
        self.file("profile/door/call.html")
    }

    /// Opens the engine with a shell script as its browser. `$OUT` is a folder of the test.
    async fn open(
        &self,
        script: &str,
    ) -> Result<(BrowserEngine, mpsc::Receiver<EngineEvent>), EngineError> {
        let path = self.file("browser.sh");
        let out = self.profile.path().display();
        std::fs::write(&path, format!("#!/bin/bash\nOUT='{out}'\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        // Bash is given the script: a program that another test's new process still has open for
        // writing cannot be executed.
        self.command(&format!("bash '{}' --new {{url}}", path.display()))
            .await
    }

    async fn command(
        &self,
        command: &str,
    ) -> Result<(BrowserEngine, mpsc::Receiver<EngineEvent>), EngineError> {
        self.commands(&[command]).await
    }

    /// Opens the engine with several browsers, the best one first.
    async fn commands(
        &self,
        commands: &[&str],
    ) -> Result<(BrowserEngine, mpsc::Receiver<EngineEvent>), EngineError> {
        let parsed = commands.iter().map(|text| BrowserCommand::parse(text));
        BrowserEngine::open(EngineConfig {
            profile: self.file("profile"),
            programs: parsed.map(|c| Program::Command(c.unwrap())).collect(),
            assets: Arc::new(Ui),
            dispatch: Arc::new(Commands::default()),
            commands: COMMANDS,
        })
        .await
    }

    /// The content of a file that the script writes, once it is complete.
    async fn read(&self, name: &str) -> String {
        let path = self.file(name);
        until(|| path.exists()).await;
        std::fs::read_to_string(&path).unwrap()
    }

    /// The port of the loopback server and the launch token, from the redirect file.
    fn launch(&self) -> (u16, String) {
        let page = std::fs::read_to_string(self.redirect()).unwrap();
        let (_, rest) = page
            .split_once("location.replace('http://127.0.0.1:")
            .unwrap();
        let (address, _) = rest.split_once("')").unwrap();
        let (port, token) = address.split_once("/#").unwrap();
        (port.parse().unwrap(), token.to_owned())
    }
}

fn opening(browser: &str) -> EngineEvent {
    EngineEvent::Opening {
        browser: browser.to_owned(),
    }
}

fn failed(browser: &str, failure: BrowserFailure) -> EngineEvent {
    EngineEvent::BrowserFailed {
        browser: browser.to_owned(),
        failure,
    }
}

fn passed_over(browser: &str, failure: BrowserFailure) -> EngineEvent {
    EngineEvent::BrowserPassedOver {
        browser: browser.to_owned(),
        failure,
    }
}

async fn until(condition: impl Fn() -> bool) {
    within(async {
        while !condition() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    })
    .await;
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn alive(pid: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()))
        .is_ok_and(|stat| !stat.contains(") Z "))
}

/// Does what the browser does with the redirect file.
async fn page(port: u16, token: &str) -> Page {
    connect(port, &Secret::launch(token)).await.unwrap()
}

/// Runs until it is ended, whatever its arguments are.
const RUNS: &str = "sh -c 'exec sleep 1000'";

/// The file is moved into place when it is complete, so that the test never reads a part of it.
const RECORD: &str =
    "cat /proc/$$/cmdline > $OUT/part && env >> $OUT/part && mv $OUT/part $OUT/seen";

#[tokio::test]
async fn no_argument_carries_the_token() {
    let lab = Lab::new();
    let (engine, _events) = lab
        .open(&format!("{RECORD}; exec sleep 1000"))
        .await
        .unwrap();
    let (_, token) = lab.launch();
    assert_eq!(token.len(), 64);
    let seen = lab.read("seen").await;
    assert!(seen.contains(&format!("--new\0file://{}\0", lab.redirect().display())));
    assert!(!seen.contains(&token) && !seen.contains("127.0.0.1"));
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&line).contains(&token));
    }
    assert_eq!(
        (
            mode(&lab.redirect()),
            mode(lab.redirect().parent().unwrap())
        ),
        (0o600, 0o700)
    );
    assert_eq!(mode(&lab.file("profile")), 0o700);
    assert_eq!(mode(&lab.file("profile/loopback-port")), 0o600);
    engine.close().await;
    assert!(!lab.redirect().exists());
}

#[tokio::test]
async fn the_redirect_file_is_removed_when_the_session_begins() {
    let lab = Lab::new();
    let (engine, mut events) = lab.open("exec sleep 1000").await.unwrap();
    assert_eq!(events.recv().await, Some(opening("bash")));
    let (port, token) = lab.launch();
    let _page = page(port, &token).await;
    until(|| !lab.redirect().exists()).await;
    let again = connect(port, &Secret::launch(&token)).await;
    assert_eq!(again.err(), Some(UNPROVED));
    engine.close().await;
}

#[tokio::test]
async fn the_port_is_the_same_in_the_next_call() {
    let lab = Lab::new();
    let (engine, _events) = lab.open("exec sleep 1000").await.unwrap();
    let (first, token) = lab.launch();
    engine.close().await;
    let (engine, _events) = lab.open("exec sleep 1000").await.unwrap();
    let (second, other) = lab.launch();
    assert_eq!(first, second);
    assert_ne!(token, other);
    engine.close().await;
}

#[tokio::test]
async fn the_browser_ends_with_all_its_processes() {
    for script in [
        // A child that a signal only to the leader would not reach.
        "sleep 1000 & echo $! > $OUT/part; mv $OUT/part $OUT/pid; wait",
        // The leader has exited before.
        "sleep 1000 & echo $! > $OUT/part; mv $OUT/part $OUT/pid",
        // Ignores SIGTERM.
        "trap '' TERM; echo $$ > $OUT/part; mv $OUT/part $OUT/pid; while :; do read -t 1000 <> <(:); done",
    ] {
        let lab = Lab::new();
        let (engine, _events) = lab.open(script).await.unwrap();
        let pid = lab.read("pid").await;
        assert!(alive(&pid));
        within(engine.close()).await;
        until(|| !alive(&pid)).await;
    }
}

#[tokio::test]
async fn dropping_the_engine_ends_the_browser() {
    let lab = Lab::new();
    let script = "sleep 1000 & echo $! > $OUT/part; mv $OUT/part $OUT/pid; wait";
    let (engine, _events) = lab.open(script).await.unwrap();
    let pid = lab.read("pid").await;
    drop(engine);
    until(|| !alive(&pid) && !lab.redirect().exists()).await;
}

#[tokio::test]
async fn an_early_exit_is_reported_and_show_tries_again() {
    let lab = Lab::new();
    let (engine, mut events) = lab.open("exit 3").await.unwrap();
    for _ in 0..2 {
        assert_eq!(within(events.recv()).await, Some(opening("bash")));
        let failed = failed("bash", BrowserFailure::Exited);
        assert_eq!(within(events.recv()).await, Some(failed));
        assert!(!lab.redirect().exists());
        engine.show();
    }
    engine.close().await;
}

#[tokio::test]
async fn a_browser_that_hands_over_has_not_failed() {
    let lab = Lab::new();
    let (engine, mut events) = lab.open("echo > $OUT/gone").await.unwrap();
    assert_eq!(events.recv().await, Some(opening("bash")));
    lab.read("gone").await;
    // The other browser uses the token.
    let (port, token) = lab.launch();
    let _page = page(port, &token).await;
    let attached = EngineEvent::PageAttached { page: 1 };
    assert_eq!(within(events.recv()).await, Some(attached));
    assert!(events.try_recv().is_err());
    engine.close().await;
}

#[tokio::test]
async fn a_missing_program_is_an_error() {
    let lab = Lab::new();
    let refused = lab.command("/nowhere/at/all {url}").await;
    assert!(matches!(refused.err(), Some(EngineError::Browser(_))));
    assert!(!lab.redirect().exists());
}

#[tokio::test]
async fn no_shell_interprets_the_command() {
    let lab = Lab::new();
    let script = lab.file("record.sh");
    let out = lab.file("arguments");
    let text = format!(
        "#!/bin/bash\nprintf '%s|' \"$@\" > '{0}.part'; mv '{0}.part' '{0}'\n",
        out.display()
    );
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let command = format!("{} '$(id)' \"a b\" ';' '--app={{url}}'", script.display());
    let (engine, _events) = lab.command(&command).await.unwrap();
    let seen = lab.read("arguments").await;
    let url = format!("file://{}", lab.redirect().display());
    assert_eq!(seen, format!("$(id)|a b|;|--app={url}|"));
    engine.close().await;
}

#[tokio::test]
async fn a_browser_that_opens_no_page_is_reported() {
    let lab = Lab::new();
    let (engine, mut events) = lab.open("exec sleep 1000").await.unwrap();
    assert_eq!(events.recv().await, Some(opening("bash")));
    tokio::time::pause();
    tokio::time::advance(TOKEN_LIFETIME).await;
    tokio::time::resume();
    let failed = failed("bash", BrowserFailure::NoPage);
    assert_eq!(within(events.recv()).await, Some(failed));
    assert!(!lab.redirect().exists());
    engine.close().await;
}

#[tokio::test]
async fn show_focuses_the_page_or_opens_it_again() {
    let lab = Lab::new();
    let script = "echo $$ > $OUT/part; mv $OUT/part $OUT/pid; exec sleep 1000";
    let (engine, mut events) = lab.open(script).await.unwrap();
    assert_eq!(events.recv().await, Some(opening("bash")));
    let first = lab.read("pid").await;
    // While the browser starts up, nothing is started twice.
    engine.show();
    let (port, token) = lab.launch();
    let mut window = page(port, &token).await;
    let attached = EngineEvent::PageAttached { page: 1 };
    assert_eq!(within(events.recv()).await, Some(attached));
    engine.show();
    assert_eq!(window.hear().await.unwrap()["event"], "focus");

    drop(window);
    let gone = EngineEvent::PageGone { page: 1 };
    assert_eq!(within(events.recv()).await, Some(gone));
    std::fs::remove_file(lab.file("pid")).unwrap();
    engine.show();
    assert_eq!(within(events.recv()).await, Some(opening("bash")));
    assert_ne!(lab.read("pid").await, first);
    assert!(!alive(&first));
    let (same_port, new_token) = lab.launch();
    assert_eq!(port, same_port);
    assert_ne!(token, new_token);

    let mut window = page(port, &new_token).await;
    let attached = EngineEvent::PageAttached { page: 2 };
    assert_eq!(within(events.recv()).await, Some(attached));
    let listening = async {
        assert_eq!(window.hear().await.unwrap()["event"], "close");
        assert_eq!(window.hear().await, Err(1001));
    };
    tokio::join!(engine.close(), listening);
}

#[tokio::test]
async fn a_reload_does_not_restart_the_browser() {
    let lab = Lab::new();
    let (engine, mut events) = lab.open("exec sleep 1000").await.unwrap();
    let (port, token) = lab.launch();
    let before = page(port, &token).await;
    let session = before.session.clone();
    assert_eq!(within(events.recv()).await, Some(opening("bash")));
    within(events.recv()).await;
    drop(before);
    within(events.recv()).await;
    engine.show();
    let mut after = connect(port, &session).await.unwrap();
    let attached = EngineEvent::PageAttached { page: 2 };
    assert_eq!(within(events.recv()).await, Some(attached));
    assert_eq!(after.hear().await.unwrap()["event"], "focus");
    engine.close().await;
}

#[tokio::test]
async fn when_the_first_browser_does_not_start_the_next_one_runs_the_call() {
    let lab = Lab::new();
    let commands = ["false", "/nowhere/at/all", RUNS];
    let (engine, mut events) = lab.commands(&commands).await.unwrap();
    assert_eq!(within(events.recv()).await, Some(opening("false")));
    let no_start = passed_over("false", BrowserFailure::Exited);
    assert_eq!(within(events.recv()).await, Some(no_start));
    let missing = passed_over("all", BrowserFailure::NotStarted);
    assert_eq!(within(events.recv()).await, Some(missing));
    assert_eq!(within(events.recv()).await, Some(opening("sh")));
    let (port, token) = lab.launch();
    let _page = page(port, &token).await;
    let attached = EngineEvent::PageAttached { page: 1 };
    assert_eq!(within(events.recv()).await, Some(attached));
    engine.close().await;
}

#[tokio::test]
async fn a_browser_that_hangs_gives_way_to_the_next_one() {
    let lab = Lab::new();
    // The first one shows a dialog of its own, for example.
    let (engine, mut events) = lab.commands(&[RUNS, RUNS]).await.unwrap();
    assert_eq!(within(events.recv()).await, Some(opening("sh")));
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(25)).await;
    tokio::time::resume();
    let hung = passed_over("sh", BrowserFailure::NoPage);
    assert_eq!(within(events.recv()).await, Some(hung));
    assert_eq!(within(events.recv()).await, Some(opening("sh")));
    engine.close().await;
}

#[tokio::test]
async fn a_browser_that_ends_without_a_page_and_without_an_error_gives_way_soon() {
    let lab = Lab::new();
    let first = format!(
        "sh -c 'echo $$ > {0}.part; mv {0}.part {0}'",
        lab.file("pid").display()
    );
    let (engine, mut events) = lab.commands(&[&first, RUNS]).await.unwrap();
    assert_eq!(within(events.recv()).await, Some(opening("sh")));
    let process = format!("/proc/{}", lab.read("pid").await.trim());
    // The engine's task collects the exit and shortens its deadline in one step of this thread.
    until(|| !Path::new(&process).exists()).await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(10)).await;
    tokio::time::resume();
    let no_page = passed_over("sh", BrowserFailure::NoPage);
    assert_eq!(within(events.recv()).await, Some(no_page));
    assert_eq!(within(events.recv()).await, Some(opening("sh")));
    engine.close().await;
}

#[tokio::test]
async fn show_begins_again_with_the_first_browser_after_all_have_failed() {
    let lab = Lab::new();
    let (engine, mut events) = lab.commands(&["false", "sh -c 'exit 3'"]).await.unwrap();
    for _ in 0..2 {
        assert_eq!(within(events.recv()).await, Some(opening("false")));
        let first = passed_over("false", BrowserFailure::Exited);
        assert_eq!(within(events.recv()).await, Some(first));
        assert_eq!(within(events.recv()).await, Some(opening("sh")));
        let last = failed("sh", BrowserFailure::Exited);
        assert_eq!(within(events.recv()).await, Some(last));
        engine.show();
    }
    engine.close().await;
}

#[tokio::test]
async fn a_browser_that_is_killed_during_the_call_is_reported_at_once() {
    let lab = Lab::new();
    let script = "echo $$ > $OUT/part; mv $OUT/part $OUT/pid; exec sleep 1000";
    let (engine, mut events) = lab.open(script).await.unwrap();
    assert_eq!(within(events.recv()).await, Some(opening("bash")));
    let pid: i32 = lab.read("pid").await.trim().parse().unwrap();
    let (port, token) = lab.launch();
    let _page = page(port, &token).await;
    let attached = EngineEvent::PageAttached { page: 1 };
    assert_eq!(within(events.recv()).await, Some(attached));
    let kill = std::process::Command::new("kill")
        .args(["-9", &pid.to_string()])
        .status();
    assert!(kill.unwrap().success());
    assert_eq!(within(events.recv()).await, Some(EngineEvent::BrowserEnded));
    engine.close().await;
}
