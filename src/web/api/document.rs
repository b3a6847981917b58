//! The OpenAPI 3.1 document around the routes: what holds for every operation is said once, here.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Components, Content, ContentBuilder, HeaderBuilder, Info, License, ObjectBuilder, OpenApi, OpenApiBuilder,
        Paths, Ref, RefOr, Required, Response, ResponseBuilder, Schema, SecurityRequirement, Server, Tag,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn},
        request_body::RequestBody,
        schema::{ArrayItems, SchemaType, Type},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
        tag::TagBuilder,
    },
};

use crate::web::{
    deprecation, limits,
    problem::{
        FieldError, ProblemBody,
        codes::{self, Code},
    },
};

/// The groups of operations, in the order of the documentation.
const TAGS: [(&str, &str); 19] = [
    ("Exceptions", "Exceptions: drafted, read, amended; their timeline, dossier, versions and tasks."),
    (
        "Commands",
        "What can be asked of an exception. Which command is possible in which state is the lifecycle's to say.",
    ),
    ("Attachments", "Files of an exception, kept under the SHA-256 of their content."),
    ("Tasks", "The desk: open work, and who takes it."),
    ("Procedures", "The published procedures."),
    (
        "Register",
        "What holds beside them: policies with their clauses, regulations, and the AI systems in use, all in versions.",
    ),
    ("Reports", "Figures of what one may see: key figures, trends, what is due and who does it."),
    ("Sessions", "Signing in and out, who one is, and one's own password."),
    ("People", "Accounts, their roles by domain, and delegations."),
    ("Tokens", "API tokens for pipelines and agents."),
    ("Changes", "What lowers a protection: proposed by one person, confirmed by another."),
    ("Automation", "What runs by the clock."),
    ("Incidents", "What went wrong with an AI system or a clause, and what came of the exceptions that name it."),
    ("Intake", "What ticket systems, mail gateways and chats hand in on somebody's behalf."),
    ("Connectors", "Other systems that are told of events, and the map of what flows where."),
    ("Outbox", "Letters on their way, and those that were given up: for those who look after the service."),
    ("Webhooks", "Endpoints and chats that events are sent to, and what came of it: for administrators."),
    ("Problems", "What each problem's code means."),
    ("Health", "Is the process alive, and can it serve?"),
];

const ABOUT: &str = "AI policy exceptions from request to expiry: an executable procedure, two people, and a record that can be proved.\n\n\
    Errors are problems (RFC 9457) with a stable `code`; fields are named by JSON Pointers. Lists are paged by cursors with `Link`. \
    Records carry a strong `ETag`; PATCH needs `If-Match`. Every POST takes an `Idempotency-Key`: the same key and body within \
    24 hours give the same answer, so that a request whose outcome is unknown can simply be repeated. Answers tell in \
    `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers) how much the client may still ask.";

/// What always needs a person's session: deciding, giving effect, and what makes credentials or lets another act. A
/// token is refused there (`needs_person`), whoever's it is.
const IN_PERSON: [(&str, &str); 14] = [
    ("post", "/v1/exceptions/{id}/approve"),
    ("post", "/v1/exceptions/{id}/reject"),
    ("post", "/v1/exceptions/{id}/request-changes"),
    ("post", "/v1/exceptions/{id}/propose-condition"),
    ("post", "/v1/exceptions/{id}/resume"),
    ("post", "/v1/changes/{id}/confirm"),
    ("post", "/v1/people/{id}/delegations"),
    ("post", "/v1/people/{id}/merge"),
    ("post", "/v1/people/{id}/password"),
    ("post", "/v1/sops/{id}/versions"),
    ("post", "/v1/sops/{id}/retire"),
    ("post", "/v1/tokens"),
    ("put", "/v1/me/password"),
    ("delete", "/v1/session"),
];

