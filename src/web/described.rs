//! The service in its own words: the OpenAPI document, the pages that show it, and which methods a path has.
//! What is served is the committed document, which a test holds to what the routes say, so that no service makes it
//! anew.

use std::{collections::BTreeMap, sync::LazyLock};

use actix_web::{
    App, HttpResponse,
    dev::ResourceDef,
    web::{ServiceConfig, get},
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::openapi::OpenApi;
use utoipa_actix_web::AppExt;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::api;

/// Where the document is.
const DOCUMENT: &str = "/openapi.json";

/// The document itself, as `proviso openapi` prints it.
pub const TEXT: &str = include_str!("../../openapi/openapi.json");

/// The methods of each path; made at the first request for a method that there is not.
static METHODS: LazyLock<Vec<(ResourceDef, Vec<&'static str>)>> = LazyLock::new(methods);

/// What a path has, by method.
#[derive(Deserialize)]
struct Outline {
    paths: BTreeMap<String, BTreeMap<String, Value>>,
}

/// The interface as an OpenAPI 3.1 document, made of the routes themselves: what is to be committed.
pub fn openapi() -> OpenApi {
    let described = App::new().into_utoipa_app().openapi(api::document::base());
    let (_, document) = described.configure(|routes| api::mount(routes)).split_for_parts();
    api::document::finished(document)
}

/// Mounts the document and its pages, which load nothing from elsewhere.
pub(super) fn mount(config: &mut ServiceConfig) {
    config
        .route(DOCUMENT, get().to(async || HttpResponse::Ok().content_type("application/json").body(TEXT)))
        .service(SwaggerUi::new("/docs/{_:.*}").config(Config::from(DOCUMENT)));
}

/// The methods that a documented path has, as the header `Allow` lists them (RFC 9110 §10.2.1).
pub(super) fn allowed(path: &str) -> Option<String> {
    let known = METHODS.iter().filter(|(known, _)| known.is_match(path));
    let found: Vec<&str> = known.flat_map(|(_, methods)| methods).copied().collect();
    (!found.is_empty()).then(|| found.join(", "))
}

/// The methods of each documented path. The committed document is JSON: a test reads it.
fn methods() -> Vec<(ResourceDef, Vec<&'static str>)> {
    let outline = serde_json::from_str(TEXT).unwrap_or(Outline { paths: BTreeMap::new() });
    let known =
        [("get", "GET"), ("get", "HEAD"), ("post", "POST"), ("put", "PUT"), ("patch", "PATCH"), ("delete", "DELETE")];
    let of = |item: &BTreeMap<String, Value>| {
        known.iter().filter(|(key, _)| item.contains_key(*key)).map(|(_, name)| *name).collect()
    };
    outline.paths.iter().map(|(path, item)| (ResourceDef::new(path.as_str()), of(item))).collect()
}
