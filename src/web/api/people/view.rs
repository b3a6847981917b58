//! An account as it is shown: id and name to everybody, the rest to those who may read people.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    desk::{Desk, Error},
    domain::{
        person::{Grant, Person},
        roster::{PasswordStatus, PersonRecord},
    },
    store::{Conn, StoreError, roster},
    web::api::{absences::AbsenceView, administer::texts, text::Instant},
    words::{DomainPath, GrantId, Hash, PersonId, Role},
};

/// An account: a human's or a service's.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Person)]
pub struct PersonView {
    /// Its id.
    pub id: PersonId,
    /// Its name; `null` once it was erased.
    pub name: Option<String>,
    /// Is it a service, an agent or a pipeline?
    pub service: bool,
    /// False once the person left.
    pub active: bool,
    /// From when until when they are away, where they are or will be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absence: Option<AbsenceView>,
    /// What only those see who may read people, and the account's owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<DetailsView>,
}

/// What is known of an account besides its name.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PersonDetails)]
pub struct DetailsView {
    /// Its address; `null` once it was erased.
    pub email: Option<String>,
    /// The human it belongs to: merged accounts share one.
    pub human: PersonId,
    /// For a service account: the human who answers for it.
    pub responsible: Option<PersonId>,
    /// Has it a password, and whose choice is it?
    pub password: PasswordView,
    /// The business unit in which this person works, where that was said.
    pub unit: Option<String>,
    /// The region, likewise.
    pub region: Option<String>,
    /// The roles that it holds.
    pub roles: Vec<RoleView>,
    /// When it was added.
    pub added_at: Instant,
    /// When it last changed.
    pub changed_at: Instant,
}

/// What is known of a password without knowing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PasswordStatus)]
pub enum PasswordView {
    /// There is none.
    Unset,
    /// Somebody else set it.
    Temporary,
    /// Its owner chose it.
    Chosen,
}

/// A role that is held.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = HeldRole)]
pub struct RoleView {
    /// The grant's id.
    pub id: GrantId,
    /// Which role.
    pub role: Role,
    /// Where, and in all below.
    pub domain: DomainPath,
    /// The ledger's leaf that granted it.
    pub leaf: u64,
}

impl From<&Grant> for RoleView {
    fn from(grant: &Grant) -> Self {
        Self { id: grant.id, role: grant.role, domain: grant.domain.clone(), leaf: grant.leaf }
    }
}

/// How much of the accounts is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Id and name.
    Names,
    /// Everything.
    Everything,
}

/// Shows these accounts, in their order.
pub fn people(
    conn: &mut Conn,
    found: &[(PersonId, PersonRecord)],
    sight: Sight,
) -> Result<Vec<PersonView>, StoreError> {
    let commitments: Vec<Hash> = found.iter().flat_map(|(_, record)| [record.name, record.email]).collect();
    let texts = texts(conn, &commitments)?;
    let ids: BTreeSet<PersonId> = match sight {
        Sight::Names => BTreeSet::new(),
        Sight::Everything => found.iter().map(|(id, _)| *id).collect(),
    };
    let held: BTreeMap<PersonId, Person> =
        roster::people(conn, &ids)?.into_iter().map(|person| (person.id, person)).collect();
    Ok(found.iter().map(|(id, record)| person((*id, record), held.get(id), &texts)).collect())
}

fn person(
    (id, record): (PersonId, &PersonRecord),
    held: Option<&Person>,
    texts: &BTreeMap<Hash, String>,
) -> PersonView {
    let details = held.map(|held| DetailsView {
        email: texts.get(&record.email).cloned(),
        human: record.human,
        responsible: record.responsible,
        password: match record.password {
            PasswordStatus::Unset => PasswordView::Unset,
            PasswordStatus::Temporary => PasswordView::Temporary,
            PasswordStatus::Chosen => PasswordView::Chosen,
        },
        unit: record.place.as_ref().map(|place| place.unit.clone()),
        region: record.place.as_ref().and_then(|place| place.region.clone()),
        roles: held.grants.iter().map(RoleView::from).collect(),
        added_at: record.added_at.into(),
        changed_at: record.changed_at.into(),
    });
    PersonView {
        id,
        name: texts.get(&record.name).cloned(),
        service: record.responsible.is_some(),
        active: record.active,
        absence: record.absence.as_ref().map(AbsenceView::from),
        details,
    }
}

/// One account with its version, for its `ETag`.
pub fn one(desk: &Desk, id: PersonId, sight: Sight) -> Result<(PersonView, u64), Error> {
    desk.store().read(|conn| {
        let record = roster::records(conn, &BTreeSet::from([id]))?.remove(&id).ok_or(Error::NotFound("person"))?;
        let version = roster::version_of(conn, id)?.ok_or(Error::NotFound("person"))?;
        let view = people(conn, &[(id, record)], sight)?.pop().ok_or(Error::NotFound("person"))?;
        Ok((view, version))
    })
}
