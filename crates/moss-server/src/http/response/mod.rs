//! How a request is answered: JSON, errors, and what a client already knows.

pub(super) mod error;
pub(super) mod etag;
pub(super) mod json;

/// What a handler gives back.
pub(super) type Result<T> = std::result::Result<T, error::Error>;
