//! Forms that no other site can send, that do twice what they do once, and whose fields are never lost: what
//! could not be done comes back as it was written, to be sent again.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use moss_api::ErrorCode;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::app::App;
use crate::domain::{ADMIN, Command, Refusal};
use crate::http;
use crate::security::secret::{random_hex, same, sha256_hex};
use crate::web::failure::Failure;
use crate::web::layout;
use crate::web::pages::login;
use crate::web::person::{Person, SignedIn};
use crate::web::viewer::Viewer;
use crate::writer::{Caller, Idempotency};

/// The session's token, and the form's own key: sent twice, it is done once.
const TOKEN: &str = "token";
const KEY: &str = "key";
/// Most bytes of a form. Of strangers there may be as many as there are connections.
const MOST: usize = 1024 * 1024;
/// See [`MOST`].
pub const MOST_OF_STRANGERS: usize = 64 * 1024;
/// How long a form may take to arrive.
const READ: Duration = Duration::from_secs(20);
/// Fields of this ending come back empty.
const SECRET: &str = "password";

/// What a form says, in its order, without its token and key.
#[derive(Clone, Debug, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Lines end as everywhere else here, whatever browsers send.
    fn parse(body: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(body).into_owned();
        Self(pairs.map(|(name, value)| (name, value.replace("\r\n", "\n"))).collect())
    }

    fn take(&mut self, name: &str) -> String {
        let at = self.0.iter().position(|(its, _)| its == name);
        at.map(|at| self.0.remove(at).1).unwrap_or_default()
    }

    /// Each with its name, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// As a form sends it.
    pub fn encoded(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    /// What [`Self::encoded`] wrote.
    pub fn decode(text: &str) -> Self {
        Self::parse(text.as_bytes())
    }
}

/// The person in charge, and a form of a page of this session.
pub struct Sent {
    /// Who sent it.
    pub person: Person,
    /// What it says.
    pub fields: Fields,
    action: String,
    idempotency: Option<Idempotency>,
}

impl FromRequest<Arc<App>> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Response> {
        use axum::extract::FromRequestParts;
        let (mut parts, body) = request.into_parts();
        let Ok(viewer) = Viewer::from_request_parts(&mut parts, app).await;
        if http::must_be_own_page(&parts.headers, app).is_err() {
            let failure = Failure::new(StatusCode::FORBIDDEN, viewer.words.other_site);
            return Err(layout::failed(&viewer, &failure));
        }
        let action = parts.uri.path().to_owned();
        let is_known = Person::signed_in(&parts, app, viewer.clone()).await?;
        let most = if is_known.is_some() { MOST } else { MOST_OF_STRANGERS };
        let body = receive(body, most, &viewer).await?;
        let mut fields = Fields::parse(&body);
        let (token, key) = (fields.take(TOKEN), fields.take(KEY));
        let Some(person) = is_known else {
            fields.0.retain(|(name, _)| !name.ends_with(SECRET));
            return Err(login::for_form(&viewer, &action, &fields));
        };
        if !same(&token, &person.session.form_token) {
            let failure = Failure::new(StatusCode::FORBIDDEN, viewer.words.stale_form);
            return Err(held(&person, &action, &fields, &failure));
        }
        let request_hash = sha256_hex(format!("{action} {}", fields.encoded()).as_bytes());
        let caller = Caller::new(format!("{ADMIN} by page"));
        let idempotency = (!key.is_empty()).then_some(Idempotency { caller, key, request_hash });
        Ok(Self { person, fields, action, idempotency })
    }
}

/// Receives a form of at most so many bytes. It is not waited for whoever never ends.
///
/// # Errors
/// A page that says that it is too long or did not arrive.
pub async fn receive(body: Body, most: usize, viewer: &Viewer) -> Result<Bytes, Response> {
    let refused =
        |status| layout::failed(viewer, &Failure::new(status, viewer.words.form_not_read));
    match timeout(READ, to_bytes(body, most)).await {
        Ok(Ok(read)) => Ok(read),
        Ok(Err(_)) => Err(refused(StatusCode::PAYLOAD_TOO_LARGE)),
        Err(_) => Err(refused(StatusCode::REQUEST_TIMEOUT)),
    }
}

