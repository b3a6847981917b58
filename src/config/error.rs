//! What is wrong with a configuration: which key, where it was written, and what to do.

use std::fmt;

use super::Origin;

/// Everything that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// At least one.
    pub problems: Vec<Problem>,
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.problems.iter().enumerate() {
            if n > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

/// One thing that is wrong: which key, where it was set, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key, or the file or variable when there is none.
    pub key: String,
    /// Where it was set.
    pub origin: Origin,
    /// What is wrong and what to do; never a secret's value.
    pub remedy: String,
}

impl Problem {
    pub(super) fn new(key: &str, origin: &Origin, remedy: impl Into<String>) -> Self {
        Self { key: key.to_owned(), origin: origin.clone(), remedy: remedy.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::Default => write!(f, "{}: {}", self.key, self.remedy),
            origin @ (Origin::File { .. } | Origin::Env(_) | Origin::Flag) => {
                write!(f, "{} ({origin}): {}", self.key, self.remedy)
            }
        }
    }
}
