//! How names and addresses look to people, who take letters of one script for those of another.

mod address;
mod name;

pub use address::shown_address;
pub use name::name_looks;
