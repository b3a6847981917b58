//! The one way out to an address that somebody wrote down: webhooks, chat and tickets ask through here.
//! Nothing reaches this machine or its neighbours unless the configuration names them. What is sent, to
//! whom and why is not known here.

mod address;
mod client;
mod guard;
mod permits;
mod reach;
#[cfg(test)]
mod tests;

pub use address::{Address, Unfit};
pub use client::{Answer, Client, Failed, Method, Request, Settings};
pub use permits::PrivateHosts;
pub use reach::{Reach, reach};
