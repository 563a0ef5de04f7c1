//! The page for a client without a session. It exchanges the token in its fragment for a session, and names nothing of
//! the app.

use data_encoding::BASE64;
use sha2::{Digest, Sha256};

/// Removes the token from the address first. A person who opens the address by hand or too late sees the sentence. It
/// is here and not in the UI's translations because the UI is not loaded yet.
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

pub(super) fn page() -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>\u{200b}</title>\
         <style>{STYLE}</style></head><body><script>{SCRIPT}</script></body></html>"
    )
}

/// Allows this script, this style and requests to the server.
pub(super) fn csp() -> String {
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
    fn the_page_names_no_asset_and_has_no_early_end_tag() {
        let page = super::page();
        assert!(!page.contains(".js") && !page.contains("assets"));
        assert!(!super::SCRIPT.contains("</") && !super::STYLE.contains("</"));
    }
}
