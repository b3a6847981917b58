//! What only a demonstration has: its clock can be moved on, so that a year passes in a minute.

use std::time::Duration;

use actix_web::{
    HttpResponse,
    web::{self, Data, ServiceConfig},
};
use serde::Deserialize;
use validator::Validate;

use super::{Web, json::Json, problem::Problem};

/// By how much the clock is moved on.
#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Move {
    /// In days.
    #[validate(range(min = 1, max = 3650))]
    days: u64,
}

/// Mounts what a demonstration has; nothing, where it is none.
pub(super) fn mount(config: &mut ServiceConfig, demonstration: bool) {
    if demonstration {
        config.route("/dev/clock", web::post().to(move_clock));
        super::pages::mount_demonstration(config);
    }
}

/// Moves the clock on and says what time it is then.
async fn move_clock(service: Data<Web>, sent: Json<Move>) -> Result<HttpResponse, Problem> {
    let clock = service.desk.clock();
    clock.advance(Duration::from_secs(sent.body.days.saturating_mul(86_400)));
    Ok(HttpResponse::Ok().json(serde_json::json!({ "now": clock.now() })))
}
