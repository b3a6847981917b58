//! The first administrator of an empty database, by the one-time link that the service printed. Every link
//! that does not hold is answered alike.

use actix_web::{HttpRequest, HttpResponse, post, web::Data};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    administer::words::{Email, NewPassword},
    session,
    text::Label,
};
use crate::{
    desk::{Error, Founder},
    identity::{password::Password, secret::SessionSecret},
    web::{
        Web, hand_over,
        json::Json,
        problem::{Problem, ProblemBody},
    },
    words::PersonId,
};

/// The first administrator.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Setup, example = json!({
    "link": "C0b4n5vC7wGm7gkq3Vg2N3mB4mXkT6yq1cZ0aYb9d8E", "name": "Ada Admin",
    "email": "ada@example.org", "password": "correct horse battery",
}))]
pub struct SetupBody {
    /// The last part of the link.
    #[validate(length(max = 100))]
    #[schema(max_length = 100)]
    pub(crate) link: String,
    /// Their name.
    name: Label,
    /// Their address, with which they sign in.
    email: Email,
    /// Their password.
    password: NewPassword,
}

/// Who administers now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FirstAdministrator)]
pub struct SetUpView {
    /// The account.
    pub person: PersonId,
}

/// Create the first administrator
#[utoipa::path(
    tag = "Sessions",
    summary = "Create the first administrator",
    description = "Possible only while nobody exists, with the one-time link that `proviso serve` or `proviso admin setup-link` printed, within 30 minutes. The administrator is governance too until there are others.",
    request_body(content = SetupBody, description = "The link and the person."),
    security(()),
    responses(
        (status = 201, description = "They may now sign in.", body = SetUpView),
        (status = 404, description = "`not_found`: the link is unknown, used or expired, or somebody exists already; which of them is not told.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/v1/setup")]
pub async fn set_up(web: Data<Web>, request: HttpRequest, sent: Json<SetupBody>) -> Result<HttpResponse, Problem> {
    session::require_own_page(&web, &request)?;
    let person = done(&web, sent.body).await?;
    Ok(HttpResponse::Created().json(SetUpView { person }))
}

/// Creates them. The link is looked at before the password is hashed, so that strangers cost nothing, and
/// used up in the transaction that creates them.
pub(crate) async fn done(web: &Data<Web>, body: SetupBody) -> Result<PersonId, Problem> {
    let link: SessionSecret = body.link.parse().map_err(|_| Error::NotFound("set-up link"))?;
    let hash = link.hash();
    hand_over::read(&web.desk, move |desk| desk.require_setup_link(&hash)).await?;
    let (entrance, now, password): (_, _, Password) = (web.entrance.clone(), web.desk.clock().now(), body.password.0);
    let password =
        hand_over::block(move || entrance.hash(&password).map_err(|error| session::at(error.into(), now))).await?;
    let (email, email_key) = (body.email.0.as_str().to_owned(), body.email.0.key().to_owned());
    let founder = Founder { name: body.name.as_str().to_owned(), email, email_key, password };
    hand_over::write(web.desk.found(Some(hash), &founder)).await
}
