//! The REST interface: every route in one list, mounted and documented at once.

pub mod absences;
pub mod administer;
pub mod automation;
pub mod batches;
pub mod calendar;
pub mod changes;
pub mod concerns;
pub mod connectors;
pub mod delegations;
pub mod difference;
pub mod document;
pub mod erasure;
pub mod events;
pub mod exception;
pub mod exports;
pub mod health;
pub mod imports;
pub mod incidents;
pub mod intake;
pub mod jobs;
pub mod ledger;
pub mod mailbox;
pub mod me;
pub mod outbox;
pub mod people;
pub mod preferences;
pub mod problems;
mod refused;
pub mod register;
pub mod reports;
pub mod roles;
mod schema;
pub mod session;
pub mod settings;
pub mod setup;
pub mod sops;
pub mod task;
pub mod text;
pub mod tokens;
pub mod webhooks;

use actix_web::dev::HttpServiceFactory;
use utoipa_actix_web::OpenApiFactory;

use self::{
    exception::{attachments, budgets, export, history, list, past, records, talk, verbs},
    register::{diff, policies, regulations, systems},
};

/// Where routes go: into the service, or into its document.
pub trait Routes {
    /// Takes one.
    fn service(&mut self, route: impl HttpServiceFactory + OpenApiFactory + 'static) -> &mut Self;
}

impl Routes for actix_web::web::ServiceConfig {
    fn service(&mut self, route: impl HttpServiceFactory + OpenApiFactory + 'static) -> &mut Self {
        Self::service(self, route)
    }
}

impl Routes for utoipa_actix_web::service_config::ServiceConfig<'_> {
    fn service(&mut self, route: impl HttpServiceFactory + OpenApiFactory + 'static) -> &mut Self {
        Self::service(self, route)
    }
}

/// Mounts every route. A route that is not here does not exist, and one that is here is documented.
pub fn mount(routes: &mut impl Routes) {
    routes
        .service(health::check_alive)
        .service(health::check_ready)
        .service(session::create_session)
        .service(session::end_session)
        .service(setup::set_up)
        .service(problems::list_problems)
        .service(problems::explain_problem)
        .service(me::get_me)
        .service(me::change_password)
        .service(preferences::get_preferences)
        .service(preferences::set_preferences)
        .service(absences::set_my_absence)
        .service(absences::end_my_absence)
        .service(absences::set_absence)
        .service(absences::end_absence)
        .service(erasure::get_erasure)
        .service(erasure::erase_person)
        .service(erasure::hold_person)
        .service(erasure::release_person)
        .service(mailbox::list_mailbox)
        .service(mailbox::get_mailbox_letter)
        .service(mailbox::read_mailbox_letter)
        .service(intake::take_in)
        .service(intake::verify_intake);
    procedures(routes);
    exceptions(routes);
    told(routes);
    automated(routes);
    commands(routes);
    entries(routes);
    administration(routes);
}

fn procedures(routes: &mut impl Routes) {
    routes
        .service(sops::list_sops)
        .service(sops::get_sop)
        .service(sops::list_sop_versions)
        .service(sops::get_sop_version)
        .service(sops::diagram::draw_sop)
        .service(sops::govern::lint_sop)
        .service(sops::replay::replay_sop)
        .service(sops::shadow::shadow_sop)
        .service(sops::shadow::get_shadow)
        .service(sops::shadow::end_shadow)
        .service(sops::split::begin_split)
        .service(sops::split::get_split)
        .service(sops::split::hold_split)
        .service(sops::split::release_split)
        .service(sops::split::end_split)
        .service(sops::govern::publish_sop)
        .service(sops::govern::retire_sop);
}

fn exceptions(routes: &mut impl Routes) {
    routes
        .service(task::list_tasks)
        .service(task::claim_task)
        .service(task::release_task)
        .service(task::delegate_task)
        .service(records::draft_exception)
        .service(imports::import_exceptions)
        .service(list::list_exceptions)
        .service(export::export_exceptions)
        .service(records::get_exception)
        .service(records::amend_exception)
        .service(history::list_timeline)
        .service(events::list_events)
        .service(history::get_dossier)
        .service(history::list_versions)
        .service(history::list_exception_tasks)
        .service(talk::list_comments)
        .service(past::list_prior)
        .service(budgets::list_used_up)
        .service(attachments::attach_file)
        .service(attachments::list_attachments)
        .service(attachments::get_attachment);
}

