//! The one place where work that blocks leaves the event loop: reads go to a pool of threads, writes
//! are awaited after their commit. It knows nothing of what is read or written.

use actix_web::web;

use super::problem::Problem;
use std::sync::Arc;

use crate::{
    desk::{Desk, Error, Laws, Pending},
    trace,
};

/// Reads through the door on a thread that may block.
pub async fn read<T: Send + 'static>(
    desk: &Desk,
    job: impl FnOnce(&Desk) -> Result<T, Error> + Send + 'static,
) -> Result<T, Problem> {
    let desk = desk.clone();
    block(move || job(&desk)).await
}

/// The laws as they are published now.
pub async fn laws(desk: &Desk) -> Result<Arc<Laws>, Problem> {
    read(desk, |desk| Ok(desk.laws())).await
}

/// Awaits what was asked of the writer; only the queue's being full answers at once.
pub async fn write<T>(pending: Result<Pending<T>, Error>) -> Result<T, Problem> {
    Ok(pending?.await?)
}

/// Does something that blocks, such as reading a file.
pub async fn block<T: Send + 'static, E: Into<Problem> + Send + 'static>(
    job: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, Problem> {
    let span = trace::read();
    web::block(move || span.in_scope(job)).await.map_err(Problem::internal)?.map_err(Into::into)
}
