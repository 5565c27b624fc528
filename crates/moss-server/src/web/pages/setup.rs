//! `/setup`: the page behind the one-time link.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use maud::html;

use crate::app::App;
use crate::config::Config;
use crate::web::assets;
use crate::web::components::field;
use crate::web::layout;
use crate::web::viewer::Viewer;

pub(in crate::web) fn routes() -> Router<Arc<App>> {
    Router::new().route("/setup", get(setup))
}

async fn setup(State(app): State<Arc<App>>, viewer: Viewer) -> Response {
    let words = viewer.words;
    if app.read_config(Config::has_password) {
        let body = html! {
            p { (words.set_up_already) }
            p { a href="/" { (words.sign_in) } }
        };
        return layout::plain(&viewer, words.set_up, body).into_response();
    }
    let config = app.config();
    let body = html! {
        noscript { p class="failure" { (words.needs_script) } }
        form id="setup" class="act" hidden data-not-the-same=(words.not_the_same) {
            (field(words.password, html! {
                input name="admin_password" type="password" minlength="8" required
                    autocomplete="new-password" aria-describedby="rule";
            }))
            p id="rule" class="faint" { (words.password_rule) }
            (field(words.password_again, html! {
                input name="password_again" type="password" required autocomplete="new-password";
            }))
            (field(words.project_name, html! {
                input name="project_name" value=(config.project.name) maxlength="200" required;
            }))
            (field(words.workspace_root, html! {
                input name="workspace_root" value=(config.workspace.root) placeholder="/srv/workspace" required;
            }))
            (field(words.external_url, html! {
                input name="external_url" type="url" value=(config.server.external_url);
            }))
            (field(words.registration_token, html! { input name="registration_token" autocomplete="off"; }))
            label class="check" {
                input name="allow_registration" type="checkbox" checked[config.agent.allow_registration];
                " " (words.allow_registration)
            }
            button { (words.set_up) }
        }
        p id="said" class="failure prose" role="alert" {}
        div id="done" hidden {
            p role="status" { (words.set_up_done) }
            dl {
                dt { (words.workspace_root) } dd id="workspace" {}
                dt { (words.registration_token) } dd { code id="token" {} }
            }
            p { a href="/login?to=/agents" { (words.sign_in) } }
        }
        script src=(assets::SETUP.path()) {}
    };
    layout::plain(&viewer, words.set_up, body).into_response()
}
