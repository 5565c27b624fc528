//! From a request to an answer, in the original's order of checks.

use serde_json::{Map, Value, json};

use super::answer::{Answer, Refused, invalid, refuse};
use super::args::{Args, Param};
use super::state::State;
use crate::responder::Asked;

/// Who may call a route.
#[derive(Clone, Copy)]
pub enum Caller {
    Public,
    /// Holder of `X-Registration-Token`; whether it is right is judged last.
    Registration,
    Admin,
    /// An agent of one of these roles; an empty list means any.
    Agent(&'static [&'static str]),
}

/// What a route reads from the body.
#[derive(Clone, Copy)]
pub enum Takes {
    Nothing,
    Fields(&'static [Param]),
    /// As `Fields`, but there may be no body at all.
    MaybeFields(&'static [Param]),
}

pub struct Route {
    pub method: &'static str,
    pub path: &'static str,
    pub caller: Caller,
    pub query: &'static [Param],
    pub body: Takes,
    pub handler: fn(&mut State, &Call) -> Answer,
}

/// A request that passed every check a route declares.
pub struct Call<'a> {
    /// The calling agent's row; null on routes that take none.
    pub agent: Value,
    /// The `{…}` segments of the path.
    pub at: Vec<String>,
    pub query: Args,
    pub body: Args,
    pub request: &'a Asked,
}

impl Call<'_> {
    pub fn agent_id(&self) -> &str {
        self.agent["id"].as_str().expect("the route is for agents")
    }
}

impl Route {
    /// The variable segments, when the path is this route's.
    pub fn matches(&self, path: &str) -> Option<Vec<String>> {
        let (mut want, mut have) = (self.path.split('/'), path.split('/'));
        let mut at = vec![];
        loop {
            match (want.next(), have.next()) {
                (None, None) => return Some(at),
                (Some(w), Some(h)) if w.starts_with('{') && !h.is_empty() => at.push(h.to_owned()),
                (Some(w), Some(h)) if w == h => {}
                _ => return None,
            }
        }
    }

    /// Malformed JSON, then key and role, then everything else that is 422, then the handler.
    pub fn answer(&self, state: &mut State, request: &Asked, at: Vec<String>) -> Answer {
        let given = match self.body {
            Takes::Nothing => Given::None,
            Takes::Fields(_) | Takes::MaybeFields(_) => read_body(request)?,
        };
        let mut errors = vec![];
        let agent = self.who(state, request, &mut errors)?;
        let query = Args::check("query", self.query, &request.parameters(), &mut errors);
        let body = self.fields(given, &mut errors)?;
        if !errors.is_empty() {
            return Err(Refused { status: 422, detail: Value::Array(errors) });
        }
        (self.handler)(state, &Call { agent, at, query, body, request })
    }

    fn who(
        &self,
        state: &State,
        request: &Asked,
        errors: &mut Vec<Value>,
    ) -> Result<Value, Refused> {
        let mut missing = |name: &str| {
            errors.push(invalid("missing", json!(["header", name]), "Field required", Value::Null));
            Ok(Value::Null)
        };
        match self.caller {
            Caller::Public => Ok(Value::Null),
            Caller::Registration => match request.header("x-registration-token") {
                Some(_) => Ok(Value::Null),
                None => missing("X-Registration-Token"),
            },
            Caller::Admin => match request.header("x-admin-token") {
                Some(token) if state.admin_tokens.iter().any(|t| t == token) => Ok(Value::Null),
                Some(_) => refuse(403, "管理员令牌无效"),
                None => missing("X-Admin-Token"),
            },
            Caller::Agent(roles) => {
                let Some(header) = request.header("authorization") else {
                    return missing("authorization");
                };
                let Some(key) = header.strip_prefix("Bearer ") else {
                    return refuse(401, "Authorization: Bearer <key>");
                };
                let Some(agent) = state.agents.iter().find(|a| a["api_key"] == key) else {
                    return refuse(401, "密钥无效");
                };
                if agent["status"] == "disabled" {
                    return refuse(403, "账号已停用");
                }
                if !roles.is_empty() && !roles.iter().any(|role| agent["role"] == *role) {
                    return refuse(403, format!("角色不符: {}", roles.join("/")));
                }
                Ok(agent.clone())
            }
        }
    }

    fn fields(&self, given: Given, errors: &mut Vec<Value>) -> Result<Args, Refused> {
        let (params, optional) = match self.body {
            Takes::Nothing => return Ok(Args::default()),
            Takes::Fields(params) => (params, false),
            Takes::MaybeFields(params) => (params, true),
        };
        match given {
            Given::Object(fields) => Ok(Args::check("body", params, &fields, errors)),
            Given::Surrogates => refuse(400, "surrogates not allowed"),
            Given::None if optional => Ok(Args::default()),
            Given::None => {
                errors.push(invalid("missing", json!(["body"]), "Field required", Value::Null));
                Ok(Args::default())
            }
            Given::Other(input) => {
                let msg = "Input should be a valid dictionary or object to extract fields from";
                errors.push(invalid("model_attributes_type", json!(["body"]), msg, input));
                Ok(Args::default())
            }
        }
    }
}

/// A body, as far as it can be told without knowing the fields.
enum Given {
    None,
    Object(Map<String, Value>),
    Other(Value),
    /// JSON with half a surrogate pair: read without complaint, refused when it is to be stored.
    Surrogates,
}

fn read_body(request: &Asked) -> Result<Given, Refused> {
    if request.body.is_empty() {
        return Ok(Given::None);
    }
    let json_type = request.header("content-type").is_some_and(|t| t.contains("json"));
    if !json_type {
        return Ok(Given::Other(String::from_utf8_lossy(&request.body).into_owned().into()));
    }
    let Ok(text) = std::str::from_utf8(&request.body) else {
        return refuse(400, "There was an error parsing the body");
    };
    match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
        Ok(Value::Object(fields)) => Ok(Given::Object(fields)),
        Ok(Value::Null) => Ok(Given::None),
        Ok(other) => Ok(Given::Other(other)),
        Err(e) if e.to_string().contains("surrogate") || e.to_string().contains("hex escape") => {
            Ok(Given::Surrogates)
        }
        Err(e) => {
            let before: usize = text.lines().take(e.line() - 1).map(|l| l.len() + 1).sum();
            let loc = json!(["body", before + e.column().saturating_sub(1)]);
            let entry = invalid("json_invalid", loc, "JSON decode error", json!({}));
            Err(Refused { status: 422, detail: json!([entry]) })
        }
    }
}
