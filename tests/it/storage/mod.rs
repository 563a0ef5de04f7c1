//! The files that the app keeps on disk.

mod golden;
mod settings_file;
