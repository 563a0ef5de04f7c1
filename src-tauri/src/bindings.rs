//! The page's side of the commands, events and views: the text of `ui/src/backend/generated.ts`.

use std::fmt::Write as _;

use parlour_signaling::protocol::IceServer;
use ts_rs::{Config, TS};

use crate::command_table::for_each_command;
use crate::doctor::{
    AddressKind, ConnectionCheck, Nat, NetworkFacts, TurnFact, TurnResult, TurnTransport,
};
use crate::error::{AppError, ErrorCode};
use crate::events;
use crate::storage::settings::{
    EngineChoice, GlobalShortcuts, Hosting, Language, Reach, Settings, Theme,
};
use crate::view::{
    AppView, CallCommand, CallCommandEvent, CallPageState, CallState, ConnectionState, EngineView,
    InviteTemplates, LastRoomEnd, MemberTurn, NetworkChange, NetworkChangeEvent, Notice,
    NoticeCode, Notification, OpenedSignal, Os, PeerView, PendingJoin, Phase, PortMappingStatus,
    PortMappingUnavailable, Presence, ReachStatus, RelayFault, RelayState, RelayView, Role,
    RoomHost, RoomPlace, RoomView, SealedSignal, SignalEvent, Surface, System, TrayLabels,
};

/// The interface of the transports, which are written by hand for the app's window and for the call page in a browser.
const TRANSPORT: &str = r"
/** Ends a subscription. */
export type Unsubscribe = () => void;

/** Why the page has no app any more. */
export type DisconnectReason = 'closed' | 'second_page';

/** Carries calls and events between this page and the app. */
export interface Transport {
  readonly surface: Surface;
  /** Rejects with an `AppError`. */
  call<T>(command: string, args: Record<string, unknown>): Promise<T>;
  on<E extends keyof AppEvents>(event: E, listener: (payload: AppEvents[E]) => void): Unsubscribe;
  onDisconnected(listener: (reason: DisconnectReason) => void): Unsubscribe;
}
";

struct Argument {
    name: &'static str,
    ty: String,
    is_optional: bool,
}

struct Command {
    name: &'static str,
    docs: &'static [&'static str],
    args: Vec<Argument>,
    reply: String,
}

/// `None` for what the app knows without the page.
macro_rules! argument {
    ($config:ident, $name:ident: Surface) => {
        None
    };
    ($config:ident, $name:ident: Value) => {
        argument!(@ $name, "unknown".to_owned(), false)
    };
    ($config:ident, $name:ident: Option<$of:ident>) => {
        argument!(@ $name, <Option<$of>>::name($config), true)
    };
    ($config:ident, $name:ident: $ty:ident) => {
        argument!(@ $name, <$ty>::name($config), false)
    };
    (@ $name:ident, $ty:expr, $is_optional:literal) => {
        Some(Argument { name: stringify!($name), ty: $ty, is_optional: $is_optional })
    };
}

