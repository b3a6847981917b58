//! How a verb ended: the exit codes, in one place, and the failure that carries one.

use std::process::ExitCode;

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
        Self::new(Code::Failed, error)
    }
}