fn told(routes: &mut impl Routes) {
    routes
        .service(reports::get_report)
        .service(calendar::get_calendar)
        .service(exports::export_tasks)
        .service(exports::export_people)
        .service(exports::export_events)
        .service(ledger::get_checkpoint)
        .service(ledger::get_ledger_key)
        .service(ledger::get_tile)
        .service(ledger::get_proof)
        .service(ledger::get_pack)
        .service(ledger::export_record);
}

fn automated(routes: &mut impl Routes) {
    routes
        .service(automation::get_automation)
        .service(automation::switch_automation)
        .service(automation::preview_automation)
        .service(settings::reload_settings)
        .service(jobs::list_jobs)
        .service(jobs::get_job)
        .service(jobs::run_job)
        .service(jobs::pause_job)
        .service(jobs::resume_job)
        .service(batches::list_batches)
        .service(batches::get_batch)
        .service(batches::preview_batch)
        .service(batches::hold_batch)
        .service(batches::release_batch)
        .service(batches::revert_batch)
        .service(incidents::report_incident)
        .service(incidents::preview_incident)
        .service(incidents::list_incidents)
        .service(incidents::get_incident)
        .service(concerns::list_concerns)
        .service(concerns::get_concern)
        .service(concerns::answer_concern);
}

fn entries(routes: &mut impl Routes) {
    routes
        .service(policies::list_policies)
        .service(policies::get_policy)
        .service(policies::list_policy_versions)
        .service(policies::get_policy_version)
        .service(policies::diff_policy)
        .service(policies::publish_policy)
        .service(regulations::list_regulations)
        .service(regulations::get_regulation)
        .service(regulations::list_regulation_versions)
        .service(regulations::get_regulation_version)
        .service(regulations::publish_regulation)
        .service(systems::list_systems)
        .service(systems::register_system)
        .service(systems::get_system)
        .service(systems::list_system_versions)
        .service(systems::get_system_version)
        .service(systems::publish_system)
        .service(systems::retire_system)
        .service(diff::diff_regulation)
        .service(diff::diff_system);
}

fn administration(routes: &mut impl Routes) {
    routes
        .service(people::list_people)
        .service(people::add_person)
        .service(people::get_person)
        .service(people::update_person)
        .service(people::move_person)
        .service(people::leave_person)
        .service(people::return_person)
        .service(people::merge_person)
        .service(people::set_password)
        .service(roles::list_roles)
        .service(roles::grant_role)
        .service(roles::remove_role)
        .service(delegations::list_delegations)
        .service(delegations::delegate_approval)
        .service(delegations::end_delegation)
        .service(tokens::list_tokens)
        .service(tokens::issue_token)
        .service(tokens::revoke_token)
        .service(changes::list_changes)
        .service(changes::get_change)
        .service(changes::confirm_change)
        .service(changes::reject_change)
        .service(outbox::list_letters)
        .service(outbox::get_letter)
        .service(outbox::retry_letter)
        .service(outbox::retry_letters)
        .service(outbox::discard_letter)
        .service(connectors::list_connectors)
        .service(connectors::map_data_flows);
    endpoints(routes);
}

fn endpoints(routes: &mut impl Routes) {
    routes
        .service(webhooks::list_webhooks)
        .service(webhooks::add_webhook)
        .service(webhooks::get_webhook)
        .service(webhooks::update_webhook)
        .service(webhooks::remove_webhook)
        .service(webhooks::rotate_webhook)
        .service(webhooks::enable_webhook)
        .service(webhooks::disable_webhook)
        .service(webhooks::test_webhook)
        .service(webhooks::deliveries::list_deliveries)
        .service(webhooks::deliveries::replay_webhook);
}

fn commands(routes: &mut impl Routes) {
    routes
        .service(verbs::submit_exception)
        .service(verbs::withdraw_exception)
        .service(verbs::pass_exception)
        .service(verbs::return_exception)
        .service(verbs::add_clauses)
        .service(verbs::assess_exception)
        .service(verbs::confirm_assessment)
        .service(verbs::attest_exception)
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
        .service(verbs::detach_file)
        .service(verbs::link_record)
        .service(verbs::watch_exception)
        .service(verbs::unwatch_exception)
        .service(verbs::revert_exception);
}