macro_rules! describe_commands {
    (
        controller { $(
            $(#[doc = $doc:literal])*
            $name:ident / $variant:ident($($arg:ident: $ty:ident $(<$of:ident>)?),*) -> $reply:ty;
        )* }
        direct { $(
            $(#[doc = $direct_doc:literal])*
            $direct:ident($($direct_arg:ident: $direct_ty:ident),*) -> $direct_reply:ty;
        )* }
    ) => {
        fn commands(config: &Config) -> Vec<Command> {
            vec![
                $( Command {
                    name: stringify!($name),
                    docs: &[$($doc),*],
                    args: arguments([$(argument!(config, $arg: $ty $(<$of>)?)),*]),
                    reply: <$reply>::name(config),
                }, )*
                $( Command {
                    name: stringify!($direct),
                    docs: &[$($direct_doc),*],
                    args: arguments([$(argument!(config, $direct_arg: $direct_ty)),*]),
                    reply: <$direct_reply>::name(config),
                }, )*
            ]
        }
    };
}

for_each_command!(describe_commands);

fn arguments<const N: usize>(of_page: [Option<Argument>; N]) -> Vec<Argument> {
    of_page.into_iter().flatten().collect()
}

/// The whole file.
#[must_use]
pub fn typescript() -> String {
    let config = Config::new().with_large_int("number");
    let mut text =
        String::from("// Generated from the Rust types by `cargo xtask bindings`. Do not edit.\n");
    text.push_str("import { APP_FEATURES, type Features } from './features';\n");
    text.push_str(&types(&config));
    text.push_str(TRANSPORT);
    text.push_str(&backend(&config));
    with_short_docs(&text)
}

/// Puts doc comments of one line on one line.
fn with_short_docs(text: &str) -> String {
    let mut short = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let mut ahead = lines.clone();
        match (line.trim(), ahead.next(), ahead.next().map(str::trim)) {
            ("/**", Some(doc), Some("*/")) => {
                let indent = &line[..line.len() - "/**".len()];
                let doc = doc.trim_start().trim_start_matches('*');
                let _ = writeln!(short, "{indent}/**{doc} */");
                lines = ahead;
            }
            _ => {
                short.push_str(line);
                short.push('\n');
            }
        }
    }
    short
}

fn types(config: &Config) -> String {
    let mut text = String::new();
    let mut add = |docs: Option<String>, declaration: String| {
        text.push('\n');
        text.push_str(&docs.unwrap_or_default());
        text.push_str("export ");
        text.push_str(&declaration);
        text.push('\n');
    };
    macro_rules! types {
        ($($name:ty),* $(,)?) => { $( add(<$name>::docs(), <$name>::decl(config)); )* };
    }
    types![
        AppView,
        Settings,
        Hosting,
        GlobalShortcuts,
        EngineChoice,
        Theme,
        Language,
        Reach,
        EngineView,
        CallPageState,
        RoomView,
        MemberTurn,
        ReachStatus,
        PortMappingStatus,
        PortMappingUnavailable,
        RelayView,
        RelayState,
        RelayFault,
        Phase,
        RoomHost,
        ConnectionState,
        PeerView,
        Presence,
        Role,
        IceServer,
        PendingJoin,
        RoomPlace,
        InviteTemplates,
        ConnectionCheck,
        NetworkFacts,
        AddressKind,
        Nat,
        TurnFact,
        TurnTransport,
        TurnResult,
        Notice,
        NoticeCode,
        SignalEvent,
        CallCommand,
        CallCommandEvent,
        CallState,
        LastRoomEnd,
        NetworkChangeEvent,
        NetworkChange,
        Notification,
        OpenedSignal,
        Os,
        SealedSignal,
        System,
        TrayLabels,
        Surface,
        AppError,
        ErrorCode,
    ];
    text
}

/// The events, the interface with all commands and events, and its implementation over a transport.
fn backend(config: &Config) -> String {
    let mut payloads = String::new();
    let mut members = String::new();
    let mut values = String::new();
    for command in commands(config) {
        let method = camel_case(command.name);
        let parameters: Vec<_> = command.args.iter().map(Argument::declaration).collect();
        let names: Vec<_> = command.args.iter().map(|argument| argument.name).collect();
        let (parameters, names) = (parameters.join(", "), names.join(", "));
        let args = if names.is_empty() {
            "{}".to_owned()
        } else {
            format!("{{ {names} }}")
        };
        let (name, reply) = (command.name, void(&command.reply));
        add_docs(&mut members, command.docs);
        let _ = writeln!(members, "  {method}({parameters}): Promise<{reply}>;");
        let _ = writeln!(
            values,
            "    {method}: ({names}) => transport.call('{name}', {args}),"
        );
    }
    for event in events::types(config) {
        let (name, method) = (event.name, camel_case(&format!("on_{}", event.name)));
        let payload = &event.payload;
        let parameter = match void(payload) {
            "void" => String::new(),
            payload => format!("{name}: {payload}"),
        };
        let parameter = camel_case(&parameter);
        let _ = writeln!(payloads, "  {name}: {payload};");
        add_docs(&mut members, event.docs);
        let _ = writeln!(
            members,
            "  {method}(listener: ({parameter}) => void): Unsubscribe;"
        );
        let _ = writeln!(
            values,
            "    {method}: (listener) => transport.on('{name}', listener),"
        );
    }
    format!(
        "
/** The payloads of the app's events. */
export interface AppEvents {{
{payloads}}}

/**
 * The page's only way to the app. Every command rejects with an `AppError`. A page listens first, then attaches once, so
 * that it misses nothing.
 */
export interface Backend {{
  /** The kind of this page: the app's window, or the call page in a browser. */
  readonly surface: Surface;
  /** The features around the page. */
  readonly features: Features;
{members}  /** The app is gone and stays gone. */
  onDisconnected(listener: (reason: DisconnectReason) => void): Unsubscribe;
}}

export function createBackend(transport: Transport): Backend {{
  return {{
    surface: transport.surface,
    features: APP_FEATURES,
{values}    onDisconnected: (listener) => transport.onDisconnected(listener),
  }};
}}
"
    )
}

impl Argument {
    fn declaration(&self) -> String {
        let optional = if self.is_optional { "?" } else { "" };
        format!("{}{optional}: {}", self.name, self.ty)
    }
}

fn add_docs(text: &mut String, docs: &[&str]) {
    text.push_str("  /**\n");
    for line in docs {
        let _ = writeln!(text, "   *{line}");
    }
    text.push_str("   */\n");
}

fn void(ty: &str) -> &str {
    if ty == "null" { "void" } else { ty }
}

fn camel_case(name: &str) -> String {
    let mut text = String::new();
    let mut upper = false;
    for letter in name.chars() {
        match letter {
            '_' => upper = true,
            letter if upper => {
                text.extend(letter.to_uppercase());
                upper = false;
            }
            letter => text.push(letter),
        }
    }
    text
}
