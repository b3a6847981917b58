//! Who is told where a request names a team: `[teams]`, a line for each, with the addresses of people who have an
//! account. Whether anybody has one of them is not known here.

use super::{Config, Problem, intake::Set};
use crate::identity::email::EmailAddress;

const TEAMS: &str = "teams.";

/// Is it the people of a team?
pub(super) fn is_key(name: &str) -> bool {
    name.strip_prefix(TEAMS).is_some_and(|team| !team.is_empty())
}

/// Reads the people of every team; each that is wrong becomes a problem.
pub(super) fn read(set: &Set, config: &mut Config) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, (text, origin)) in set {
        let Some(team) = name.strip_prefix(TEAMS) else { continue };
        let addresses: Result<Vec<EmailAddress>, _> = text.split(',').map(|address| address.trim().parse()).collect();
        if let Ok(addresses) = addresses {
            config.teams.insert(team.to_owned(), addresses);
        } else {
            let remedy = "write the mail addresses of people who have an account, as a list";
            problems.push(Problem::new(name, origin, remedy));
        }
    }
    problems
}
