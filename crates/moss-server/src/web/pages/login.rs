//! `/login` and `/logout`.

use std::sync::Arc;

use axum::extract::{Form, FromRequest, FromRequestParts, Query, Request, State};
use axum::http::header::SET_COOKIE;
use axum::http::StatusCode;
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::Router;
use maud::html;
use moss_api::ErrorCode;
use serde::Deserialize;

use crate::app::App;
use crate::domain::access::admin_sessions::Session;
use crate::config::Config;
use crate::http::login::{Error, device_cookie, guesser, log_in};
use crate::http;
use crate::web::forms::Sent;
use crate::web::layout;
use crate::web::pages::here_only;
use crate::web::person::{end_cookies, hash_of, session_of, set_cookie};
use crate::web::viewer::Viewer;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/login", get(ask).post(sign_in)).route("/logout", post(sign_out))
}

/// Where to go once signed in.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Back {
    to: String,
}

async fn ask(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Query(back): Query<Back>,
    request: Request,
) -> Response {
    match session_of(&app, request.headers()).await {
        Ok(Some(_)) => Redirect::to(here_only(&back.to)).into_response(),
        Ok(None) => form(&viewer, &back.to, None).into_response(),
        Err(error) => layout::failed(&viewer, &error),
    }
}

fn form(viewer: &Viewer, to: &str, failure: Option<String>) -> maud::Markup {
    let words = viewer.words;
    let body = html! {
        form class="login" method="post" action="/login" {
            input type="hidden" name="to" value=(here_only(to));
            label for="password" { (words.password) }
            input id="password" name="password" type="password" autocomplete="current-password"
                required autofocus;
            @if let Some(failure) = &failure {
                p class="failure" role="alert" { (failure) }
            }
            button { (words.sign_in) }
            p class="empty" { (words.forgotten) }
        }
    };
    layout::plain(viewer, words.sign_in, body)
}

#[derive(Deserialize)]
struct Given {
    password: String,
    #[serde(default)]
    to: String,
}

/// Signs in. The form has no token: there is no session yet that it could be of. What the browser says
/// of the page it comes from keeps other sites out.
async fn sign_in(State(app): State<Arc<App>>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(viewer) = Viewer::from_request_parts(&mut parts, &app).await;
    if let Err(error) = http::must_be_own_page(&parts.headers, &app) {
        return error.into_response();
    }
    let whose = guesser(&parts, &app);
    let request = Request::from_parts(parts, body);
    let Ok(Form(given)) = Form::<Given>::from_request(request, &app).await else {
        return layout::stale_form(&viewer);
    };
    let again = |status: StatusCode, why: String| {
        (status, form(&viewer, &given.to, Some(why))).into_response()
    };
    match log_in(&app, &whose, given.password.clone(), hash_of).await {
        Ok(logged_in) => {
            let cookie = set_cookie(&logged_in.token, app.read_config(Config::is_https));
            let mark = device_cookie(&logged_in.mark, &app, "/login");
            let cookies = AppendHeaders([(SET_COOKIE, cookie), (SET_COOKIE, mark)]);
            (cookies, Redirect::to(here_only(&given.to))).into_response()
        }
        Err(Error::Refused(refusal)) if refusal.code == ErrorCode::WrongPassword => {
            again(StatusCode::FORBIDDEN, viewer.words.wrong_password.to_owned())
        }
        Err(Error::Wait(_, seconds)) => {
            let why = format!("{} {seconds}", viewer.words.wait_seconds);
            again(StatusCode::TOO_MANY_REQUESTS, why)
        }
        Err(error) => error.into_response(),
    }
}

/// Nothing is sent along.
#[derive(Deserialize)]
struct Nothing {}

async fn sign_out(State(app): State<Arc<App>>, Sent(person, _): Sent<Nothing>) -> Response {
    // One that could not be ended ends by itself; the browser forgets it in any case.
    let _ = app.writer.write(Session::End(person.session.hash.clone()), None).await;
    let [secure, plain] = end_cookies();
    (AppendHeaders([(SET_COOKIE, secure), (SET_COOKIE, plain)]), Redirect::to("/login"))
        .into_response()
}
