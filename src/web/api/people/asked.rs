//! What is asked about an account, from the body that says it: the same for programs that send JSON and for people
//! who fill in a form. Whether it may happen, the door says.

use super::{
    AddPerson, MergePerson, MovePerson, UpdatePerson, draw_password,
    view::{self, Sight},
};
use crate::{
    domain::{person::Place, roster::RosterAction},
    store::roster::Secrets,
    web::{
        api::administer::{self, Question, look, sealed},
        call::Call,
        problem::{Problem, codes},
    },
    words::{Hash, PersonId},
};

/// To add an account.
pub(in crate::web) async fn to_add(call: &Call, body: AddPerson, of: Hash) -> Result<Question, Problem> {
    let AddPerson { name, email, service } = body;
    let responsible = service.map(|service| service.responsible);
    if let Some(named) = responsible {
        administer::require_person(call, named, "/service/responsible").await?;
    }
    let person = administer::drawn(call, PersonId)?;
    let ((name, sealed_email), openings) =
        sealed(call, |sealer| (sealer.seal("name", name.as_str()), sealer.seal("email", email.0.as_str())))?;
    let action = RosterAction::AddPerson { person, name, email: sealed_email, responsible };
    let secrets = Secrets { email_key: Some(email.0.key().to_owned()), ..Secrets::default() };
    Ok(Question::plain(call, action, of)?.opened_by(openings).with(secrets))
}

/// To change a name or an address.
pub(in crate::web) async fn to_update(
    call: &Call,
    (person, body): (PersonId, UpdatePerson),
    of: Hash,
) -> Result<Question, Problem> {
    let UpdatePerson { name, email } = body;
    look(call, move |desk| view::one(desk, person, Sight::Names)).await?;
    let ((name, sealed_email), openings) = sealed(call, |sealer| {
        let name = name.as_ref().map(|name| sealer.seal("name", name.as_str()));
        (name, email.as_ref().map(|email| sealer.seal("email", email.0.as_str())))
    })?;
    let action = RosterAction::UpdatePerson { person, name, email: sealed_email };
    let secrets = Secrets { email_key: email.map(|email| email.0.key().to_owned()), ..Secrets::default() };
    Ok(Question::plain(call, action, of)?.opened_by(openings).with(secrets))
}

/// To say where somebody works.
pub(in crate::web) fn to_move(
    call: &Call,
    (person, body): (PersonId, MovePerson),
    of: Hash,
) -> Result<Question, Problem> {
    let MovePerson { unit, region } = body;
    let place = Place { unit: unit.as_str().to_owned(), region: region.map(|region| region.as_str().to_owned()) };
    Question::plain(call, RosterAction::Move { person, place }, of)
}

/// To merge an account into another.
pub(in crate::web) async fn to_merge(
    call: &Call,
    (person, body): (PersonId, MergePerson),
    of: Hash,
) -> Result<Question, Problem> {
    let into = known(call, (person, body.into)).await?;
    Question::plain(call, RosterAction::Merge { person, into }, of)
}

/// The account to merge into, once both are known to be there.
pub(super) async fn known(call: &Call, (person, into): (PersonId, PersonId)) -> Result<PersonId, Problem> {
    look(call, move |desk| view::one(desk, person, Sight::Names)).await?;
    administer::require_person(call, into, "/into").await.map(|()| into)
}

/// To set a password for somebody else: the password, and what asks for it.
pub(in crate::web) async fn to_set_password(
    call: &Call,
    person: PersonId,
    of: Hash,
) -> Result<(String, Question), Problem> {
    if call.by.person() == Some(person) {
        return Err(Problem::new(codes::NOT_YOURS, "change your own password with PUT /v1/me/password"));
    }
    let (password, secrets) = draw_password(call).await?;
    Ok((password, Question::plain(call, RosterAction::SetPassword { person }, of)?.with(secrets)))
}
