//! Prompts, and the versions of prompts and rules.

use serde_json::{Value, json};

use super::{and, delete, get, post, put};
use crate::case::{Case, case};
use crate::world::By::{Admin, Nobody};

pub fn cases() -> Vec<Case> {
    [templates(), agents(), versions(), rules()].into_iter().flatten().collect()
}

fn templates() -> Vec<Case> {
    let template = json!({ "role": ":filled", "filename": ":filled", "content": ":filled" });
    vec![
        get("all", "prompts/templates").gives(json!([":each", template])),
        get("one", "prompts/templates/executor").gives(json!({
            "role": "executor", "filename": "executor.md", "content": ":filled", "version": 1,
        })),
        get("none such", "prompts/templates/boss").refused(404),
        put("another text", "prompts/templates/executor", json!({ "content": "# Be quick" }))
            .gives(json!({ "role": "executor", "filename": "executor.md" })),
        put("no such role", "prompts/templates/boss", json!({ "content": "x" })).refused(400),
        put("no text", "prompts/templates/executor", json!({})).refused(422),
        put(
            "of an older version",
            "prompts/templates/executor",
            json!({ "content": "x", "version": 1 }),
        )
        .refused(409),
        get("as it is now", "prompts/templates/executor")
            .gives(json!({ "content": "# Be quick", "version": 2 })),
        case("no session", Nobody, "GET", "/api/admin/prompts/templates").refused(422),
    ]
}

fn agents() -> Vec<Case> {
    let prompt = || {
        json!({
            "slug": "executor-wu", "filename": "executor-wu.md", "name": "AI-Wu",
            "role": "executor", "description": "quick", "created_at": ":time", "example": false,
            "has_frontmatter": true, "status": "ok",
        })
    };
    let make = |why, slug: &str, role: &str| {
        let body = json!({
            "slug": slug, "name": "AI-Wu", "role": role, "description": "quick",
            "content": "You are Wu of {{project_name}}.",
        });
        post(why, "prompts/agents", body)
    };
    vec![
        make("one", "wu", "executor")
            .gives_with(201, json!({ "slug": "executor-wu", "filename": "executor-wu.md" })),
        make("twice", "executor-wu", "executor").refused(400),
        make("no such role", "wu", "boss").refused(400),
        make("no such slug", "../wu", "executor").refused(400),
        post("no name", "prompts/agents", json!({ "slug": "x" })).refused(422),
        get("all", "prompts/agents").gives(json!([prompt()])),
        get("one", "prompts/agents/executor-wu")
            .gives(and(prompt(), json!({ "content": ":filled" }))),
        get("none such", "prompts/agents/executor-odd").refused(404),
        get("a template is none", "prompts/agents/executor").refused(404),
        put("another name", "prompts/agents/executor-wu", json!({ "name": "Wu" }))
            .gives(json!({ "slug": "executor-wu", "filename": "executor-wu.md" })),
        put("none such", "prompts/agents/executor-odd", json!({ "name": "Wu" })).refused(404),
        put("no such role", "prompts/agents/executor-wu", json!({ "role": "boss" })).refused(400),
        get("with how it gets in", "prompts/compose/executor-wu")
            .gives(json!({ "slug": "executor-wu", "prompt": ":filled" })),
        get("of none such", "prompts/compose/executor-odd").refused(404),
        get("how one gets in", "prompts/onboarding/executor")
            .gives(json!({ "role": "executor", "content": ":filled" })),
        get("whatever it is", "prompts/onboarding/odd").gives(json!({ "role": "odd" })),
        put("another role", "prompts/agents/executor-wu", json!({ "role": "reviewer" }))
            .gives(json!({ "slug": "reviewer-wu", "filename": "reviewer-wu.md" })),
        get("it has moved", "prompts/agents/executor-wu").refused(404),
        delete("gone", "prompts/agents/reviewer-wu").gives(json!({ "message": ":filled" })),
        delete("gone twice", "prompts/agents/reviewer-wu").refused(404),
    ]
}

fn version(number: i64) -> Value {
    json!({
        "number": number, "at": ":time", "author": ":filled", "is_deletion": ":bool",
        "lines_added": ":int", "lines_removed": ":int",
    })
}

fn versions() -> Vec<Case> {
    vec![
        get("all", "prompts/versions/reviewer-wu").gives(json!([version(2), version(1)])),
        get("of none such", "prompts/versions/odd").gives(json!([])),
        get("the newest", "prompts/version/reviewer-wu")
            .gives(json!({ "number": 2, "is_deletion": true, "content": null, "against": 1 })),
        get("one", "prompts/version/executor?number=2").gives(json!({
            "number": 2, "author": "admin", "against": 1, "content": ":filled", "diff": ":filled",
        })),
        get("against nothing", "prompts/version/executor?number=1&against=0")
            .gives(json!({ "author": "shipped", "against": 0, "lines_removed": 0 })),
        get("no such number", "prompts/version/executor?number=9").refused(404),
        post("back again", "prompts/restore/reviewer-wu", json!({ "number": 1 }))
            .gives(json!({ "slug": "reviewer-wu", "filename": "reviewer-wu.md" })),
        post("to its end", "prompts/restore/reviewer-wu", json!({ "number": 2 })).refused(400),
        post("to no number", "prompts/restore/reviewer-wu", json!({ "number": 9 })).refused(404),
        get("as it was", "prompts/agents/reviewer-wu")
            .gives(json!({ "name": "Wu", "role": "reviewer", "version": 3 })),
    ]
}

fn rules() -> Vec<Case> {
    let rule = |why, path: &str, body: Value| {
        case(why, Admin, "PUT", format!("/api/rules/{path}")).json(body)
    };
    vec![
        case("the one there is", Admin, "GET", "/api/rules/list?scope=global")
            .gives(json!([{ "version": 1 }]))
            .keep("rule", "/0/id"),
        rule("another text", "{rule}", json!({ "content": "Be kind." }))
            .gives(json!({ "content": "Be kind.", "version": 2 })),
        rule("of an older version", "{rule}", json!({ "content": "x", "version": 1 })).refused(409),
        get("its versions", "rules/versions/{rule}").gives(json!([version(2), version(1)])),
        get("one", "rules/version/{rule}?number=2")
            .gives(json!({ "content": "Be kind.", "author": "admin", "against": 1 })),
        get("of no rule", "rules/versions/{nowhere}").refused(404),
        get("none of no rule", "rules/version/{nowhere}").refused(404),
        post("back again", "rules/restore/{rule}", json!({ "number": 1 }))
            .gives(json!({ "id": "{rule}", "version": 3 })),
        post("to no number", "rules/restore/{rule}", json!({ "number": 9 })).refused(404),
        post("of no rule", "rules/restore/{nowhere}", json!({ "number": 1 })).refused(404),
    ]
}
