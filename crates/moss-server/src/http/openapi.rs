//! The OpenAPI document, derived from the handlers: method, path and tag stand in
//! `#[utoipa::path]`, the words in the doc comment, and everything else follows from what a
//! handler takes ([`Input`]) and gives ([`Output`]). So the document cannot say anything else than
//! the code does.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use axum::response::Response;
use moss_api::{ACT_AS_HEADER, ADMIN_HEADER, AGENT_KEY_HEADER, ErrorBody, ErrorCode};
use moss_api::{IDEMPOTENCY_HEADER, REGISTRATION_HEADER};
use serde_json::Value;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, Paths};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, Content, InfoBuilder, LicenseBuilder, ObjectBuilder, OpenApi,
    OpenApiBuilder, Ref, RefOr, Required, ResponseBuilder, Schema, Type,
};
use utoipa::{PartialSchema, ToSchema};

use crate::app::App;
use crate::http::response::error::Error;
use crate::http::routes::setup::SETUP_HEADER;

/// An agent key in `Authorization: Bearer`.
pub(in crate::http) const AGENT_BEARER: &str = "agent_bearer";
/// An agent key in a header of its own.
pub(in crate::http) const AGENT_KEY: &str = "agent_key";
/// An admin session.
pub(in crate::http) const ADMIN_SESSION: &str = "admin_session";
/// The agent in whose place an admin session calls.
pub(in crate::http) const ACT_AS: &str = "act_as";
/// What lets an agent register.
pub(in crate::http) const REGISTRATION_TOKEN: &str = "registration_token";
/// What lets somebody set the server up.
pub(in crate::http) const SETUP_TOKEN: &str = "setup_token";

/// The name of the response every error has.
const ERROR: &str = "Error";

/// The tags of operations, in the order to show them.
const TAGS: [(&str, &str); 20] = [
    ("wake", "What an agent asks first."),
    ("sub-tasks", "The unit of work: claimed, done, handed in, judged."),
    ("tasks", "Goals and their modules."),
    ("plans", "A task with everything in it, at once."),
    ("reviews", "Verdicts on what was handed in."),
    ("patrol", "What is amiss with the team."),
    ("questions", "What agents ask the planner or people."),
    ("notices", "What people are to be told."),
    ("scores", "Scores and their ledger."),
    ("logs", "The activity log."),
    ("rules", "What every agent reads."),
    ("agents", "Agents and their keys."),
    ("invites", "One-time registration tokens."),
    ("admin", "The person in charge."),
    ("dashboard", "The work and the team in numbers."),
    ("prompts", "What agents are told who they are."),
    ("feed", "Who does what, for whoever may look."),
    ("delivery", "How the command, releases and skills get onto hosts."),
    ("setup", "Once, when a server is new."),
    ("server", "The server itself."),
];

/// Component schemas by name, as utoipa gathers them.
pub(in crate::http) type Schemas = Vec<(String, RefOr<Schema>)>;

/// An operation on its way into the document.
pub(in crate::http) struct OperationDoc<'a> {
    path: &'a str,
    operation: &'a mut Operation,
    schemas: &'a mut Schemas,
}

