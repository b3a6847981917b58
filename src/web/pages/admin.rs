//! Administration as pages: who there is, who holds what where, who acts for whom, and by what programs come in.
//! Every button is the command of the interface, through the same door.

mod delegations;
mod door;
mod people;
mod person;
mod roles;
mod tokens;

use actix_web::web::{self, ServiceConfig};

pub(super) use self::door::{Link, reads, ways};

/// Mounts the pages about people, and what they may.
pub(super) fn mount_people(config: &mut ServiceConfig) {
    config
        .route("/admin/people", web::get().to(people::show))
        .route("/admin/people/new", web::get().to(people::ask))
        .route("/admin/people/new", web::post().to(people::add))
        .route("/admin/people/{id}", web::get().to(person::show))
        .route("/admin/people/{id}/do/{verb}", web::get().to(person::ask))
        .route("/admin/people/{id}/do/{verb}", web::post().to(person::submit))
        .route("/admin/roles", web::get().to(roles::show))
        .route("/admin/delegations", web::get().to(delegations::show))
        .route("/admin/delegations/new", web::get().to(delegations::ask))
        .route("/admin/delegations/new", web::post().to(delegations::give))
        .route("/admin/delegations/{id}/end", web::post().to(delegations::end))
        .route("/admin/tokens", web::get().to(tokens::show))
        .route("/admin/tokens/new", web::get().to(tokens::ask))
        .route("/admin/tokens/new", web::post().to(tokens::issue))
        .route("/admin/tokens/{id}/revoke", web::post().to(tokens::revoke));
}
