//! The page at the web form of an invite, `https://<server>/j#<code>`. It leads a browser to the app.
//!
//! The code is in the fragment, which no browser sends. A script of the page makes the link for the app from it.

use std::sync::LazyLock;

use data_encoding::BASE64;
use sha2::{Digest, Sha256};

/// Where the page is served.
pub(super) const INVITE_PATH: &str = "/j";

const SCRIPT: &str = "\
const code = location.hash.slice(1);
const zh = navigator.language.startsWith('zh');
const say = (id, text) => { document.getElementById(id).textContent = text; };
document.documentElement.lang = zh ? 'zh-CN' : 'en';
if (zh) {
  document.title = '会客厅';
  say('name', '会客厅');
  say('what', '有人邀请你视频通话。');
  say('open', '用会客厅打开');
  say('how', '没有反应？请先安装会客厅，再点一次；或者复制这个页面的地址，粘贴到会客厅的“邀请链接”里。');
}
if (/^[\\w-]{26,200}$/.test(code)) {
  const server = (location.protocol === 'http:' ? 'ws+' : 'wss+') + location.host;
  const open = document.getElementById('open');
  open.href = `parlour://join/${server}/${code}`;
  open.hidden = false;
} else {
  say('what', zh ? '这个邀请不完整，请对方重新发一次。' : 'This invite is incomplete. Ask for it again.');
  document.getElementById('how').hidden = true;
}
";

const STYLE: &str = "\
:root { color-scheme: light dark; --ground: light-dark(#f3ebdf, #1b1611); --text: light-dark(#2c231a, #f6ecdd) }
body { margin: 0; min-height: 100vh; display: grid; place-content: center; justify-items: center; gap: 1rem;
  padding: 1.5rem; box-sizing: border-box; text-align: center; background: var(--ground); color: var(--text);
  font: 1.05rem/1.6 system-ui, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif }
h1, p { margin: 0 }
p { max-width: 26rem }
a { padding: .7rem 1.6rem; border-radius: .8rem; background: #f2b45a; color: #2c1c08; font-weight: 600;
  text-decoration: none }
a[hidden] { display: none }
a:focus-visible { outline: 3px solid var(--text); outline-offset: 3px }
small { max-width: 26rem; opacity: .8 }
";

/// The whole HTTP response.
pub(super) static RESPONSE: LazyLock<String> = LazyLock::new(|| {
    let body = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><title>Parlour</title><style>{STYLE}</style></head><body>\
         <h1 id=\"name\">Parlour</h1><p id=\"what\">You are invited to a video call.</p>\
         <a id=\"open\" hidden>Open in Parlour</a>\
         <small id=\"how\">Nothing happens? Install Parlour first and press again, or copy this page’s address \
         and paste it at <em>Invite link</em> in Parlour.</small>\
         <script>{SCRIPT}</script></body></html>"
    );
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Content-Security-Policy: default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n\
         Referrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-cache\r\n\
         Connection: close\r\n\r\n{body}",
        body.len(),
        csp_hash(SCRIPT),
        csp_hash(STYLE)
    )
});

fn csp_hash(text: &str) -> String {
    BASE64.encode(&Sha256::digest(text))
}