/// The document without its operations.
pub fn base() -> OpenApi {
    let mut info = Info::new("Proviso", env!("CARGO_PKG_VERSION"));
    info.description = Some(ABOUT.to_owned());
    let mut license = License::new("Apache-2.0");
    license.identifier = Some("Apache-2.0".to_owned());
    info.license = Some(license);
    let tags: Vec<Tag> =
        TAGS.iter().map(|(name, text)| TagBuilder::new().name(*name).description(Some(*text)).build()).collect();
    OpenApiBuilder::new()
        .info(info)
        .paths(Paths::new())
        .servers(Some([Server::new("/")]))
        .tags(Some(tags))
        .components(Some(Components::new()))
        .build()
}

/// The document with what every operation has: security, problems, and the headers of its method.
pub fn finished(mut document: OpenApi) -> OpenApi {
    let paths = std::mem::take(&mut document.paths.paths);
    for (path, mut item) in paths {
        if let Some(body) = item.post.as_mut().and_then(|operation| operation.request_body.as_mut()) {
            optional_where_nothing_is_required(body, document.components.as_ref());
        }
        for (method, operation) in [
            ("get", &mut item.get),
            ("post", &mut item.post),
            ("patch", &mut item.patch),
            ("put", &mut item.put),
            ("delete", &mut item.delete),
        ] {
            if let Some(operation) = operation {
                complete(operation, method, &path);
            }
        }
        document.paths.paths.insert(path, item);
    }
    deprecation::mark_document(&mut document, deprecation::TABLE);
    let components = document.components.get_or_insert_default();
    problem_responses(components);
    security_schemes(components);
    pages_by_name(components);
    examples(components);
    document
}

/// Answers of the demonstration, by the schema that they have; `scripts/python/examples.py` records them.
const EXAMPLES: &str = include_str!("../../../openapi/examples.json");

/// Gives each answer its example, and a page the one of its rows.
fn examples(components: &mut Components) {
    let recorded: BTreeMap<String, Value> = serde_json::from_str(EXAMPLES).unwrap_or_default();
    for (name, schema) in &mut components.schemas {
        let RefOr::T(Schema::Object(object)) = schema else { continue };
        let row = name.strip_prefix("Page_").and_then(|row| recorded.get(row));
        let page = row.map(|row| json!({ "items": [row], "next_cursor": null }));
        object.example = object.example.take().or_else(|| page.or_else(|| recorded.get(name).cloned()));
    }
}

/// A page's rows are the schema that has a name already: generated clients would make another type of a copy.
fn pages_by_name(components: &mut Components) {
    let named: Vec<String> = components.schemas.keys().cloned().collect();
    for (page, schema) in &mut components.schemas {
        let row = page.strip_prefix("Page_").filter(|row| named.iter().any(|name| name == row));
        let (Some(row), RefOr::T(Schema::Object(object))) = (row, schema) else { continue };
        if let Some(RefOr::T(Schema::Array(items))) = object.properties.get_mut("items") {
            items.items = ArrayItems::RefOrSchema(Box::new(Ref::from_schema_name(row).into()));
        }
    }
}

fn complete(operation: &mut Operation, method: &str, path: &str) {
    let open = operation.security.is_some();
    let body = operation.request_body.is_some();
    let query = operation.parameters.iter().flatten().any(in_query);
    // What has a body or only the headers of a command can be refused as one.
    let asks = body || (method == "post" && !open);
    if open {
        operation.security = Some(Vec::new());
    } else {
        let required = |name: &str| SecurityRequirement::new(name, Vec::<String>::new());
        let token = (!IN_PERSON.contains(&(method, path))).then(|| required("token"));
        operation.security = Some([required("session")].into_iter().chain(token).collect());
    }
    if method == "post" && !open {
        operation.parameters.get_or_insert_default().extend([RefOr::T(idempotency_key()), RefOr::T(if_match())]);
    }
    let problems = [
        (400, asks || query),
        (401, !open),
        (403, !open),
        (404, path.contains('{')),
        (409, asks),
        (412, asks),
        (413, body),
        (415, body),
        (422, asks || query || method == "delete" && path != "/v1/session"),
        (428, method == "patch"),
        (429, !limits::is_exempt(path)),
        (500, true),
        (503, true),
    ];
    for (status, _) in problems.into_iter().filter(|(_, possible)| *possible) {
        let response = RefOr::Ref(Ref::from_response_name(format!("Problem{status}")));
        operation.responses.responses.entry(status.to_string()).or_insert(response);
    }
}