/// What a handler takes out of a request.
pub(in crate::http) trait Input {
    /// Writes down what it wants of the request.
    fn describe(doc: &mut OperationDoc<'_>);
}

/// What a handler answers.
pub(in crate::http) trait Output {
    /// Writes down the answers it stands for.
    fn describe(doc: &mut OperationDoc<'_>);
}

/// A handler, as a function of its inputs.
pub(in crate::http) trait Described<Inputs> {
    /// Writes down all of them, and the answer.
    fn describe(doc: &mut OperationDoc<'_>);
}

macro_rules! described {
    ($($input:ident),*) => {
        impl<F, Answer, $($input),*> Described<($($input,)*)> for F
        where
            F: Fn($($input),*) -> Answer,
            Answer: Future<Output: Output>,
            $($input: Input,)*
        {
            fn describe(doc: &mut OperationDoc<'_>) {
                $($input::describe(doc);)*
                <Answer::Output as Output>::describe(doc);
            }
        }
    };
}
described!();
described!(A);
described!(A, B);
described!(A, B, C);
described!(A, B, C, D);
described!(A, B, C, D, E);

/// [`utoipa_axum::routes`], with each operation completed from its handler's types. The handlers
/// share one path.
macro_rules! routes {
    ($($handler:ident),+ $(,)?) => {{
        let (mut schemas, mut paths, methods) = utoipa_axum::routes!($($handler),+);
        $(crate::http::openapi::complete(&$handler, stringify!($handler), &mut paths, &mut schemas);)+
        (schemas, paths, methods)
    }};
}
pub(in crate::http) use routes;

/// Adds to the operation with this id what its handler's types say.
pub(in crate::http) fn complete<F: Described<Inputs>, Inputs>(
    _handler: &F,
    id: &str,
    paths: &mut Paths,
    schemas: &mut Schemas,
) {
    for (path, item) in &mut paths.paths {
        let methods = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete];
        for operation in methods.into_iter().flatten() {
            if operation.operation_id.as_deref() == Some(id) {
                F::describe(&mut OperationDoc { path, operation, schemas });
            }
        }
    }
}

impl OperationDoc<'_> {
    /// A reference to a type's schema, which becomes a component of the document.
    pub fn schema<T: ToSchema>(&mut self) -> RefOr<Schema> {
        T::schemas(self.schemas);
        self.schemas.push((T::name().into_owned(), T::schema()));
        Ref::from_schema_name(T::name()).into()
    }

    /// Adds a sentence to the description.
    pub fn say(&mut self, sentence: &str) {
        let text = self.operation.description.get_or_insert_default();
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(sentence);
    }

    /// Adds parameters.
    pub fn parameters(&mut self, parameters: impl IntoIterator<Item = Parameter>) {
        self.operation
            .parameters
            .get_or_insert_default()
            .extend(parameters.into_iter().map(RefOr::T));
    }

    /// Adds the one text parameter the path has.
    pub fn path_parameter(&mut self, description: &str) {
        let name = self.path.split(['{', '}']).nth(1).unwrap_or_default();
        let text = ObjectBuilder::new().schema_type(Type::String);
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some(description))
            .schema(Some(text));
        self.parameters([parameter.build()]);
    }

    /// Says that a header is read.
    pub fn header(&mut self, name: &str, description: &str) {
        let text = ObjectBuilder::new().schema_type(Type::String);
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(description))
            .schema(Some(text));
        self.parameters([parameter.build()]);
    }

    /// Says what the body holds.
    pub fn body<T: ToSchema>(&mut self, required: Required) {
        let content = Content::new(Some(self.schema::<T>()));
        let body = RequestBodyBuilder::new().content("application/json", content);
        let body: RequestBody = body.required(Some(required)).build();
        self.operation.request_body = Some(RefOr::T(body));
    }

    /// Adds an answer; none of a status that is there already.
    pub fn response(&mut self, status: &str, description: &str, json: Option<RefOr<Schema>>) {
        let mut response = ResponseBuilder::new().description(description);
        if let Some(schema) = json {
            response = response.content("application/json", Content::new(Some(schema)));
        }
        let responses = &mut self.operation.responses.responses;
        responses.entry(status.to_owned()).or_insert_with(|| response.build().into());
    }

    /// Adds a way to be let in. Of several ways one is enough; a way may want several things.
    pub fn security(&mut self, schemes: &[&str]) {
        let none: [&str; 0] = [];
        let mut needed = SecurityRequirement::default();
        for scheme in schemes {
            needed = needed.add(*scheme, none);
        }
        self.operation.security.get_or_insert_default().push(needed);
    }
}

