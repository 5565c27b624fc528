//! Names: who is called what, and whom a name means.

use serde_json::{Value, json};

use crate::harness::{Answer, TOKEN, World};

async fn register(world: &World, name: &str) -> Answer {
    let body = json!({ "name": name, "role": "executor" });
    let headers = [("x-registration-token", TOKEN)];
    world.ask("POST", "/api/agents/register", &headers, &body).await
}

#[tokio::test]
async fn no_agent_can_be_taken_for_another() {
    let world = World::new().await;
    register(&world, "  AI-Wu ").await.ok();
    let taken = register(&world, "AI-Wu").await;
    taken.refused(400, "name_taken");
    assert_eq!(taken.json()["detail"], "an agent named \"AI-Wu\" exists already");
    for alike in ["ai-wu", "\u{410}I-Wu", "Al-Wu", "AI-\u{428}u".replace('\u{428}', "W").as_str()] {
        let refused = register(&world, alike).await;
        refused.refused(400, "name_taken");
    }
    assert_eq!(
        register(&world, "Al-Wu").await.json()["detail"],
        "\"Al-Wu\" can be mistaken for the agent \"AI-Wu\""
    );
    for id_like in ["e35a95c3", "BEEF", "\u{435}35\u{430}95\u{441}3"] {
        let refused = register(&world, id_like).await;
        assert!(matches!(refused.status.as_u16(), 400 | 422), "{id_like} {}", refused.text);
    }
    register(&world, "AI-Li").await.ok();
    register(&world, "my-kim").await.ok();
    for alike in ["\u{41c}Y-KIM", "MY-\u{41a}\u{406}\u{41c}"] {
        register(&world, alike).await.refused(400, "name_taken");
    }
    register(&world, "neil").await.ok();
    let greek = "\u{39d}\u{395}iL"; // whose small letters are like those of veil
    register(&world, greek).await.refused(400, "name_taken");
    for bad in ["-x", format!("x{}", "\u{302}".repeat(17)).as_str()] {
        register(&world, bad).await.refused(422, "invalid");
    }
    let admin = world.admin().await;
    let planner = world.agent("planner", "Plan").await;
    let agents = world.get(&planner, "/api/agents?role=executor").await.ok();
    let names: Vec<_> = agents.as_array().unwrap().iter().map(|a| a["name"].clone()).collect();
    assert_eq!(names, ["AI-Wu", "AI-Li", "my-kim", "neil"]);
    let body = json!({ "name": "AI-WU", "role": "executor" });
    let headers = [("x-admin-token", admin.as_str())];
    world.ask("POST", "/api/admin/agents", &headers, &body).await.refused(400, "name_taken");
}

#[tokio::test]
async fn titles_are_tidied_and_need_not_be_unique() {
    let world = World::new().await;
    let team = world.team().await;
    for _ in 0..2 {
        let body = json!({ "name": " Re\u{301}sume\u{301} e35a95c3 " });
        let task = world.post(&team.planner, "/api/tasks", body).await.ok();
        assert_eq!(task["name"], "R\u{e9}sum\u{e9} e35a95c3");
    }
    let body = json!({ "name": "a\u{202e}b" });
    world.post(&team.planner, "/api/tasks", body).await.refused(422, "invalid");
}

#[tokio::test]
async fn an_id_wins_over_a_name_and_a_beginning_that_is_one_too_means_nobody() {
    use moss_server::domain::{Command, Error};
    use moss_server::store::Tx;
    use sea_orm::ConnectionTrait;
    use sea_orm::sea_query::{Expr, ExprTrait, Query};
    /// A name from before names were judged.
    struct OldName(String, String);
    impl Command for OldName {
        type Output = ();
        async fn run(&self, tx: &Tx) -> Result<(), Error> {
            let mut update = Query::update();
            update.table("agents").value("name", self.1.as_str());
            tx.db().execute(update.and_where(Expr::col("id").eq(self.0.as_str()))).await?;
            Ok(())
        }
    }
    let world = World::new().await;
    let team = world.team().await;
    let logs =
        async |agent: &str| world.get(&team.planner, &format!("/api/scores/{agent}/logs")).await;
    let adjust = async |agent: &str| {
        let body = json!({ "agent_id": agent, "score_delta": 1, "reason": "r" });
        world.post(&team.planner, "/api/scores/adjust", body).await
    };
    // A whole id is an id, although the other is called so.
    let whole = team.executor.id.clone();
    world.app.writer.write(OldName(team.other.id.clone(), whole.clone()), None).await.unwrap();
    assert_eq!(adjust(&whole).await.ok()["agent_id"], whole.as_str());
    // Its beginning may be either of the two: both are listed.
    let short = &whole[..8];
    world.app.writer.write(OldName(team.other.id.clone(), short.to_owned()), None).await.unwrap();
    let refused = adjust(short).await;
    refused.refused(400, "ambiguous_id");
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.starts_with(&format!("several agents fit {short}: ")), "{detail}");
    let (one, other) = (format!("{} \"AI-Wu\"", &whole[..12]), &team.other.id[..12]);
    assert!(detail.contains(&one) && detail.contains(other), "{detail}");
    logs(short).await.refused(400, "ambiguous_id");
    // A name as it is written, and as others write it.
    let zoe = register(&world, "Zo\u{eb}").await.id();
    for typed in ["Zo\u{eb}", "Zoe\u{308}", " Zo\u{eb} "] {
        assert_eq!(adjust(typed).await.ok()["agent_id"], zoe.as_str(), "{typed}");
    }
    adjust("zo\u{eb}").await.refused(404, "not_found");
    assert_eq!(logs(&zoe).await.ok()["total"], json!(3), "{:?}", Value::Null);
}