/// A body without a required member may be left out.
fn optional_where_nothing_is_required(body: &mut RefOr<RequestBody>, components: Option<&Components>) {
    let RefOr::T(body) = body else { return };
    let schema = |media: &RefOr<Content>| match media {
        RefOr::T(Content { schema: Some(RefOr::Ref(named)), .. }) => {
            let name = named.ref_location.rsplit('/').next().unwrap_or_default();
            components.and_then(|components| components.schemas.get(name)).cloned()
        }
        RefOr::T(_) | RefOr::Ref(_) => None,
    };
    let optional =
        |media| matches!(schema(media), Some(RefOr::T(Schema::Object(object))) if object.required.is_empty());
    body.required = Some(if body.content.values().all(optional) { Required::False } else { Required::True });
}

fn in_query(parameter: &RefOr<Parameter>) -> bool {
    match parameter {
        RefOr::T(parameter) => matches!(parameter.parameter_in, ParameterIn::Query),
        RefOr::Ref(_) => false,
    }
}

fn idempotency_key() -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(SchemaType::new(Type::String))
        .min_length(Some(1))
        .max_length(Some(255))
        .pattern(Some("^[!-~]+$"));
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("Makes a repetition within 24 hours one and the same request; a UUID is a good choice."))
        .schema(Some(schema))
        .build()
}

fn if_match() -> Parameter {
    let schema =
        ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).pattern(Some("^\"[0-9]+(\\.[0-9a-f]+)?\"$"));
    ParameterBuilder::new()
        .name("If-Match")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("The ETag that was read; the command is refused (412) if the record has changed since."))
        .schema(Some(schema))
        .build()
}

/// One response for each status, with the codes it may carry.
fn problem_responses(components: &mut Components) {
    let mut by_status: BTreeMap<u16, Vec<&Code>> = BTreeMap::new();
    for known in codes::ALL {
        by_status.entry(known.status).or_default().push(known);
    }
    for (status, kinds) in by_status.into_iter().filter(|(status, _)| used(*status)) {
        let list: Vec<String> = kinds.iter().map(|known| format!("`{}` ({})", known.code, known.title)).collect();
        components.responses.insert(format!("Problem{status}"), RefOr::T(problem_response(status, &list.join(", "))));
    }
    let mut schemas = vec![(ProblemBody::name(), ProblemBody::schema()), (FieldError::name(), FieldError::schema())];
    let mut nested = Vec::new();
    ProblemBody::schemas(&mut nested);
    components.schemas.extend(schemas.drain(..).map(|(name, schema)| (name.into_owned(), schema)));
    components.schemas.extend(nested);
}

/// Statuses that operations refer to; what stands alone in the table is told on the problem's page.
fn used(status: u16) -> bool {
    matches!(status, 400 | 401 | 403 | 404 | 409 | 412 | 413 | 415 | 422 | 428 | 429 | 500 | 503)
}

fn problem_response(status: u16, list: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(ProblemBody::name()))).build();
    let text = |description: &str| {
        let schema: RefOr<Schema> = ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).into();
        HeaderBuilder::new().schema(Some(schema)).description(Some(description)).build()
    };
    let response = ResponseBuilder::new()
        .description(format!("A problem with one of the codes {list}."))
        .content("application/problem+json", content);
    let response = match status {
        401 => response.header("WWW-Authenticate", text("How to be known.")),
        429 | 503 => response.header("Retry-After", text("After how many seconds to repeat it.")),
        _ => response,
    };
    response.build()
}

fn security_schemes(components: &mut Components) {
    let session = ApiKeyValue::with_description(
        "__Host-proviso",
        "A person's session; on plain loopback the cookie is called `proviso`. What changes something must come from the service's own pages.",
    );
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(session)));
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("pv_…")
        .description(Some("An API token. What gives effect needs a person's session instead."));
    components.add_security_scheme("token", SecurityScheme::Http(token.build()));
}
