//! Accounts: who may be added, changed, let go, taken back and merged, and whose password is whose.

use crate::{
    domain::{
        person::{By, Person, Place},
        refusal::{Refusal, Refused},
        roster::{
            RosterAction, RosterDeed,
            decide::{Case, Ruling, invalid, require_human},
        },
    },
    words::{PersonId, Sealed},
};

/// Adds an account. Whoever left and comes again is the same human: their address stays taken.
pub(super) fn add(action: &RosterAction, case: Case<'_>) -> Result<Ruling, Refused> {
    let RosterAction::AddPerson { person, name, email, responsible } = action else {
        return Err(Refusal::NoSuch { what: "person" }.into());
    };
    if case.ground.subject.is_some() {
        return Err(invalid("/person", "person_exists", "there is an account with this id"));
    }
    require_free_address(case)?;
    if responsible.is_some() {
        case.active_human("/responsible")?;
    }
    let (person, name, email, responsible) = (*person, name.clone(), email.clone(), *responsible);
    Ok(Ruling::plain(RosterDeed::PersonAdded { person, name, email, responsible }))
}

fn require_free_address(case: Case<'_>) -> Result<(), Refused> {
    if !case.ground.email_taken {
        return Ok(());
    }
    let detail = "an account has this address; take its person back if they left, or merge the two accounts";
    Err(invalid("/email", "email_taken", detail))
}

/// Changes a name or an address. Codes and links go to an approver's address, so that is guarded.
pub(super) fn update(
    person: PersonId,
    (name, email): (&Option<Sealed>, &Option<Sealed>),
    case: Case<'_>,
) -> Result<Ruling, Refused> {
    let subject = case.active_subject()?;
    if name.is_none() && email.is_none() {
        return Err(invalid("", "nothing_changed", "give a new name or a new address"));
    }
    if email.is_some() {
        require_free_address(case)?;
    }
    let takes_over = email.is_some() && !case.is_own(subject) && is_empowered(subject, case);
    let deed = RosterDeed::PersonUpdated { person, name: name.clone(), email: email.clone() };
    Ok(Ruling::lowering(
        deed,
        takes_over.then_some("the address of somebody with an approving or administering role is changed"),
    ))
}

/// May the subject approve or administer, by a role or for another?
fn is_empowered(subject: &Person, case: Case<'_>) -> bool {
    case.ground.subject_is_delegate || subject.grants.iter().any(|grant| grant.role.empowers())
}

/// Lets somebody go.
pub(super) fn leave(person: PersonId, case: Case<'_>) -> Result<Ruling, Refused> {
    if !case.subject()?.active {
        return Err(invalid("/person", "already_left", "this person has already left"));
    }
    Ok(Ruling::plain(RosterDeed::PersonLeft { person }))
}

/// Takes somebody back; roles that rested are theirs again.
pub(super) fn come_back(person: PersonId, case: Case<'_>) -> Result<Ruling, Refused> {
    let subject = case.subject()?;
    if subject.active {
        return Err(invalid("/person", "not_left", "this person has not left"));
    }
    if subject.is_service() {
        case.active_human("/person")?;
    }
    let why = subject.grants.iter().any(|grant| grant.role.empowers());
    let why = why.then_some("somebody returns to an approving or administering role");
    Ok(Ruling::lowering(RosterDeed::PersonReturned { person }, why))
}

/// Says that two accounts belong to one human.
pub(super) fn merge(person: PersonId, into: PersonId, case: Case<'_>) -> Result<Ruling, Refused> {
    let subject = case.subject()?;
    let other = case.ground.other.as_ref().ok_or(Refusal::NoSuch { what: "person" })?;
    if subject.is_service() || other.is_service() {
        return Err(invalid(
            "/into",
            "service_is_nobody",
            "a service account belongs to no human; change who answers for it",
        ));
    }
    if subject.human == other.human {
        return Err(invalid("/into", "already_one", "these accounts already belong to one human"));
    }
    let deed = RosterDeed::PersonMerged { person, into };
    Ok(Ruling::lowering(deed, Some("two accounts are merged into one human")))
}

/// Says in which business unit and region somebody works. No right hangs on it, so one person may; what rests on
/// them is looked at again.
pub(super) fn relocate(person: PersonId, place: &Place, case: Case<'_>) -> Result<Ruling, Refused> {
    let subject = case.active_subject()?;
    if subject.is_service() {
        return Err(invalid("/person", "service_is_nowhere", "a service works in no unit; who answers for it does"));
    }
    if subject.place.as_ref() == Some(place) {
        return Err(invalid("", "already_there", "this person works there already"));
    }
    Ok(Ruling::plain(RosterDeed::PersonMoved { person, place: place.clone() }))
}

/// Sets one's own password, or a temporary one for another.
pub(super) fn set_password(person: PersonId, case: Case<'_>) -> Result<Ruling, Refused> {
    let subject = case.active_subject()?;
    if subject.is_service() {
        return Err(invalid("/person", "service_has_no_password", "a service signs in by an API token"));
    }
    let first = case.ground.governance.being_set_up && matches!(case.ground.by, By::System { .. });
    if !first {
        require_human(case.ground)?;
    }
    let own = case.is_own(subject);
    let takes_over = !own && is_empowered(subject, case);
    // What an installation sets, its owner typed into the installation.
    let deed = RosterDeed::PasswordSet { person, temporary: !own && !first };
    Ok(Ruling::lowering(
        deed,
        takes_over.then_some("the password of somebody with an approving or administering role is set by another"),
    ))
}
