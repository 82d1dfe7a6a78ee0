//! What the layers of all web frameworks have in common.

mod delivery;
mod name;

pub(crate) use delivery::Delivery;
pub(crate) use name::{method, named};
