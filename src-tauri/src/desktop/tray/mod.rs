//! The tray: what it shows is pure, how is the system's.

mod icon;
#[cfg(target_os = "linux")]
mod ksni;
#[cfg(not(target_os = "linux"))]
mod tauri;

#[cfg(target_os = "linux")]
pub(super) use self::ksni::follow;
#[cfg(not(target_os = "linux"))]
pub(super) use self::tauri::follow;

use self::icon::Mark;
use crate::controller::{ControllerHandle, DesktopRequest};
use crate::view::{AppView, CallCommand, TrayLabels};

/// How far one is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    #[default]
    Home,
    /// In a room, while no page runs the call.
    Room,
    Call {
        muted: bool,
    },
}

/// What the tray shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TrayView {
    part: Part,
    /// Nothing is shown before they are known.
    pub(super) words: TrayLabels,
}

/// An entry of the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    Mute,
    Show,
    Leave,
    Quit,
}

impl TrayView {
    /// Whether the view changes anything here.
    pub(super) fn follow(&mut self, view: &AppView) -> bool {
        let part = match (&view.room, view.call) {
            (None, _) => Part::Home,
            (Some(_), None) => Part::Room,
            (Some(_), Some(call)) => Part::Call { muted: !call.mic },
        };
        let is_new = part != self.part;
        self.part = part;
        is_new
    }

    fn is_known(&self) -> bool {
        !self.words.name.is_empty()
    }

    fn mark(&self) -> Mark {
        match self.part {
            Part::Home | Part::Room => Mark::Bare,
            Part::Call { muted: false } => Mark::Live,
            Part::Call { muted: true } => Mark::Muted,
        }
    }

    /// What the icon says.
    fn title(&self) -> &str {
        match self.part {
            Part::Home | Part::Room => &self.words.name,
            Part::Call { muted: false } => &self.words.in_call,
            Part::Call { muted: true } => &self.words.muted,
        }
    }

    fn entries(&self) -> Vec<(Entry, &str)> {
        let words = &self.words;
        let mut entries = Vec::new();
        if let Part::Call { muted } = self.part {
            let word = if muted { &words.unmute } else { &words.mute };
            entries.push((Entry::Mute, word.as_str()));
        }
        entries.push((Entry::Show, &words.show));
        if self.part != Part::Home {
            entries.push((Entry::Leave, &words.leave));
        }
        entries.push((Entry::Quit, &words.quit));
        entries
    }
}

impl Entry {
    fn choose(self, desk: &ControllerHandle) {
        match self {
            Self::Mute => {
                desk.desktop_request(DesktopRequest::CallCommand(CallCommand::ToggleMicrophone))
            }
            Self::Show => desk.desktop_request(DesktopRequest::Show),
            Self::Leave => desk.desktop_request(DesktopRequest::Leave),
            Self::Quit => desk.quit(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(part: Part) -> TrayView {
        let word = str::to_owned;
        TrayView {
            part,
            words: TrayLabels {
                name: word("Parlour"),
                in_call: word("In a call"),
                muted: word("Muted"),
                mute: word("Mute"),
                unmute: word("Unmute"),
                show: word("Show"),
                leave: word("Leave"),
                quit: word("Quit"),
            },
        }
    }

    fn menu(part: Part) -> Vec<String> {
        let view = view(part);
        let words = view.entries().into_iter().map(|(_, word)| word.to_owned());
        words.collect()
    }

    #[test]
    fn the_menu_offers_what_can_be_done() {
        assert_eq!(menu(Part::Home), ["Show", "Quit"]);
        assert_eq!(menu(Part::Room), ["Show", "Leave", "Quit"]);
        let call = menu(Part::Call { muted: false });
        assert_eq!(call, ["Mute", "Show", "Leave", "Quit"]);
        assert_eq!(menu(Part::Call { muted: true })[0], "Unmute");
    }

    #[test]
    fn the_icon_says_whether_one_is_heard() {
        let said = |part| {
            let view = view(part);
            (view.mark(), view.title().to_owned())
        };
        assert_eq!(said(Part::Home), (Mark::Bare, "Parlour".into()));
        assert_eq!(
            said(Part::Call { muted: false }),
            (Mark::Live, "In a call".into())
        );
        assert_eq!(
            said(Part::Call { muted: true }),
            (Mark::Muted, "Muted".into())
        );
        assert!(!TrayView::default().is_known());
    }
}
