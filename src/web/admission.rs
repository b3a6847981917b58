//! What a credential is good for, before the door asks what its person may do: a token within its scopes,
//! a session whose password another set only as far as a new one. It knows routes and no resource.

use std::sync::Arc;

use actix_web::{HttpRequest, http::Method};

use super::{
    actor::Credential,
    problem::{Problem, codes},
};
use crate::{
    desk::{Desk, Error},
    identity::sign_in::{Admitted, Within, by_session, by_token},
    words::Scope,
};

/// Where a temporary password leads: who one is, a new password, and out again.
const WITHOUT_PASSWORD: [(Method, &str); 3] =
    [(Method::GET, "/v1/me"), (Method::PUT, "/v1/me/password"), (Method::DELETE, "/v1/session")];

/// The parts of an exception that a filer works on: what follows `/v1/exceptions/{id}/`.
const FILING: [&str; 6] = ["submit", "withdraw", "attachments", "detach", "comment", "link"];

/// What stands before the secret in the address of a calendar's feed.
pub const CALENDAR: &str = "/calendar/";

/// Finds out whose a session or a token is; nobody's where it is unknown, ended or expired. It may block.
pub type Identify = Arc<dyn Fn(&Desk, &Credential) -> Result<Option<Admitted>, Error> + Send + Sync>;

/// By the sessions and tokens of the store.
pub fn identify() -> Identify {
    Arc::new(|desk, credential| {
        let now = desk.clock().now();
        Ok(match credential {
            Credential::Session(secret) => by_session(desk.store(), secret, now)?,
            Credential::Token(text) => by_token(desk.store(), text, now)?,
        })
    })
}

/// Refuses a credential that is not good for this request.
pub fn require(within: &Within, request: &HttpRequest) -> Result<(), Problem> {
    require_at(within, request.method(), request.match_pattern().as_deref().unwrap_or_default())
}

fn require_at(within: &Within, method: &Method, route: &str) -> Result<(), Problem> {
    match within {
        Within::Everything => Ok(()),
        Within::NewPassword if WITHOUT_PASSWORD.iter().any(|(known, path)| known == method && *path == route) => Ok(()),
        Within::NewPassword => {
            let detail = "somebody else set this password; choose your own with PUT /v1/me/password";
            Err(Problem::new(codes::PASSWORD_TEMPORARY, detail))
        }
        Within::Scopes(held) => {
            let needed = scope(method, route);
            // What stands in an address opens nothing but the calendar, and what opens more stands in none.
            if held.contains(&needed) && (needed != Scope::Calendar || held.len() == 1) {
                return Ok(());
            }
            let detail = format!("this token lacks the scope `{needed}`");
            Err(Problem::new(codes::SCOPE_MISSING, detail).with_fact("scope", needed.as_str().into()))
        }
    }
}

/// The scope that a token needs. What is not listed administers, so that a new route is closed at first.
fn scope(method: &Method, route: &str) -> Scope {
    if route.starts_with(CALENDAR) {
        return Scope::Calendar;
    }
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Scope::Read;
    }
    let (collection, command) = route.split_once("/{id}").unwrap_or((route, ""));
    match collection {
        "/v1/exceptions" if command.is_empty() => Scope::File,
        "/v1/exceptions" if FILING.contains(&command.trim_start_matches('/')) => Scope::File,
        "/v1/exceptions" | "/v1/tasks" | "/v1/incidents" => Scope::Work,
        "/v1/imports" => Scope::Import,
        "/access/v1/evaluation" | "/access/v1/evaluations" => Scope::Read,
        other if other.starts_with("/access/v1/search/") => Scope::Read,
        other if other.starts_with("/access/v1/requests") => Scope::File,
        _ => Scope::Administer,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_route_needs_its_scope() {
        for (method, route, needed) in [
            (Method::GET, "/v1/exceptions", Scope::Read),
            (Method::GET, "/calendar/{secret}.ics", Scope::Calendar),
            (Method::GET, "/v1/people/{id}/roles", Scope::Read),
            (Method::POST, "/v1/exceptions", Scope::File),
            (Method::PATCH, "/v1/exceptions/{id}", Scope::File),
            (Method::POST, "/v1/exceptions/{id}/submit", Scope::File),
            (Method::POST, "/v1/exceptions/{id}/attachments", Scope::File),
            (Method::POST, "/v1/exceptions/{id}/detach", Scope::File),
            (Method::POST, "/v1/exceptions/{id}/assess", Scope::Work),
            (Method::POST, "/v1/exceptions/{id}/approve", Scope::Work),
            (Method::POST, "/v1/tasks/{id}/claim", Scope::Work),
            (Method::POST, "/v1/imports", Scope::Import),
            (Method::POST, "/v1/people", Scope::Administer),
            (Method::DELETE, "/v1/people/{id}/roles/{grant}", Scope::Administer),
            (Method::POST, "/v1/tokens", Scope::Administer),
            (Method::POST, "/v1/changes/{id}/confirm", Scope::Administer),
            (Method::POST, "/access/v1/evaluation", Scope::Read),
            (Method::POST, "/v1/something/new", Scope::Administer),
        ] {
            assert_eq!(scope(&method, route), needed, "{method} {route}");
        }
    }

    #[test]
    fn a_token_is_held_to_its_scopes() {
        let within = Within::Scopes(BTreeSet::from([Scope::Read, Scope::File]));
        assert!(require_at(&within, &Method::POST, "/v1/exceptions").is_ok());
        let refused = require_at(&within, &Method::POST, "/v1/exceptions/{id}/assess").expect_err("no such scope");
        assert_eq!(refused.code(), "scope_missing");
    }

    #[test]
    fn a_calendar_takes_a_token_that_is_good_for_nothing_else() {
        let at = |held: &[Scope]| {
            let within = Within::Scopes(held.iter().copied().collect());
            require_at(&within, &Method::GET, "/calendar/{secret}.ics").map_err(|refused| refused.code())
        };
        assert_eq!(at(&[Scope::Calendar]), Ok(()));
        assert_eq!(at(&[Scope::Calendar, Scope::Read]), Err("scope_missing"));
    }

    #[test]
    fn a_temporary_password_leads_to_a_new_one_and_nowhere_else() {
        let at = |method: Method, route: &str| {
            require_at(&Within::NewPassword, &method, route).map_err(|refused| refused.code())
        };
        assert_eq!(at(Method::PUT, "/v1/me/password"), Ok(()));
        assert_eq!(at(Method::GET, "/v1/me"), Ok(()));
        assert_eq!(at(Method::DELETE, "/v1/session"), Ok(()));
        for (method, route) in [(Method::GET, "/v1/people"), (Method::POST, "/v1/exceptions"), (Method::GET, "")] {
            assert_eq!(at(method, route), Err("password_temporary"), "{route}");
        }
    }
}
