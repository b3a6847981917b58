//! How a verb ended: the exit codes, in one place, and the failure that carries one.

use std::process::ExitCode;

use crate::{app::StartError, backup::BackupError, store::StoreError};

/// How a verb ended, as an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// All is well.
    Ok,
    /// It was tried and did not work.
    Failed,
    /// The command line asks for something that cannot be.
    Usage,
    /// No exception covers what was asked.
    NotCovered,
    /// The service or the database does not answer.
    Unreachable,
    /// The configuration is not valid.
    Invalid,
    /// What was verified is not what it claims to be.
    Unverified,
}

impl Code {
    const ALL: [(Self, u8, &str); 7] = [
        (Self::Ok, 0, "done"),
        (Self::Failed, 1, "failed"),
        (Self::Usage, 2, "the command line is wrong"),
        (Self::NotCovered, 3, "not covered by an exception"),
        (Self::Unreachable, 4, "the service or the database does not answer"),
        (Self::Invalid, 5, "the configuration is not valid"),
        (Self::Unverified, 6, "verification failed"),
    ];

    /// Every code with its meaning, for the help.
    pub(super) fn told() -> String {
        let lines = Self::ALL.map(|(_, number, meaning)| format!("  {number}  {meaning}"));
        format!("Exit codes:\n{}", lines.join("\n"))
    }
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        let found = Code::ALL.iter().find(|(known, _, _)| *known == code);
        found.map_or(Self::FAILURE, |(_, number, _)| Self::from(*number))
    }
}

/// Why a verb failed, and with which code.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(super) code: Code,
    pub(super) error: anyhow::Error,
}

impl Failure {
    pub(super) fn new(code: Code, error: impl Into<anyhow::Error>) -> Self {
        Self { code, error: error.into() }
    }

    /// A failure that is told in these words.
    pub(super) fn told(code: Code, words: impl std::fmt::Display) -> Self {
        Self::new(code, anyhow::anyhow!("{words}"))
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        Self { code: judged(&error), error }
    }
}

/// The code of a failure that comes from below.
fn judged(error: &anyhow::Error) -> Code {
    if let Some(error) = error.downcast_ref::<StoreError>() {
        of_store(error)
    } else if let Some(BackupError::Store(error)) = error.downcast_ref() {
        of_store(error)
    } else if let Some(BackupError::Unverified(_)) = error.downcast_ref() {
        Code::Unverified
    } else if let Some(StartError::Store(error)) = error.downcast_ref() {
        of_store(error)
    } else {
        Code::Failed
    }
}

fn of_store(error: &StoreError) -> Code {
    match error {
        StoreError::Broken(_) | StoreError::Pool(_) => Code::Unreachable,
        StoreError::Corrupt(_) => Code::Unverified,
        StoreError::Database(_)
        | StoreError::Busy
        | StoreError::Unknown(_)
        | StoreError::Panicked
        | StoreError::ShuttingDown
        | StoreError::Unsuitable(_) => Code::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_from_below_has_its_code() {
        let away = || StoreError::Broken("away".to_owned());
        let codes = [
            Failure::from(away()).code,
            Failure::from(BackupError::Store(away())).code,
            Failure::from(StartError::Store(away())).code,
            Failure::from(BackupError::Unverified("x".to_owned())).code,
            Failure::from(StoreError::Corrupt("x".to_owned())).code,
            Failure::from(StoreError::Busy).code,
        ];
        let wanted =
            [Code::Unreachable, Code::Unreachable, Code::Unreachable, Code::Unverified, Code::Unverified, Code::Failed];
        assert_eq!(codes, wanted);
    }
}
