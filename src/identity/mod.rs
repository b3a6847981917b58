//! Who somebody is: addresses, passwords, tokens and session secrets, and how often they may be tried.
//! It knows nothing of what a person may do, and reads neither the clock nor randomness by itself.

pub mod email;
pub mod mail_link;
pub mod password;
pub mod secret;
pub mod sign_in;
pub mod throttle;
pub mod webhook;
