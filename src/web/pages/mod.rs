//! Pages for people: rendered here, without scripts, under a policy that runs and fetches nothing foreign.
//! What a page asks for goes through the same door as everything else.

mod absence;
mod admin;
mod assess;
mod assets;
mod ballot;
mod batches;
mod changes;
mod code;
mod command;
mod concerns;
mod decide;
mod decision;
mod desk;
mod dev;
mod dossier;
mod due;
mod enter;
mod error;
mod files;
mod form;
mod forms;
mod home;
mod incidents;
mod layout;
mod ledger;
mod list;
mod markdown;
mod names;
mod outcome;
mod password;
mod ratification;
mod record;
mod refused;
mod register;
mod reports;
mod request;
mod set_up;
mod sheet;
mod shell;
mod sign_in;
mod since;
mod sop;
mod text;
mod together;
mod unsubscribe;
mod visit;

use actix_web::web::{self, ServiceConfig};

pub(super) use self::{
    assets::{packed, reads_gzip},
    error::{explained, told},
    sop::diagram,
};

/// The longest form, in bytes.
const MOST_FORM: usize = 512 * 1024;

/// Mounts every page.
pub(super) fn mount(config: &mut ServiceConfig) {
    overviews(config);
    requests(config);
    config
        .app_data(web::FormConfig::default().limit(MOST_FORM))
        .route("/assets/{name}", web::get().to(assets::style))
        .route("/", web::get().to(home::show))
        .route("/sign-in", web::get().to(enter::show))
        .route("/sign-in", web::post().to(enter::submit))
        .route("/setup/{link}", web::get().to(set_up::ask))
        .route("/setup/{link}", web::post().to(set_up::answer))
        .route("/sign-out", web::post().to(enter::leave))
        .route("/password", web::get().to(password::show))
        .route("/password", web::post().to(password::submit))
        .route("/exceptions", web::get().to(list::show))
        .route("/exceptions/{number}", web::get().to(record::show))
        .route("/exceptions/{number}/versions", web::get().to(record::show_versions))
        .route("/exceptions/{number}/forms/{form}", web::get().to(forms::show))
        .route("/exceptions/{number}/do/{verb}", web::get().to(command::show))
        .route("/exceptions/{number}/do/{verb}", web::post().to(command::submit))
        .route("/exceptions/{number}/decide", web::get().to(decision::show))
        .route("/exceptions/{number}/decide", web::post().to(decision::submit))
        .route("/exceptions/{number}/assess", web::get().to(assess::show))
        .route("/exceptions/{number}/assess", web::post().to(assess::submit))
        .route("/desk", web::get().to(desk::show))
        .route("/desk/together", web::get().to(together::show))
        .route("/desk/together", web::post().to(together::submit))
        .route("/absence", web::get().to(absence::show))
        .route("/absence", web::post().to(absence::submit))
        .route("/absence/end", web::post().to(absence::end))
        .route("/desk/{task}/{verb}", web::post().to(desk::hand))
        .route("/unsubscribe/{token}", web::get().to(unsubscribe::show))
        .route("/unsubscribe/{token}", web::post().to(unsubscribe::submit))
        .route("/decide/{token}", web::get().to(decide::show))
        .route("/decide/{token}", web::post().to(decide::submit))
        .route("/decide/{token}/sign-in", web::post().to(sign_in::submit))
        .route("/decide/{token}/send-code", web::post().to(code::send))
        .route("/decide/{token}/code", web::post().to(code::submit));
}

/// Asking for an exception, and its files.
fn requests(config: &mut ServiceConfig) {
    config
        .route("/request", web::get().to(request::show_start))
        .route("/request", web::post().to(request::begin))
        .route("/request/{number}", web::get().to(request::show_check))
        .route("/request/{number}", web::post().to(request::submit))
        .route("/request/{number}/submitted", web::get().to(request::submitted))
        .route("/request/{number}/files", web::get().to(files::show))
        .route("/request/{number}/files", web::post().to(files::submit))
        .route("/request/{number}/{step}", web::get().to(request::show_step))
        .route("/request/{number}/{step}", web::post().to(request::answer))
        .route("/exceptions/{number}/files", web::get().to(files::show))
        .route("/exceptions/{number}/files", web::post().to(files::submit));
}

