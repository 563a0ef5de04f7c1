//! The app's files on disk, in the profile's folder.

pub(crate) mod atomic_file;
pub mod last_room;
pub mod profile;
pub mod settings;
pub mod settings_file;
