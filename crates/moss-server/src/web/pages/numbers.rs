//! `/dashboard`: the team in numbers, each a link to the rows it counts.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};

use crate::app::App;
use crate::domain::Error;
use crate::domain::days::DaysUntilToday;
use crate::domain::queries::admin::dashboard::{self, MOST_DAYS};
use crate::web::components::table;
use crate::web::layout::{self, Place};
use crate::web::list::Asked;
use crate::web::person::Person;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/dashboard", get(numbers))
}

/// Days without a wish.
const DAYS: i64 = 7;

async fn numbers(State(app): State<Arc<App>>, person: Person, asked: Asked) -> Response {
    let words = person.viewer.words;
    let body = shown(&app, &person, &asked).await;
    layout::found(&person, Place::Numbers, body.map(|body| (words.numbers, body)))
}

async fn shown(app: &App, person: &Person, asked: &Asked) -> Result<Markup, Error> {
    let (db, now, words) = (app.store.read(), app.clock.now(), person.viewer.words);
    let days = asked.word::<i64>("days").unwrap_or(DAYS).clamp(1, MOST_DAYS);
    let days = DaysUntilToday::new(now, &person.viewer.zone, days);
    let overview = dashboard::overview(db, now, &days).await?;
    let trends = dashboard::trends(db, &app.past_days, now, days).await?;
    let core = &overview.core_cards;
    let cards = [
        (words.open_tasks, core.open_task_count, "/tasks"),
        (words.active_sub_tasks, core.active_sub_task_count, "/sub-tasks"),
        (words.waiting_review, core.review_queue_count, "/sub-tasks?status=review"),
        (words.blocked, core.blocked_sub_task_count, "/sub-tasks?status=blocked"),
        (words.active_agents, core.active_agent_count, "/agents?status=active"),
        (words.done_today, core.today_completed_sub_task_count, "/sub-tasks?status=done"),
    ];
    let headings =
        [words.by_day, words.made, words.column_progress, words.approved, words.rejected];
    let made = trends.sub_task_created_trend.iter().rev();
    let finished = trends.sub_task_completed_trend.iter().rev();
    let judged = trends.review_trend.iter().rev();
    Ok(html! {
        div class="cards" {
            @for (name, count, path) in cards {
                a href=(path) { strong { (count) } " " (name) }
            }
        }
        nav class="pager" aria-label=(words.by_day) {
            @for days in [1, 7, MOST_DAYS] {
                a href={ "/dashboard?days=" (days) } { (days) " d" }
            }
        }
        (table(&headings, made.zip(finished).zip(judged).map(|((made, finished), judged)| vec![
            html! { (made.date) },
            html! { (made.count) },
            html! { (finished.count) },
            html! { (judged.approved) },
            html! { (judged.rejected) },
        ])))
    })
}
