//! Who looks: the person in charge, by a session that is for pages alone. Its cookie opens no route of
//! the API, and a token of the API opens no page.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};

use crate::app::App;
use crate::domain::Error;
use crate::domain::access::admin_sessions::{Session, wants_noting};
use crate::http;
use crate::security::secret::sha256_hex;
use crate::web::failure::Failure;
use crate::web::layout;
use crate::web::viewer::{Viewer, cookie};

/// On HTTPS: a browser takes it from no other site, and for the whole of this one.
const SECURE_COOKIE: &str = "__Host-moss";
/// On plain HTTP, where browsers take no such name.
const COOKIE: &str = "moss_session";

/// What an open page says that asks for itself again: nobody may be there to see it.
const LIVE: &str = "x-moss-live";

/// The person in charge, signed in.
pub struct Person {
    /// How pages are shown.
    pub viewer: Viewer,
    /// The session.
    pub session: SignedIn,
}

/// A session for pages.
pub struct SignedIn {
    /// What it is known by: see [`hash_of`].
    pub hash: String,
    /// What its forms carry, so that no other site can send them.
    pub form_token: String,
}

impl SignedIn {
    /// The session of a token.
    pub fn by(token: &str) -> Self {
        Self { hash: hash_of(token), form_token: sha256_hex(format!("form {token}").as_bytes()) }
    }
}

/// What a session for pages is known by. Not as one of the API's is: neither stands for the other.
pub fn hash_of(token: &str) -> String {
    sha256_hex(format!("pages {token}").as_bytes())
}

/// The cookie of a new session.
pub fn set_cookie(token: &str, is_secure: bool) -> String {
    if is_secure {
        format!("{SECURE_COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Secure")
    } else {
        format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax")
    }
}

/// The cookies of a session that is over.
pub fn end_cookies() -> [String; 2] {
    [
        format!("{SECURE_COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0"),
        format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"),
    ]
}

fn token_of(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, SECURE_COOKIE).or_else(|| cookie(headers, COOKIE))
}

/// The session of a request, if it has one that lives. Its use is noted now and then, unless the page is
/// only open.
///
/// # Errors
/// When the database fails.
pub async fn session_of(app: &App, headers: &HeaderMap) -> Result<Option<SignedIn>, Error> {
    let Some(token) = token_of(headers) else { return Ok(None) };
    let session = SignedIn::by(token);
    match wants_noting(app.store.read(), &session.hash, app.clock.now(), &app.url()).await {
        Ok(wants_noting) => {
            if wants_noting && !headers.contains_key(LIVE) {
                // Where that fails, it is noted the next time.
                let _ = app.writer.write(Session::Use(session.hash.clone()), None).await;
            }
            Ok(Some(session))
        }
        Err(Error::Refused(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Person {
    /// Whoever a request is of; none when they are not signed in.
    ///
    /// # Errors
    /// A page that says why it cannot be told, or that they ask too much.
    pub async fn signed_in(
        parts: &Parts,
        app: &App,
        viewer: Viewer,
    ) -> Result<Option<Self>, Response> {
        let session = session_of(app, &parts.headers).await;
        let session =
            session.map_err(|error| layout::failed(&viewer, &Failure::of(error, viewer.words)))?;
        let Some(session) = session else { return Ok(None) };
        http::count_request(app, &session.hash).map_err(IntoResponse::into_response)?;
        Ok(Some(Self { viewer, session }))
    }
}

/// Leads whoever is nobody to the page where they sign in, and from there back.
pub fn to_sign_in(viewer: &Viewer) -> Response {
    let back: String = form_urlencoded::byte_serialize(viewer.here.as_bytes()).collect();
    Redirect::to(&format!("/login?to={back}")).into_response()
}

impl FromRequestParts<Arc<App>> for Person {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let Ok(viewer) = Viewer::from_request_parts(parts, app).await;
        let person = Self::signed_in(parts, app, viewer.clone()).await?;
        person.ok_or_else(|| to_sign_in(&viewer))
    }
}
