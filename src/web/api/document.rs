//! The OpenAPI 3.1 document around the routes: what holds for every operation is said once, here.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Components, Content, ContentBuilder, HeaderBuilder, Info, License, ObjectBuilder, OpenApi, OpenApiBuilder,
        Paths, Ref, RefOr, Required, Response, ResponseBuilder, Schema, SecurityRequirement, Server, Tag,
        extensions::Extensions,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn},
        request_body::RequestBody,
        schema::{ArrayItems, SchemaType, Type},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
        tag::TagBuilder,
    },
};

use super::refused::Form;
use crate::web::{
    deprecation,
    problem::{FieldError, ProblemBody},
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
    let mut told = Told::default();
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
                complete(operation, (method, &path), &mut told);
            }
        }
        document.paths.paths.insert(path, item);
    }
    deprecation::mark_document(&mut document, deprecation::TABLE);
    let components = document.components.get_or_insert_default();
    problems(components, told);
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

fn complete(operation: &mut Operation, (method, path): (&str, &str), told: &mut Told) {
    let open = operation.security.is_some();
    let body = operation.request_body.is_some();
    let query = operation.parameters.iter().flatten().any(in_query);
    let paged = operation.parameters.iter().flatten().any(|parameter| is_named(parameter, "cursor"));
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
    let form = Form { method, path, open, in_person: IN_PERSON.contains(&(method, path)), body, query, paged };
    let mut by_status: BTreeMap<u16, Vec<&'static str>> = BTreeMap::new();
    for known in form.codes() {
        by_status.entry(known.status).or_default().push(known.code);
    }
    for (status, kinds) in by_status {
        let problem = || RefOr::Ref(Ref::from_response_name(told.name(status, kinds)));
        operation.responses.responses.entry(status.to_string()).or_insert_with(problem);
    }
}

/// The problems that operations answer with: a response for each set of codes, whoever has it.
#[derive(Debug, Default)]
struct Told(BTreeMap<(u16, Vec<&'static str>), String>);

impl Told {
    /// The name of the response with these codes.
    fn name(&mut self, status: u16, kinds: Vec<&'static str>) -> String {
        let before = self.0.keys().filter(|(known, _)| *known == status).count();
        let fresh = || if before == 0 { format!("Problem{status}") } else { format!("Problem{status}-{}", before + 1) };
        self.0.entry((status, kinds)).or_insert_with(fresh).clone()
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

fn is_named(parameter: &RefOr<Parameter>, name: &str) -> bool {
    matches!(parameter, RefOr::T(parameter) if parameter.name == name)
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

/// What every problem is made of, and the responses that tell them.
fn problems(components: &mut Components, told: Told) {
    for ((status, kinds), name) in told.0 {
        components.responses.insert(name, RefOr::T(problem_response(status, &kinds)));
    }
    let schemas = [(ProblemBody::name(), ProblemBody::schema()), (FieldError::name(), FieldError::schema())];
    let mut nested = Vec::new();
    ProblemBody::schemas(&mut nested);
    components.schemas.extend(schemas.into_iter().map(|(name, schema)| (name.into_owned(), schema)));
    components.schemas.extend(nested);
}

/// A problem of this status: its codes in words, and for programs as `x-problem-codes`.
fn problem_response(status: u16, kinds: &[&str]) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(ProblemBody::name()))).build();
    let text = |description: &str| {
        let schema: RefOr<Schema> = ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).into();
        HeaderBuilder::new().schema(Some(schema)).description(Some(description)).build()
    };
    let list = kinds.iter().map(|code| format!("`{code}`")).collect::<Vec<_>>().join(", ");
    let extensions = Extensions::builder().add("x-problem-codes", kinds).build();
    let response = ResponseBuilder::new()
        .description(format!("A problem with one of the codes {list}."))
        .content("application/problem+json", content)
        .extensions(Some(extensions));
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
