//! The figures, each measured on one program at a time.

pub(crate) mod idle;
pub(crate) mod join;
pub(crate) mod relay;
