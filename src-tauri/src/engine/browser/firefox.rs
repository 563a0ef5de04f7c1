//! Firefox: the arguments, the files of its profile that grant camera and microphone and hide its bars, and the
//! leftovers of a call.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use super::folders::{Leftovers, file_url};
use crate::storage::atomic_file;

const PREFERENCES: &str = r#"// Written by Parlour at every start.
user_pref("app.normandy.enabled", false);
user_pref("app.shield.optoutstudies.enabled", false);
user_pref("app.update.auto", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.newtabpage.enabled", false);
user_pref("browser.preonboarding.enabled", false);
user_pref("browser.sessionstore.resume_from_crash", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.homepage", "about:blank");
user_pref("browser.startup.homepage_override.mstone", "ignore");
user_pref("browser.startup.page", 0);
user_pref("browser.tabs.inTitlebar", 0);
user_pref("browser.tabs.warnOnClose", false);
user_pref("browser.toolbars.bookmarks.visibility", "never");
user_pref("browser.translations.automaticallyPopup", false);
user_pref("datareporting.healthreport.uploadEnabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("dom.allow_scripts_to_close_windows", true);
user_pref("media.autoplay.blocking_policy", 0);
user_pref("media.autoplay.default", 0);
user_pref("media.peerconnection.ice.obfuscate_host_addresses", false);
user_pref("permissions.default.camera", 2);
user_pref("permissions.default.desktop-notification", 2);
user_pref("permissions.default.geo", 2);
user_pref("permissions.default.microphone", 2);
user_pref("places.history.enabled", false);
user_pref("signon.rememberSignons", false);
user_pref("startup.homepage_welcome_url", "");
user_pref("termsofuse.bypassNotification", true);
user_pref("toolkit.legacyUserProfileCustomizations.stylesheets", true);
user_pref("toolkit.telemetry.reportingpolicy.firstRun", false);
user_pref("trailhead.firstrun.didSeeAboutWelcome", true);
"#;

/// Hides the address bar, and the tabs while there is only one: Firefox has no app mode. The system draws the title bar
/// with the window's buttons (`browser.tabs.inTitlebar`). A second tab, which a key can open, shows the way back.
const STYLE: &str = "\
#nav-bar, #PersonalToolbar, #toolbar-menubar { visibility: collapse !important; }
:root:not(:has(.tabbrowser-tab ~ .tabbrowser-tab)) #TabsToolbar { visibility: collapse !important; }
";

/// Files that tell of calls. The browser's own record of permissions goes too, so that the granted ones are the only
/// ones.
pub(super) const LEFTOVERS: &[Leftovers] = &[Leftovers {
    folder: "",
    prefixes: &[
        "cache2",
        "crashes",
        "favicons.sqlite",
        "minidumps",
        "permissions.sqlite",
        "places.sqlite",
        "sessionstore",
        "thumbnails",
    ],
}];

/// Turns the crash reporter off: a crash dump contains the call's memory.
pub(super) fn environment() -> Vec<(&'static str, OsString)> {
    vec![("MOZ_CRASHREPORTER_DISABLE", "1".into())]
}

pub(super) fn arguments(profile: &Path, url: &str) -> Vec<OsString> {
    vec![
        "--new-instance".into(),
        "--profile".into(),
        profile.into(),
        "--new-window".into(),
        url.into(),
    ]
}

/// Writes the preferences, the permissions of this origin, and the style that hides the bars.
pub(super) fn write_preferences(profile: &Path, origin: &str) -> io::Result<()> {
    let permissions = profile.join("parlour-permissions");
    let granted = ["camera", "microphone"].map(|name| format!("origin\t{name}\t1\t{origin}\n"));
    atomic_file::write(&permissions, granted.concat().as_bytes())?;
    // The path's special characters are percent-encoded, quotation marks too.
    let line = format!(
        "user_pref(\"permissions.manager.defaultsUrl\", \"{}\");\n",
        file_url(&permissions)?
    );
    let preferences = [PREFERENCES, &line].concat();
    atomic_file::write(&profile.join("user.js"), preferences.as_bytes())?;
    let chrome = profile.join("chrome");
    atomic_file::create_private_folder(&chrome)?;
    atomic_file::write(&chrome.join("userChrome.css"), STYLE.as_bytes())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_window_opens_with_its_own_profile() {
        let arguments = arguments(Path::new("/p/browser"), "file:///p/door/call.html");
        let rest = ["--new-instance", "--profile", "/p/browser", "--new-window"];
        assert_eq!(arguments[..4], rest);
        assert_eq!(arguments[4..], ["file:///p/door/call.html"]);
    }

    #[test]
    fn camera_and_microphone_are_granted_to_the_origin_alone() {
        let temp = tempfile::tempdir().unwrap();
        let profile = temp.path().join("a \"b\" é");
        std::fs::create_dir(&profile).unwrap();
        for origin in ["http://127.0.0.1:3999", "http://127.0.0.1:4000"] {
            write_preferences(&profile, origin).unwrap();
        }
        let text = std::fs::read_to_string(profile.join("user.js")).unwrap();
        let preference = |line: &str| line.starts_with("user_pref(\"") && line.ends_with(");");
        assert!(text.lines().skip(1).all(preference));
        assert!(!text.contains("media.navigator.permission.disabled"));
        let last = text.lines().last().unwrap();
        let quoted = last.split('"').collect::<Vec<_>>();
        assert_eq!(quoted.len(), 5, "{last}");
        let granted = tauri::Url::parse(quoted[3])
            .unwrap()
            .to_file_path()
            .unwrap();
        assert_eq!(
            std::fs::read_to_string(granted).unwrap(),
            "origin\tcamera\t1\thttp://127.0.0.1:4000\norigin\tmicrophone\t1\thttp://127.0.0.1:4000\n"
        );
    }
}
