//! One request and what both servers make of it.

use moss_api::{ErrorCode, VERSION_HEADER};
use serde_json::{Value, json};

use crate::shape::mismatch;
use crate::world::{By, Target, World};
use test_support::http::{Reply, Request};

/// A status and the shape of the body.
#[derive(Clone, Debug)]
struct Want {
    /// One status, or several where the contract leaves ours the choice.
    status: Vec<u16>,
    body: Wanted,
}

#[derive(Clone, Debug)]
enum Wanted {
    Json(Value),
    /// A body of this content type that contains this.
    Raw(&'static str, &'static str),
    /// Whatever the status' own rule is: an error body, else any JSON.
    Any,
}

/// One line of the table.
pub struct Case {
    why: &'static str,
    by: By,
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    json: Option<Value>,
    original: Want,
    ours: Option<Want>,
    keep: Option<(&'static str, &'static str)>,
}

/// A case in the making: what is sent.
pub fn case(why: &'static str, by: By, method: &'static str, path: impl Into<String>) -> Case {
    let original = Want { status: vec![200], body: Wanted::Any };
    let path = path.into();
    let (headers, body) = (vec![], vec![]);
    Case { why, by, method, path, headers, body, json: None, original, ours: None, keep: None }
}

impl Case {
    pub fn json(mut self, body: Value) -> Self {
        self.json = Some(body);
        self
    }

