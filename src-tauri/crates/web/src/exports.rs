//! The functions of the module.

use parlour_signaling::looks;
use parlour_signaling::protocol::usable_ice_servers;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::invite;
use crate::json::{from_js, thrown, to_js};

/// Servers of one member.
const MAX_ICE_SERVERS: usize = 4;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console)]
    fn error(text: &str);
}

/// A panic would be a bare trap otherwise.
#[wasm_bindgen(start)]
fn start() {
    std::panic::set_hook(Box::new(|panic| error(&panic.to_string())));
}

#[wasm_bindgen(js_name = parseInvite)]
pub fn parse_invite(text: &str) -> Result<JsValue, JsValue> {
    invite::parse(text)
        .map(|invite| to_js(&invite))
        .map_err(thrown)
}

#[wasm_bindgen(js_name = newInvite)]
pub fn new_invite(server: &str) -> Result<JsValue, JsValue> {
    invite::new(server)
        .map(|invite| to_js(&invite))
        .map_err(thrown)
}

#[wasm_bindgen(js_name = nameLooks)]
pub fn name_looks(name: &str) -> JsValue {
    to_js(&looks::name_looks(name))
}

#[wasm_bindgen(js_name = readIceServers)]
pub fn read_ice_servers(value: &JsValue) -> JsValue {
    to_js(&usable_ice_servers(&from_js(value), MAX_ICE_SERVERS))
}
