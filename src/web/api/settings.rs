//! The service's own settings: read anew by whoever administers it, without a signal and without a restart.

use std::sync::Arc;

use actix_web::{HttpResponse, post};
use serde::Serialize;
use utoipa::ToSchema;

use super::administer::{Question, done, look, noted};
use crate::{
    config::{Config, NotTaken},
    domain::roster::{AutomationAction, AutomationDeed, RosterAction, RosterDeed},
    web::{
        call::Call,
        hand_over,
        idempotency::is_replayed,
        problem::{FieldError, Problem, codes},
        reload::Reloader,
    },
    words::{AdminVerb, Hash},
};

/// What was read anew.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReloadedSettings, example = json!({ "changed": ["limits", "mail"] }))]
pub struct ReloadedView {
    /// The sections that differ from those the service ran by; files that they name are read anew anyway.
    pub changed: Vec<String>,
}

/// Reload the settings
#[utoipa::path(
    tag = "Automation",
    summary = "Reload the settings",
    description = "Reads the configuration of this process anew. If anything is wrong with it, nothing changes. Otherwise it is noted in the record, whoever is being answered gets their answer, and the process goes on with the new settings; requests that come meanwhile wait. Nobody is waited for longer than five seconds: what somebody slower wants written is refused with 503. Addresses, workers, the database, the folder of attachments, telemetry and the log hold until a restart. Ask each replica.",
    responses((status = 202, description = "The settings are accepted, and will be taken up.", body = ReloadedView)),
)]
#[post("/v1/reload")]
pub async fn reload_settings(call: Call) -> Result<HttpResponse, Problem> {
    let Some(reloader) = call.web.reload.clone() else {
        return Err(Problem::new(codes::NOT_RELOADABLE, "this process was not started by `proviso serve`"));
    };
    let by = call.by.clone();
    look(&call, move |desk| desk.may_administer(&by, AdminVerb::ReloadSettings)).await?;
    let (config, changed) = read(&reloader).await?;
    let action = AutomationAction::ReloadSettings { changed };
    let question = Question::plain(&call, RosterAction::Automation(action), Hash::of(b"{}"))?;
    done(&call, question, async |events| {
        let changed = noted(&events, sections)?;
        // What was noted is what may be taken up: an answer that is repeated notes nothing.
        if !is_replayed(&call.request) {
            reloader.take_up(config);
        }
        Ok(HttpResponse::Accepted().json(ReloadedView { changed }))
    })
    .await
}

/// The sections that the record says.
fn sections(deed: &RosterDeed) -> Option<Vec<String>> {
    let RosterDeed::Automation(AutomationDeed::SettingsReloaded { changed }) = deed else { return None };
    Some(changed.clone())
}

async fn read(reloader: &Arc<Reloader>) -> Result<(Config, Vec<String>), Problem> {
    let reloader = Arc::clone(reloader);
    let (config, changed) = hand_over::block(move || reloader.read().map_err(refused)).await?;
    Ok((config, changed.into_iter().map(ToOwned::to_owned).collect()))
}

/// Every setting that is wrong, by its key; values are not repeated, for some are secret.
fn refused(why: NotTaken) -> Problem {
    match why {
        NotTaken::Fixed(_) => Problem::new(codes::SETTINGS_FIXED, why.to_string()),
        NotTaken::Unfit(_) => Problem::new(codes::SETTINGS_WRONG, why.to_string()),
        NotTaken::Wrong(error) => {
            let errors = error.problems.iter().map(|problem| FieldError {
                code: codes::SETTINGS_WRONG.code.to_owned(),
                pointer: format!("/{}", problem.key.replace('.', "/")),
                detail: problem.to_string(),
            });
            let detail = "nothing of it was taken up; the service goes on as it was";
            Problem::new(codes::SETTINGS_WRONG, detail).with_errors(errors.collect())
        }
    }
}
