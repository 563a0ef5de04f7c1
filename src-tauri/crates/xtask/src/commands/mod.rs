//! One command a module.

pub(crate) mod bench;
pub(crate) mod bindings;
pub(crate) mod bundle;
pub(crate) mod demo;
pub(crate) mod fuzz;
pub(crate) mod guest;
pub(crate) mod icons;
pub(crate) mod network;
pub(crate) mod package;
pub(crate) mod platforms;
pub(crate) mod run;
pub(crate) mod screenshots;
pub(crate) mod test;
