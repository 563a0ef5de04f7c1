//! The tray. Its content is decided here; each system shows it in its own way.

mod icon;
#[cfg(target_os = "linux")]
mod ksni;
#[cfg(not(target_os = "linux"))]
mod tauri;

#[cfg(target_os = "linux")]
pub(super) use self::ksni::run;
#[cfg(not(target_os = "linux"))]
pub(super) use self::tauri::run;

use self::icon::Badge;
use crate::controller::{ControllerHandle, DesktopRequest};
use crate::view::{AppView, CallCommand, TrayLabels};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum CallStatus {
    #[default]
    Home,
    /// In a room whose call no page runs.
    Room,
    Call {
        muted: bool,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TrayModel {
    status: CallStatus,
    /// The tray is not shown before the page sets them.
    pub(super) labels: TrayLabels,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    Mute,
    Show,
    Leave,
    Quit,
}

impl TrayModel {
    /// Returns whether the view changes what the tray shows.
    pub(super) fn update(&mut self, view: &AppView) -> bool {
        let status = match (&view.room, view.call) {
            (None, _) => CallStatus::Home,
            (Some(_), None) => CallStatus::Room,
            (Some(_), Some(call)) => CallStatus::Call { muted: !call.mic },
        };
        let is_new = status != self.status;
        self.status = status;
        is_new
    }

    fn has_labels(&self) -> bool {
        !self.labels.name.is_empty()
    }

    fn badge(&self) -> Badge {
        match self.status {
            CallStatus::Home | CallStatus::Room => Badge::None,
            CallStatus::Call { muted: false } => Badge::Live,
            CallStatus::Call { muted: true } => Badge::Muted,
        }
    }

    /// The tooltip of the icon.
    fn title(&self) -> &str {
        match self.status {
            CallStatus::Home | CallStatus::Room => &self.labels.name,
            CallStatus::Call { muted: false } => &self.labels.in_call,
            CallStatus::Call { muted: true } => &self.labels.muted,
        }
    }

    fn entries(&self) -> Vec<(Entry, &str)> {
        let labels = &self.labels;
        let mut entries = Vec::new();
        if let CallStatus::Call { muted } = self.status {
            let label = if muted { &labels.unmute } else { &labels.mute };
            entries.push((Entry::Mute, label.as_str()));
        }
        entries.push((Entry::Show, &labels.show));
        if self.status != CallStatus::Home {
            entries.push((Entry::Leave, &labels.leave));
        }
        entries.push((Entry::Quit, &labels.quit));
        entries
    }
}

impl Entry {
    fn run(self, controller: &ControllerHandle) {
        match self {
            Self::Mute => controller
                .desktop_request(DesktopRequest::CallCommand(CallCommand::ToggleMicrophone)),
            Self::Show => controller.desktop_request(DesktopRequest::Show),
            Self::Leave => controller.desktop_request(DesktopRequest::Leave),
            Self::Quit => controller.quit(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(status: CallStatus) -> TrayModel {
        let label = str::to_owned;
        TrayModel {
            status,
            labels: TrayLabels {
                name: label("Parlour"),
                in_call: label("In a call"),
                muted: label("Muted"),
                mute: label("Mute"),
                unmute: label("Unmute"),
                show: label("Show"),
                leave: label("Leave"),
                quit: label("Quit"),
            },
        }
    }

    fn menu(status: CallStatus) -> Vec<String> {
        let view = view(status);
        let labels = view
            .entries()
            .into_iter()
            .map(|(_, label)| label.to_owned());
        labels.collect()
    }

    #[test]
    fn the_menu_offers_what_is_possible() {
        assert_eq!(menu(CallStatus::Home), ["Show", "Quit"]);
        assert_eq!(menu(CallStatus::Room), ["Show", "Leave", "Quit"]);
        let call = menu(CallStatus::Call { muted: false });
        assert_eq!(call, ["Mute", "Show", "Leave", "Quit"]);
        assert_eq!(menu(CallStatus::Call { muted: true })[0], "Unmute");
    }

    #[test]
    fn the_icon_shows_whether_the_microphone_is_on() {
        let icon = |status| {
            let view = view(status);
            (view.badge(), view.title().to_owned())
        };
        assert_eq!(icon(CallStatus::Home), (Badge::None, "Parlour".into()));
        assert_eq!(
            icon(CallStatus::Call { muted: false }),
            (Badge::Live, "In a call".into())
        );
        assert_eq!(
            icon(CallStatus::Call { muted: true }),
            (Badge::Muted, "Muted".into())
        );
        assert!(!TrayModel::default().has_labels());
    }
}
