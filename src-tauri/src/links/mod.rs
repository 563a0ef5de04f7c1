//! Links into the app and out of it.

pub mod deep_link;
pub(crate) mod external_url;
