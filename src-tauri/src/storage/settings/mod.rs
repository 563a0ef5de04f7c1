//! The settings of a person.

mod secret_text;
mod stun_servers;
mod validate;

pub use self::secret_text::SecretText;
pub use self::stun_servers::shipped_stun_servers;
pub(crate) use self::validate::accelerator;

use parlour_signaling::protocol::IceServer;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Unknown fields of a newer version are ignored; missing fields take their defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Settings {
    /// The name shown to others; may be empty.
    pub name: String,
    /// Where the person's rooms are hosted.
    pub hosting: Hosting,
    /// How far the app goes to let people find each other.
    pub reach: Reach,
    /// The invite page that the person's links lead to, or empty for the one that this app was built with, if any.
    pub invite_page: String,
    /// The relays of the person's rooms, as `host[:port]`. When there is none, those of the list that comes with the app.
    pub relays: Vec<String>,
    /// STUN and TURN servers beside those that the room's server names.
    pub ice_servers: Vec<IceServer>,
    /// The TURN servers among them are for everybody in the rooms that the person is in.
    pub share_turn: bool,
    /// STUN servers of the public, asked where no other is named. Null for the list that comes with the app.
    pub stun_servers: Option<Vec<String>>,
    /// Media goes only through a TURN server, so that other participants do not learn this computer's address.
    pub relay_only: bool,
    /// Where calls run.
    pub engine: EngineChoice,
    /// The name of the browser that is tried first, or empty for the best one. One that is not installed is ignored.
    pub browser: String,
    /// Light, dark, or as the system.
    pub theme: Theme,
    /// The UI's language.
    pub language: Language,
    /// A quiet sound when somebody joins, leaves or writes.
    pub sounds: bool,
    /// A notification of the system when somebody joins while no window of the app is in front.
    pub notifications: bool,
    /// Shortcuts of a single key, such as M. Turned off by people who use speech input or press keys by mistake
    /// (WCAG 2.2, section 2.1.4).
    pub plain_shortcuts: bool,
    /// Shortcuts that work while another program is in front.
    pub global_shortcuts: GlobalShortcuts,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: String::new(),
            hosting: Hosting::default(),
            reach: Reach::default(),
            invite_page: String::new(),
            relays: Vec::new(),
            ice_servers: Vec::new(),
            share_turn: false,
            stun_servers: None,
            relay_only: false,
            engine: EngineChoice::default(),
            browser: String::new(),
            theme: Theme::default(),
            language: Language::default(),
            sounds: true,
            notifications: true,
            plain_shortcuts: true,
            global_shortcuts: GlobalShortcuts::default(),
        }
    }
}

/// Shortcuts, such as `Ctrl+Alt+M`, that work during a call while another program is in front.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct GlobalShortcuts {
    /// Off by default, because no other program can use these keys then.
    pub on: bool,
    /// Mutes and unmutes.
    pub mute: String,
    /// Push to talk: unmutes while it is held.
    pub talk: String,
}

impl Default for GlobalShortcuts {
    fn default() -> Self {
        Self {
            on: false,
            mute: "Ctrl+Alt+M".to_owned(),
            talk: "Ctrl+Alt+Space".to_owned(),
        }
    }
}

/// Where the person's rooms are hosted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Hosting {
    /// By the embedded server.
    #[default]
    ThisComputer,
    /// By a Parlour server.
    Server {
        /// `host`, `host:port`, or with `ws+` in front for a server without TLS.
        address: String,
        /// The server's access token, or empty where everybody may start a room.
        #[serde(default)]
        #[ts(type = "string")]
        access_token: SecretText,
    },
}

/// How far the app goes by itself to let people find each other. Servers that a person or an invite names are used in any
/// case.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    TS,
    clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// No further than the networks of this computer.
    Lan,
    /// It asks the router to open a port, and STUN servers for the address that others see.
    Open,
    /// Also by relays.
    #[default]
    Anywhere,
}

/// Where calls run.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS, clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub enum EngineChoice {
    /// In the window if it has WebRTC, else in a browser.
    #[default]
    Auto,
    /// In the window.
    Window,
    /// In a browser.
    Browser,
}

/// Light, dark, or as the system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// The UI's language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub enum Language {
    /// As the system.
    #[default]
    #[serde(rename = "system")]
    System,
    /// English.
    #[serde(rename = "en")]
    English,
    /// Simplified Chinese.
    #[serde(rename = "zh-CN")]
    Chinese,
}
