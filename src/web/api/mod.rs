//! The REST interface: every route in one list, mounted and documented at once.

pub mod document;
pub mod exception;
pub mod health;
pub mod me;
pub mod problems;
mod schema;
pub mod sop;
pub mod task;
pub mod text;

use utoipa_actix_web::service_config::ServiceConfig;

use self::exception::{attachments, history, list, records, verbs};

/// Mounts every route. A route that is not here does not exist, and one that is here is documented.
pub fn mount(config: &mut ServiceConfig<'_>) {
    config
        .service(health::check_alive)
        .service(health::check_ready)
        .service(problems::list_problems)
        .service(problems::explain_problem)
        .service(me::get_me)
        .service(sop::list_sops)
        .service(sop::get_sop)
        .service(task::list_tasks)
        .service(task::claim_task)
        .service(task::release_task)
        .service(task::delegate_task)
        .service(records::draft_exception)
        .service(list::list_exceptions)
        .service(records::get_exception)
        .service(records::amend_exception)
        .service(history::list_timeline)
        .service(history::get_dossier)
        .service(history::list_versions)
        .service(history::list_exception_tasks)
        .service(attachments::attach_file)
        .service(attachments::list_attachments)
        .service(attachments::get_attachment)
        .configure(commands);
}

fn commands(config: &mut ServiceConfig<'_>) {
    config
        .service(verbs::submit_exception)
        .service(verbs::withdraw_exception)
        .service(verbs::pass_exception)
        .service(verbs::return_exception)
        .service(verbs::assess_exception)
        .service(verbs::comment_exception)
        .service(verbs::recommend_exception)
        .service(verbs::approve_exception)
        .service(verbs::reject_exception)
        .service(verbs::request_changes)
        .service(verbs::propose_condition)
        .service(verbs::accept_conditions)
        .service(verbs::waive_gate)
        .service(verbs::confirm_control)
        .service(verbs::fail_control)
        .service(verbs::request_extension)
        .service(verbs::reopen_exception)
        .service(verbs::suspend_exception)
        .service(verbs::resume_exception)
        .service(verbs::revoke_exception)
        .service(verbs::close_exception)
        .service(verbs::assign_task)
        .service(verbs::escalate_task)
        .service(verbs::remind_holders)
        .service(verbs::link_record)
        .service(verbs::watch_exception)
        .service(verbs::revert_exception);
}