/// Pages about many exceptions, or about none.
fn overviews(config: &mut ServiceConfig) {
    operations(config);
    the_register(config);
    admin::mount_people(config);
    config
        .route("/changes", web::get().to(changes::show))
        .route("/changes/{id}", web::get().to(changes::show_one))
        .route("/changes/{id}/confirm", web::post().to(changes::confirm))
        .route("/changes/{id}/reject", web::post().to(changes::reject))
        .route("/batches", web::get().to(batches::show))
        .route("/batches/{id}", web::get().to(batches::show_one))
        .route("/batches/{id}/{verb}", web::post().to(batches::submit))
        .route("/concerns", web::get().to(concerns::show))
        .route("/concerns/{id}", web::get().to(concerns::show_one))
        .route("/concerns/{id}", web::post().to(concerns::answer))
        .route("/ratification", web::get().to(ratification::show))
        .route("/forms/sr-11-7", web::get().to(forms::show_many))
        .route("/ledger", web::get().to(ledger::show))
        .route("/sops", web::get().to(sop::list))
        .route("/sops/{id}", web::get().to(sop::show))
        .route("/sops/{id}/split/{verb}", web::post().to(sop::split::submit))
        .route("/sops/{id}/{version}", web::get().to(sop::show))
        .route("/reports", web::get().to(reports::show))
        .route("/reports/{report}", web::get().to(reports::show));
}

/// Looking after the service.
fn operations(config: &mut ServiceConfig) {
    config
        .route("/admin", web::get().to(admin::show))
        .route("/admin/jobs", web::get().to(admin::jobs::show))
        .route("/admin/jobs/{name}", web::get().to(admin::jobs::show_one))
        .route("/admin/jobs/{name}/{verb}", web::post().to(admin::jobs::submit))
        .route("/admin/automation", web::get().to(admin::automation::show))
        .route("/admin/automation/{verb}", web::post().to(admin::automation::submit))
        .route("/admin/outbox", web::get().to(admin::outbox::show))
        .route("/admin/outbox/retry", web::post().to(admin::outbox::retry))
        .route("/admin/outbox/{id}", web::get().to(admin::outbox::show_one))
        .route("/admin/outbox/{id}/{verb}", web::post().to(admin::outbox::submit))
        .route("/admin/webhooks", web::get().to(admin::webhooks::show))
        .route("/admin/webhooks/add", web::get().to(admin::webhooks::ask))
        .route("/admin/webhooks/add", web::post().to(admin::webhooks::add))
        .route("/admin/webhooks/{id}", web::get().to(admin::webhooks::show_one))
        .route("/admin/webhooks/{id}/{verb}", web::post().to(admin::webhooks::submit))
        .route("/admin/connectors", web::get().to(admin::connectors::show))
        .route("/admin/health", web::get().to(admin::health::show));
}

/// What exceptions deviate from and name, and what went wrong with it.
fn the_register(config: &mut ServiceConfig) {
    config
        .route("/register", web::get().to(register::show))
        .route("/register/{part}/{id}", web::get().to(register::show_one))
        .route("/register/{part}/{id}/do/publish", web::get().to(register::ask))
        .route("/register/{part}/{id}/do/{verb}", web::post().to(register::submit))
        .route("/register/{part}/{id}/{version}", web::get().to(register::show_one))
        .route("/incidents", web::get().to(incidents::show))
        .route("/incidents/report", web::get().to(incidents::ask))
        .route("/incidents/report", web::post().to(incidents::submit))
        .route("/incidents/{id}", web::get().to(incidents::show_one));
}

/// Mounts what only a demonstration has.
pub(super) fn mount_demonstration(config: &mut ServiceConfig) {
    config
        .route("/dev/mailbox", web::get().to(dev::letters))
        .route("/dev/mailbox/{person}/{letter}", web::get().to(dev::letter))
        .route("/dev/sign-in", web::post().to(dev::sign_in));
}
