//! Who holds which role where: by a grant there, or by one above, since a role is held in all below its domain; and
//! the roles that nobody holds.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::HttpResponse;
use askama::Template;
use serde::Deserialize;

use super::{
    door::{self, Link, Listed},
    person,
};
use crate::{
    domain::person::Person,
    store::roster::holders,
    web::{
        pages::{
            layout::page,
            names::Names,
            sheet::{Choice, Question, Sheet},
            shell::Shell,
            text::Tongue,
            visit::Visit,
        },
        problem::Problem,
        query::word,
    },
    words::{DomainPath, PersonId, Role},
};

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Asked {
    #[serde(deserialize_with = "word")]
    role: Option<Role>,
    #[serde(deserialize_with = "word")]
    domain: Option<DomainPath>,
}

#[derive(Template)]
#[template(path = "roles.html")]
struct Page {
    shell: Shell,
    sheet: Sheet,
    ways: Vec<Link>,
    filters: Vec<Question>,
    heading: String,
    rows: Vec<Row>,
    /// The roles that nobody holds there.
    none: String,
}

struct Row {
    role: String,
    domain: String,
    holders: Vec<Holder>,
}

struct Holder {
    id: PersonId,
    name: String,
    /// The domain above where it was granted.
    above: Option<String>,
}

/// One role in one domain: by whom it is held, and where that was granted.
#[derive(Debug, PartialEq, Eq)]
struct Cell {
    role: Role,
    domain: DomainPath,
    held: Vec<(PersonId, DomainPath)>,
}

/// Shows them.
pub(super) async fn show(visit: Visit) -> Result<HttpResponse, Problem> {
    door::require_reader(&visit).await?;
    let Listed { sheet, asked, .. } = Listed::<Asked>::of(&visit, "/admin/roles");
    let read = visit.read(|desk, _| {
        let found = desk.store().read(|conn| holders(conn, Role::ALL))?;
        let found: Vec<Person> = found.into_iter().filter(|person| person.active).collect();
        let names = Names::read(desk, &found.iter().map(|person| person.id).collect())?;
        Ok((found, names))
    });
    let (found, names) = read.await?;
    let t = visit.tongue();
    let cells = cells(&found, asked.role, asked.domain.as_ref());
    let held: BTreeSet<Role> = cells.iter().filter(|cell| !cell.held.is_empty()).map(|cell| cell.role).collect();
    let none = asked_for(asked.role).filter(|role| !held.contains(role));
    let heading = asked.domain.as_ref().map_or_else(
        || t.say("roles-all").to_string(),
        |asked| t.say("roles-in").with("domain", person::domain(t, asked)).to_string(),
    );
    let status = if sheet.is_wrong() { HttpResponse::UnprocessableEntity() } else { HttpResponse::Ok() };
    let shown = Page {
        ways: door::ways(true, &visit.roles(), "/admin/roles"),
        filters: filters(t),
        heading,
        none: none.map(|role| t.name("role", role).to_string()).collect::<Vec<_>>().join(", "),
        rows: cells.iter().filter(|cell| !cell.held.is_empty()).map(|cell| row(t, cell, &names)).collect(),
        sheet,
        shell: visit.shell,
    };
    page(status, &shown)
}

/// Everybody is a requester, and a service may be one without a role.
fn asked_for(role: Option<Role>) -> impl Iterator<Item = Role> {
    let granted = Role::ALL.iter().copied().filter(|one| !matches!(one, Role::Requester | Role::Service));
    granted.filter(move |one| role.is_none_or(|role| role == *one))
}

/// Each role in the domain that is asked about, or in each where somebody holds it.
fn cells(people: &[Person], role: Option<Role>, domain: Option<&DomainPath>) -> Vec<Cell> {
    let mut held: BTreeMap<Role, Vec<(PersonId, DomainPath)>> = BTreeMap::new();
    for person in people {
        for grant in person.grants.iter().filter(|grant| role.is_none_or(|role| role == grant.role)) {
            held.entry(grant.role).or_default().push((person.id, grant.domain.clone()));
        }
    }
    let mut cells = Vec::new();
    for (role, grants) in held {
        let everywhere: BTreeSet<DomainPath> = grants.iter().map(|(_, domain)| domain.clone()).collect();
        let domains = domain.map_or(everywhere, |domain| BTreeSet::from([domain.clone()]));
        cells.extend(domains.into_iter().map(|domain| {
            let mut here: Vec<_> = grants.iter().filter(|(_, above)| above.covers(&domain)).cloned().collect();
            // Those who hold it there itself come first.
            here.sort_by_key(|(_, above)| *above != domain);
            Cell { role, domain, held: here }
        }));
    }
    cells
}

fn row(t: Tongue, cell: &Cell, names: &Names) -> Row {
    let holder = |(id, above): &(PersonId, DomainPath)| Holder {
        id: *id,
        name: names.of(id),
        above: (*above != cell.domain)
            .then(|| t.say("roles-from").with("domain", person::domain(t, above)).to_string()),
    };
    Row {
        role: t.name("role", cell.role).to_string(),
        domain: person::domain(t, &cell.domain),
        holders: cell.held.iter().map(holder).collect(),
    }
}

fn filters(t: Tongue) -> Vec<Question> {
    let roles = Role::ALL.iter().filter(|role| **role != Role::Requester);
    let roles = roles.map(|role| Choice::new(role, t.name("role", role))).collect();
    vec![Question::select("role", t.say("roles-role"), roles), Question::line("domain", t.say("roles-filter"))]
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{domain::person::Grant, words::GrantId};

    fn holder(n: u128, held: &[(Role, &str)]) -> Person {
        let id = PersonId(Uuid::from_u128(n));
        let grant = |(role, domain): &(Role, &str)| Grant {
            id: GrantId(Uuid::from_u128(n)),
            role: *role,
            domain: domain.parse().expect("a domain"),
            leaf: 1,
        };
        Person {
            id,
            human: id,
            responsible: None,
            active: true,
            absence: None,
            place: None,
            moved_at: None,
            grants: held.iter().map(grant).collect(),
        }
    }

    #[test]
    fn a_role_is_held_in_all_below_its_domain_and_nowhere_else() {
        let people = [holder(1, &[(Role::Ciso, "/")]), holder(2, &[(Role::Ciso, "eu/retail"), (Role::Legal, "us")])];
        let path = |text: &str| text.parse::<DomainPath>().expect("a domain");
        let (one, two) = (people[0].id, people[1].id);
        let all = cells(&people, None, None);
        let ciso: Vec<_> = all.iter().filter(|cell| cell.role == Role::Ciso).collect();
        assert_eq!(ciso.len(), 2, "a row for each domain where somebody holds it");
        assert_eq!(ciso[0].held, [(one, path("/"))]);
        assert_eq!(ciso[1].held, [(two, path("eu/retail")), (one, path("/"))], "there first, then from above");
        let eu = cells(&people, None, Some(&path("eu")));
        let held = |role: Role| eu.iter().find(|cell| cell.role == role).map(|cell| cell.held.len());
        assert_eq!((held(Role::Ciso), held(Role::Legal)), (Some(1), Some(0)), "below is not above, and beside neither");
        assert!(cells(&people, Some(Role::Cro), None).is_empty());
        assert!(asked_for(None).all(|role| role != Role::Requester && role != Role::Service));
    }
}
