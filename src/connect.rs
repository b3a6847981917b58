//! Connectors: what other systems are told of an event, as calls that a document describes. This part reads
//! the documents, fills them in and makes the calls; when, and with what retries, is the jobs' business.

pub mod brake;
pub mod check;
pub mod connector;
pub mod document;
pub mod fields;
pub mod people;
pub mod preset;
pub mod send;
pub mod template;

pub use connector::{Action, Connector, Credentials, Kind, Secret};
pub use template::BadTemplate;