impl Sent {
    /// What it says, parsed.
    ///
    /// # Errors
    /// The form again, with what is wrong.
    #[allow(
        clippy::result_large_err,
        reason = "it is made once, for a form that is not carried out"
    )]
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Response> {
        serde_urlencoded::from_str(&self.fields.encoded()).map_err(|problem| {
            let refusal = Refusal::new(ErrorCode::Invalid, problem.to_string());
            self.refused(&refusal.into())
        })
    }

    /// Does what it is for.
    ///
    /// # Errors
    /// The form again, with why it was not done.
    pub async fn run<C: Command>(&self, app: &App, command: C) -> Result<C::Output, Response>
    where
        C::Output: DeserializeOwned,
    {
        self.run_part(app, command, "").await.map_err(|failure| self.refused(&failure))
    }

    /// Does one of the things that it is for; each has a name of its own.
    ///
    /// # Errors
    /// Why it was not done.
    pub async fn run_part<C: Command>(
        &self,
        app: &App,
        command: C,
        part: &str,
    ) -> Result<C::Output, Failure>
    where
        C::Output: DeserializeOwned,
    {
        let mut idempotency = self.idempotency.clone();
        if let Some(idempotency) = &mut idempotency {
            idempotency.key.push_str(part);
        }
        // An answer with a secret is kept nowhere, so a repeat of it is a new one.
        let idempotency = idempotency.filter(|_| !C::SECRET);
        let words = self.person.viewer.words;
        let answer = app.writer.write(command, idempotency).await;
        let answer = answer.map_err(|error| Failure::of_write(&error, words))?;
        if answer.status >= 400 {
            return Err(Failure::answered(answer.status, &answer.body));
        }
        serde_json::from_str(&answer.body).map_err(|error| {
            tracing::error!(%error, "an answer could not be read");
            Failure::new(StatusCode::INTERNAL_SERVER_ERROR, words.database_silent)
        })
    }

    /// Does what it is for, and leads back to a page that shows what has become of it.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn carry_out<C: Command>(
        &self,
        app: &App,
        command: C,
        page: &str,
    ) -> Result<Response, Response>
    where
        C::Output: DeserializeOwned,
    {
        self.run(app, command).await?;
        Ok(done(page))
    }

    /// A secret made from the system's randomness.
    ///
    /// # Errors
    /// The form again, when the system has none to give.
    #[allow(
        clippy::result_large_err,
        reason = "it is made once, for a form that is not carried out"
    )]
    pub fn fresh<T>(&self, made: Result<T, getrandom::Error>) -> Result<T, Response> {
        made.map_err(|_| {
            let why = "the system has no randomness to give";
            self.refused(&Refusal::new(ErrorCode::Internal, why).into())
        })
    }

    /// The form again, with why it was not done.
    pub fn refused(&self, failure: &Failure) -> Response {
        held(&self.person, &self.action, &self.fields, failure)
    }
}

/// A page with what is shown this once.
pub fn shown_once(
    person: &Person,
    title: &str,
    meaning: &str,
    secret: &str,
    path: &str,
) -> Response {
    let body = html! {
        p { (meaning) }
        pre class="once" tabindex="0" { (secret) }
        p { a href=(path) { (person.viewer.words.back) } }
    };
    layout::page(person, None, title, body)
}

/// Back to a page that shows what has become of it.
pub fn done(path: &str) -> Response {
    Redirect::to(&format!("{path}?said=done")).into_response()
}

/// A form with what was written into it, to be sent again.
pub fn held(person: &Person, action: &str, fields: &Fields, failure: &Failure) -> Response {
    let words = person.viewer.words;
    let body = html! {
        (layout::told(failure))
        (form(&person.session, action, html! {
            @for (name, value) in &fields.0 {
                @let value = if name.ends_with(SECRET) { "" } else { value };
                label {
                    span { (name.replace('_', " ")) }
                    @if value.contains('\n') || value.len() > 60 {
                        textarea name=(name) rows="8" { "\n" (value) }
                    } @else if name.ends_with(SECRET) {
                        input type="password" name=(name);
                    } @else {
                        input name=(name) value=(value);
                    }
                }
            }
            button { (words.send_again) }
        }))
    };
    (failure.status, layout::page(person, None, words.not_sent, body)).into_response()
}

/// A form of this session, with these fields.
pub fn form(session: &SignedIn, action: &str, fields: Markup) -> Markup {
    html! {
        form class="act" method="post" action=(action) {
            input type="hidden" name=(TOKEN) value=(session.form_token);
            // Without randomness it is done as often as it is sent.
            input type="hidden" name=(KEY) value=(random_hex::<16>().unwrap_or_default());
            (fields)
        }
    }
}

/// What a press of a button does, said before it is pressed: it opens without a script.
pub fn confirmed(name: &str, meaning: &str, form: Markup) -> Markup {
    html! {
        details class="confirm" {
            summary { (name) }
            p { (meaning) }
            (form)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_form_says_survives_as_it_is() {
        let mut fields = Fields::parse(b"token=t&text=a%26b%0D%0A%3Cb%3E&name=%E7%8B%97&key=k");
        assert_eq!((fields.take(TOKEN), fields.take(KEY)), ("t".to_owned(), "k".to_owned()));
        let again = Fields::decode(&fields.encoded());
        assert_eq!(
            again.0,
            [("text".to_owned(), "a&b\n<b>".to_owned()), ("name".into(), "狗".into())]
        );
        assert_eq!(fields.take("nothing"), "");
    }
}
