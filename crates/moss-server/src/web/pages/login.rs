//! `/login` and `/logout`. Whoever's session is over while they write signs in, and goes on writing.

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts, Query, Request, State};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use maud::{Markup, html};
use moss_api::ErrorCode;
use serde::Deserialize;

use crate::app::App;
use crate::config::Config;
use crate::domain::access::admin_sessions::Session;
use crate::http;
use crate::http::login::{Error, device_cookie, guesser, log_in};
use crate::web::components::field;
use crate::web::failure::Failure;
use crate::web::forms::{Fields, MOST_OF_STRANGERS, Sent, held, receive};
use crate::web::layout;
use crate::web::pages::here_only;
use crate::web::person::{Person, SignedIn, end_cookies, hash_of, session_of, set_cookie};
use crate::web::viewer::Viewer;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/login", get(ask).post(sign_in)).route("/logout", post(sign_out))
}

/// What a sign-in leads to.
#[derive(Default, Deserialize)]
#[serde(default)]
struct After {
    /// The page to go to.
    to: String,
    /// A form that was not sent, as it was written: where it goes, and its fields.
    action: String,
    fields: String,
}

#[derive(Deserialize)]
struct Given {
    password: String,
    #[serde(flatten)]
    after: After,
}

/// What a link to the page says. No link fills in a form: that would be somebody else's words.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Link {
    to: String,
}

async fn ask(
    State(app): State<Arc<App>>,
    viewer: Viewer,
    Query(Link { to }): Query<Link>,
    request: Request,
) -> Response {
    let after = After { to, ..After::default() };
    match session_of(&app, request.headers()).await {
        Ok(Some(_)) => Redirect::to(here_only(&after.to)).into_response(),
        Ok(None) => form(&viewer, &after, None).into_response(),
        Err(error) => layout::failed(&viewer, &Failure::of(error, viewer.words)),
    }
}

/// The page for whoever sent a form when their session was over.
pub fn for_form(viewer: &Viewer, action: &str, fields: &Fields) -> Response {
    let (action, fields) = (action.to_owned(), fields.encoded());
    let after = After { to: String::new(), action, fields };
    let why = viewer.words.session_over;
    (StatusCode::UNAUTHORIZED, form(viewer, &after, Some(why))).into_response()
}

fn form(viewer: &Viewer, after: &After, failure: Option<&str>) -> Markup {
    let words = viewer.words;
    let body = html! {
        form class="login" method="post" action="/login" {
            input type="hidden" name="to" value=(here_only(&after.to));
            input type="hidden" name="action" value=(after.action);
            input type="hidden" name="fields" value=(after.fields);
            (field(words.password, html! {
                input name="password" type="password" autocomplete="current-password" required
                    autofocus;
            }))
            @if let Some(failure) = failure {
                p class="failure" role="alert" { (failure) }
            }
            button { (words.sign_in) }
            p class="faint" { (words.forgotten) }
        }
    };
    layout::plain(viewer, words.sign_in, body)
}

/// Signs in. The form has no token: there is no session yet that it could be of. What the browser says
/// of the page it comes from keeps other sites out.
async fn sign_in(State(app): State<Arc<App>>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(viewer) = Viewer::from_request_parts(&mut parts, &app).await;
    if http::must_be_own_page(&parts.headers, &app).is_err() {
        let failure = Failure::new(StatusCode::FORBIDDEN, viewer.words.other_site);
        return layout::failed(&viewer, &failure);
    }
    let whose = guesser(&parts, &app);
    let sent = match receive(body, MOST_OF_STRANGERS, &viewer).await {
        Ok(sent) => sent,
        Err(refused) => return refused,
    };
    let Ok(Given { password, after }) = serde_urlencoded::from_bytes(&sent) else {
        let failure = Failure::new(StatusCode::UNPROCESSABLE_ENTITY, viewer.words.stale_form);
        return layout::failed(&viewer, &failure);
    };
    let again =
        |status: StatusCode, why: &str| (status, form(&viewer, &after, Some(why))).into_response();
    match log_in(&app, &whose, password, hash_of).await {
        Ok(logged_in) => {
            let cookie = set_cookie(&logged_in.token, app.read_config(Config::is_https));
            let mark = device_cookie(&logged_in.mark, &app, "/login");
            let cookies = AppendHeaders([(SET_COOKIE, cookie), (SET_COOKIE, mark)]);
            (cookies, go_on(viewer, &logged_in.token, &after)).into_response()
        }
        Err(Error::Refused(refusal)) if refusal.code == ErrorCode::WrongPassword => {
            again(StatusCode::FORBIDDEN, viewer.words.wrong_password)
        }
        Err(Error::Wait(_, seconds)) => {
            let why = format!("{} {seconds}", viewer.words.wait_seconds);
            again(StatusCode::TOO_MANY_REQUESTS, &why)
        }
        Err(error) => error.into_response(),
    }
}

/// The page that was asked for; or the form that was not sent, as it was written.
fn go_on(viewer: Viewer, token: &str, after: &After) -> Response {
    if after.action.is_empty() {
        return Redirect::to(here_only(&after.to)).into_response();
    }
    let person = Person { session: SignedIn::by(token), viewer };
    let failure = Failure::new(StatusCode::OK, person.viewer.words.stale_form);
    held(&person, here_only(&after.action), &Fields::decode(&after.fields), &failure)
}

async fn sign_out(State(app): State<Arc<App>>, sent: Sent) -> Response {
    // One that could not be ended ends by itself; the browser forgets it in any case.
    let _ = app.writer.write(Session::End(sent.person.session.hash.clone()), None).await;
    let [secure, plain] = end_cookies();
    let cookies = AppendHeaders([(SET_COOKIE, secure), (SET_COOKIE, plain)]);
    (cookies, Redirect::to("/login")).into_response()
}
