//! Forms that no other site can send: by what the browser says of the page, and by a token in the form.

use std::sync::Arc;

use axum::extract::{Form, FromRequest, Request};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::http;
use crate::security::secret::same;
use crate::web::layout;
use crate::web::person::Person;

/// What every form carries.
#[derive(Deserialize)]
struct Sealed<T> {
    token: String,
    #[serde(flatten)]
    fields: T,
}

/// The person in charge, and a form of a page of this session.
pub struct Sent<T>(pub Person, pub T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Sent<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Response> {
        use axum::extract::FromRequestParts;
        let (mut parts, body) = request.into_parts();
        http::must_be_own_page(&parts.headers, app).map_err(IntoResponse::into_response)?;
        let person = Person::from_request_parts(&mut parts, app).await?;
        let form = Form::<Sealed<T>>::from_request(Request::from_parts(parts, body), app).await;
        match form {
            Ok(Form(form)) if same(&form.token, &person.session.form_token) => {
                Ok(Self(person, form.fields))
            }
            Ok(_) | Err(_) => Err(layout::stale_form(&person.viewer)),
        }
    }
}
