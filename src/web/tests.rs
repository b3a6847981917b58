//! The interface as its clients meet it: over HTTP, in process.

mod document;
mod rim;