impl Input for State<Arc<App>> {
    fn describe(_: &mut OperationDoc<'_>) {}
}

impl Input for HeaderMap {
    fn describe(_: &mut OperationDoc<'_>) {}
}

impl<T> Input for Extension<T> {
    fn describe(_: &mut OperationDoc<'_>) {}
}

/// An answer that is no JSON; its handler's attribute says what it is.
impl Output for Response {
    fn describe(_: &mut OperationDoc<'_>) {}
}

impl<T: Output> Output for Result<T, Error> {
    fn describe(doc: &mut OperationDoc<'_>) {
        T::describe(doc);
        let error = Ref::from_response_name(ERROR);
        doc.operation.responses.responses.insert("default".to_owned(), error.into());
    }
}

/// The document, as JSON.
pub fn document() -> &'static str {
    static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
        let (_, gathered) = super::described_routes().split_for_parts();
        let mut tree = serde_json::to_value(gathered).unwrap_or_default();
        spell_out_aliases(&mut tree);
        tidy(&mut tree);
        let mut text = serde_json::to_string_pretty(&tree).unwrap_or_default();
        text.push('\n');
        text
    });
    &DOCUMENT
}

/// What the document says besides its operations.
pub(in crate::http) fn frame() -> OpenApi {
    let header = |name: &str, description: &str| {
        let value = ApiKeyValue::with_description(name, description);
        SecurityScheme::ApiKey(ApiKey::Header(value))
    };
    let bearer =
        HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("An agent key."));
    let error = Content::new(Some(Ref::from_schema_name(ErrorBody::name())));
    let components = ComponentsBuilder::new()
        .schema(ErrorBody::name(), ErrorBody::schema())
        .schema(ErrorCode::name(), ErrorCode::schema())
        .response(
            ERROR,
            ResponseBuilder::new()
                .description("What went wrong. Nothing was changed.")
                .content("application/json", error),
        )
        .security_scheme(AGENT_BEARER, SecurityScheme::Http(bearer.build()))
        .security_scheme(AGENT_KEY, header(AGENT_KEY_HEADER, "An agent key."))
        .security_scheme(ADMIN_SESSION, header(ADMIN_HEADER, "The token of an admin session."))
        .security_scheme(
            ACT_AS,
            header(ACT_AS_HEADER, "The agent in whose place an admin session calls."),
        )
        .security_scheme(
            REGISTRATION_TOKEN,
            header(REGISTRATION_HEADER, "The shared registration token, or an invite."),
        )
        .security_scheme(SETUP_TOKEN, header(SETUP_HEADER, "The token of the set-up link."));
    let info = InfoBuilder::new()
        .title("moss-server")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Tasks, claims, reviews and scores for agents that work together. Every answer \
             carries `x-moss-version` and `x-request-id`.",
        ))
        .license(Some(LicenseBuilder::new().name("MIT").build()));
    let tags =
        TAGS.map(|(name, about)| TagBuilder::new().name(name).description(Some(about)).build());
    OpenApiBuilder::new().info(info).components(Some(components.build())).tags(Some(tags)).build()
}

/// The header by which a write may be repeated.
pub(in crate::http) fn idempotent(doc: &mut OperationDoc<'_>) {
    doc.header(IDEMPOTENCY_HEADER, "A repeat with the same key gets the same answer again.");
}

/// A component that is but another's name is left out, and the other named in its place.
fn spell_out_aliases(document: &mut Value) {
    let Some(schemas) = document["components"]["schemas"].as_object_mut() else { return };
    let mut aliases = BTreeMap::new();
    schemas.retain(|name, schema| {
        let target = schema.get("$ref").and_then(Value::as_str).map(str::to_owned);
        let is_alias = target.is_some();
        aliases.extend(target.map(|target| (format!("#/components/schemas/{name}"), target)));
        !is_alias
    });
    replace_refs(document, &aliases);
}

/// Descriptions come from doc comments, whose links lead nowhere here; a parameter that may be
/// left out is never `null`.
fn tidy(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(text)) = fields.get_mut("description") {
                *text = text.replace("[`crate::", "`").replace("[`", "`").replace("`]", "`");
            }
            if fields.contains_key("in")
                && let Some(schema) = fields.get_mut("schema")
                && let Some([only, _null]) = schema["type"].as_array().map(Vec::as_slice)
            {
                schema["type"] = only.clone();
            }
            fields.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn replace_refs(value: &mut Value, aliases: &BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(target)) = fields.get_mut("$ref")
                && let Some(other) = aliases.get(target)
            {
                target.clone_from(other);
            }
            fields.values_mut().for_each(|value| replace_refs(value, aliases));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| replace_refs(value, aliases)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
