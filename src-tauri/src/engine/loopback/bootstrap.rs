//! The page that whoever has no session gets. It exchanges the token in its fragment for one and names nothing of the app.

use data_encoding::BASE64;
use sha2::{Digest, Sha256};

/// The token leaves the address first. The sentence is for a person who opened the address by hand or too late;
/// the page stands before the UI, so the words are here.
const SCRIPT: &str = "\
const token = location.hash.slice(1);
history.replaceState(null, '', '/');
const closed = () => {
  const zh = navigator.language.startsWith('zh');
  document.documentElement.lang = zh ? 'zh-CN' : 'en';
  document.body.textContent = zh ? '请从会客厅重新打开通话。' : 'Open the call again from Parlour.';
};
if (token === '') closed();
else fetch('/session', { method: 'POST', headers: { 'X-Parlour-Token': token } })
  .then((answer) => (answer.ok ? location.replace('/') : closed()), closed);
";

const STYLE: &str = "\
html { color-scheme: light dark; font: 1.1rem/1.5 system-ui, sans-serif }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; text-align: center }
";

/// The page's text.
pub(super) fn page() -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>\u{200b}</title>\
         <style>{STYLE}</style></head><body><script>{SCRIPT}</script></body></html>"
    )
}

/// Its own policy: this script, this style, one request to the door.
pub(super) fn policy() -> String {
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; connect-src 'self'; \
         base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
}

fn hash(text: &str) -> String {
    BASE64.encode(&Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_no_asset_and_holds_no_end_tag() {
        let page = super::page();
        assert!(!page.contains(".js") && !page.contains("assets"));
        assert!(!super::SCRIPT.contains("</") && !super::STYLE.contains("</"));
    }
}
