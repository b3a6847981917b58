//! Pages for people: rendered here, without scripts, under a policy that runs and fetches nothing foreign.
//! What a page asks for goes through the same door as everything else.

mod code;
mod decide;
mod dossier;
mod form;
mod layout;
mod sign_in;
mod unsubscribe;

use actix_web::{
    HttpResponse,
    http::header,
    web::{self, ServiceConfig},
};

/// The longest form, in bytes.
const MOST_FORM: usize = 64 * 1024;

/// Mounts every page.
pub(super) fn mount(config: &mut ServiceConfig) {
    config
        .app_data(web::FormConfig::default().limit(MOST_FORM))
        .route("/assets/pages.css", web::get().to(stylesheet))
        .route("/unsubscribe/{token}", web::get().to(unsubscribe::show))
        .route("/unsubscribe/{token}", web::post().to(unsubscribe::submit))
        .route("/decide/{token}", web::get().to(decide::show))
        .route("/decide/{token}", web::post().to(decide::submit))
        .route("/decide/{token}/sign-in", web::post().to(sign_in::submit))
        .route("/decide/{token}/send-code", web::post().to(code::send))
        .route("/decide/{token}/code", web::post().to(code::submit));
}

async fn stylesheet() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .body(include_str!("assets/pages.css"))
}