    /// A body as it is, without a content type.
    pub fn raw(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Both answer 200 with this shape.
    pub fn gives(mut self, shape: Value) -> Self {
        self.original = Want { status: vec![200], body: Wanted::Json(shape) };
        self
    }

    /// Answers with this status and shape.
    pub fn gives_with(mut self, status: u16, shape: Value) -> Self {
        self.original = Want { status: vec![status], body: Wanted::Json(shape) };
        self
    }

    /// Whether this is a request to a route: `/api/tasks/{id}`.
    pub fn asks(&self, method: &str, route: &str) -> bool {
        let path = self.path.split('?').next().unwrap();
        let is_same = |(asked, of): (&str, &str)| asked == of || of.starts_with('{');
        self.method == method
            && path.split('/').count() == route.split('/').count()
            && path.split('/').zip(route.split('/')).all(is_same)
    }

    /// Both answer 200 with a text of this type, containing this.
    pub fn gives_text(mut self, content_type: &'static str, part: &'static str) -> Self {
        self.original = Want { status: vec![200], body: Wanted::Raw(content_type, part) };
        self
    }

    /// Both answer 200, with whatever JSON.
    pub fn succeeds(mut self) -> Self {
        self.original = Want { status: vec![200], body: Wanted::Any };
        self
    }

    /// Both refuse with this status and an error body.
    pub fn refused(mut self, status: u16) -> Self {
        self.original = Want { status: vec![status], body: Wanted::Any };
        self
    }

    /// Both refuse, the original with this error body.
    pub fn refused_with(mut self, status: u16, shape: Value) -> Self {
        self.original = Want { status: vec![status], body: Wanted::Json(shape) };
        self.ours = Some(Want { status: vec![status], body: Wanted::Any });
        self
    }

    /// Part B: ours differs, with this status.
    pub fn ours(self, status: u16) -> Self {
        self.ours_in(&[status])
    }

    /// Part B: ours differs, with one of these.
    pub fn ours_in(mut self, status: &[u16]) -> Self {
        self.ours = Some(Want { status: status.to_vec(), body: Wanted::Any });
        self
    }

    /// Part B: ours answers 200 in another shape.
    pub fn ours_gives(mut self, shape: Value) -> Self {
        self.ours = Some(Want { status: vec![200], body: Wanted::Json(shape) });
        self
    }

    /// Remembers a value of the answer, by JSON pointer, as `{name}` for later cases.
    pub fn keep(mut self, name: &'static str, pointer: &'static str) -> Self {
        self.keep = Some((name, pointer));
        self
    }

    fn request(&self, world: &World) -> Request {
        let mut request = Request::new(self.method, &world.fill(&self.path));
        request.body.clone_from(&self.body);
        for (name, value) in &self.headers {
            request = request.header(name, &world.fill(value));
        }
        if let Some(body) = &self.json {
            request = request.json(&world.fill_json(body));
        }
        world.by(self.by, request)
    }

    fn run(&self, world: &mut World) -> Result<(), String> {
        let reply = world.send(&self.request(world));
        let want = match (world.target(), &self.ours) {
            (Target::Ours, Some(ours)) => ours,
            _ => &self.original,
        };
        judge(want, &reply, world).map_err(|wrong| {
            let body = moss_api::clip(&reply.text(), 600);
            format!("{wrong}\n    answer: {} {body}", reply.status)
        })?;
        if let Some((name, pointer)) = self.keep {
            match reply.json().pointer(pointer).and_then(Value::as_str) {
                Some(value) => world.set(name, value),
                None if reply.status == 200 => return Err(format!("no text at {pointer} to keep")),
                None => {}
            }
        }
        Ok(())
    }
}

fn judge(want: &Want, reply: &Reply, world: &World) -> Result<(), String> {
    let target = world.target();
    if !want.status.contains(&reply.status) {
        return Err(format!("status {}, wanted {:?}", reply.status, want.status));
    }
    if (reply.header(VERSION_HEADER).is_some()) != (target == Target::Ours) {
        return Err(format!("{VERSION_HEADER} is on our answers and on no other's"));
    }
    let content_type = reply.header("content-type").unwrap_or_default();
    if let Wanted::Raw(kind, part) = want.body {
        let fits = content_type.starts_with(kind) && reply.text().contains(part);
        let wrong = || format!("wanted {kind} containing {part:?}, got {content_type:?}");
        return if fits { Ok(()) } else { Err(wrong()) };
    }
    if !content_type.starts_with("application/json") {
        return Err(format!("wanted JSON, got {content_type:?}"));
    }
    let value: Value = serde_json::from_slice(&reply.body).map_err(|e| format!("not JSON: {e}"))?;
    if reply.status >= 400 {
        error_body(reply.status, &value, target)?;
    }
    match &want.body {
        Wanted::Json(shape) => {
            mismatch(&world.fill_json(shape), &value, target, "$").map_or(Ok(()), Err)
        }
        Wanted::Any | Wanted::Raw(..) => Ok(()),
    }
}

/// `detail` on both: a text, or for 422 a list of located errors. Ours names its code and the
/// request, and may hint at what to do.
fn error_body(status: u16, value: &Value, target: Target) -> Result<(), String> {
    let mut shape = json!({ "detail": ":filled" });
    if status == 422 && (target == Target::Original || value["detail"].is_array()) {
        let located =
            json!({ "type": ":filled", "loc": ":list", "msg": ":filled", "input": ":any" });
        shape["detail"] = json!([":each", located]);
    }
    if target == Target::Ours {
        shape["code"] = json!(":filled");
        shape["request_id"] = json!(":filled");
        if value.get("hint").is_some() {
            shape["hint"] = json!(":filled");
        }
    }
    if let Some(wrong) = mismatch(&shape, value, target, "$") {
        return Err(wrong);
    }
    if target == Target::Ours {
        let word = value["code"].as_str().unwrap_or_default();
        match ErrorCode::from_word(word) {
            None => return Err(format!("{word:?} is no error code")),
            Some(code) if code.status() != status => {
                return Err(format!("{word} belongs to status {}", code.status()));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Sends the cases in order and reports every one that went wrong.
pub fn run(target: Target, cases: &[Case]) {
    let mut world = World::new(target);
    let mut wrong = vec![];
    for (at, case) in cases.iter().enumerate() {
        if let Err(reason) = case.run(&mut world) {
            let Case { why, by, method, path, .. } = case;
            wrong.push(format!("{at}. {why}: {method} {path} by {by:?}\n    {reason}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} cases went wrong on {target:?}\n{}\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n"),
        world.log()
    );
}
