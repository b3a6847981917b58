//! What people are told and how it reaches them: an event becomes a letter, a letter becomes mail.
//! It knows neither the store nor the rules; whom to tell was decided with the event.

mod batch;
mod calendar;
pub mod chat;
mod code;
mod concern;
mod delegated;
mod digest;
mod endpoint;
mod html;
pub mod letter;
pub mod mail;
mod matter;
mod plain;
mod report;
pub mod smtp;
mod wording;

pub use batch::batch_held;
pub use code::code;
pub use concern::concern_raised;
pub use delegated::{Delegated, delegated};
pub use digest::digest;
pub use endpoint::endpoint_failed;
pub use letter::{Attached, Rendered, render};
pub use mail::{Mail, Mailer, Note, Recipient, SendError, Thread};
pub use matter::{Matter, commitments};
pub use report::{Carried, Risk, Scheduled, Told as Reported, scheduled};

#[cfg(test)]
mod tests;
