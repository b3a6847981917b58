//! The service in its own words: the OpenAPI document, the pages that show it, and which methods a path has.
//! It is made once, however many workers there are.

use std::sync::LazyLock;

use actix_web::{
    App, HttpResponse,
    dev::ResourceDef,
    web::{Bytes, ServiceConfig, get},
};
use utoipa::openapi::{OpenApi, PathItem};
use utoipa_actix_web::AppExt;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::api;

/// Where the document is.
const DOCUMENT: &str = "/openapi.json";

static DESCRIBED: LazyLock<Described> = LazyLock::new(|| Described::of(&openapi()));

struct Described {
    json: Bytes,
    paths: Vec<(ResourceDef, Vec<&'static str>)>,
}

/// The interface as an OpenAPI 3.1 document.
pub fn openapi() -> OpenApi {
    let described = App::new().into_utoipa_app().openapi(api::document::base());
    let (_, document) = described.configure(|routes| api::mount(routes)).split_for_parts();
    api::document::finished(document)
}

/// Mounts the document and its pages, which load nothing from elsewhere.
pub(super) fn mount(config: &mut ServiceConfig) {
    config
        .route(
            DOCUMENT,
            get().to(async || HttpResponse::Ok().content_type("application/json").body(DESCRIBED.json.clone())),
        )
        .service(SwaggerUi::new("/docs/{_:.*}").config(Config::from(DOCUMENT)));
}

/// The methods that a documented path has, as the header `Allow` lists them (RFC 9110 §10.2.1).
pub(super) fn allowed(path: &str) -> Option<String> {
    let known = DESCRIBED.paths.iter().filter(|(known, _)| known.is_match(path));
    let found: Vec<&str> = known.flat_map(|(_, methods)| methods).copied().collect();
    (!found.is_empty()).then(|| found.join(", "))
}

impl Described {
    fn of(document: &OpenApi) -> Self {
        let paths = &document.paths.paths;
        Self {
            json: document.to_json().unwrap_or_default().into(),
            paths: paths.iter().map(|(path, item)| (ResourceDef::new(path.as_str()), methods(item))).collect(),
        }
    }
}

fn methods(item: &PathItem) -> Vec<&'static str> {
    let present = [
        ("GET", item.get.is_some()),
        ("HEAD", item.get.is_some()),
        ("POST", item.post.is_some()),
        ("PUT", item.put.is_some()),
        ("PATCH", item.patch.is_some()),
        ("DELETE", item.delete.is_some()),
    ];
    present.into_iter().filter(|(_, there)| *there).map(|(name, _)| name).collect()
}
