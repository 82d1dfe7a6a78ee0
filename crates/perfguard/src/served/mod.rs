//! What the layers of all web frameworks have in common.

mod delivery;
mod judged;
mod name;
mod options;
mod running;
mod server_timing;

pub(crate) use delivery::Delivery;
pub(crate) use judged::Judged;
pub(crate) use name::{method, named};
pub(crate) use options::Options;
pub(crate) use running::Running;
pub(crate) use server_timing::SERVER_TIMING;
