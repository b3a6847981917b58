//! What the paths of exceptions name.

use serde::Deserialize;
use utoipa::IntoParams;

/// The exception that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents the path; `Call::target` reads it")]
pub struct ExceptionPath {
    /// The exception's id or its number.
    #[param(example = "EX-2026-000042")]
    id: String,
}

/// The attachment that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents the path; `Call::id` reads it")]
pub struct AttachmentPath {
    /// The exception's id or its number.
    #[param(example = "EX-2026-000042")]
    id: String,
    /// The attachment's id.
    #[param(format = "uuid")]
    attachment: String,
}

/// The task that a path names.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "documents the path; `Call::id` reads it")]
pub struct TaskPath {
    /// The task's id.
    #[param(format = "uuid")]
    id: String,
}
