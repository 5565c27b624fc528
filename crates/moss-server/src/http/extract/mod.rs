//! What a handler takes out of a request: the caller, the body, the parameters.

pub(super) mod auth;
pub(super) mod request;
