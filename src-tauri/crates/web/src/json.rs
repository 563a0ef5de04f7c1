//! Values on their way between JavaScript and Rust, as JSON.

use js_sys::JSON;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use wasm_bindgen::JsValue;

use crate::error::AppError;

/// As JavaScript has it.
pub(crate) fn to_js(value: &impl Serialize) -> JsValue {
    let text = serde_json::to_string(value).unwrap_or_default();
    JSON::parse(&text).unwrap_or(JsValue::NULL)
}

/// As Rust has it. What JSON has not is `null`.
pub(crate) fn from_js(value: &JsValue) -> Value {
    let text = JSON::stringify(value)
        .ok()
        .and_then(|text| text.as_string());
    text.and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or(Value::Null)
}

/// Reads an argument.
pub(crate) fn read<T: DeserializeOwned>(value: &JsValue) -> Result<T, AppError> {
    serde_json::from_value(from_js(value)).map_err(|error| AppError::new("internal", error))
}

/// The error that a call throws.
pub(crate) fn thrown(error: impl Into<AppError>) -> JsValue {
    to_js(&error.into())
}
