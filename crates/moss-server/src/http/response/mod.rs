//! How a request is answered: errors, and what a client already knows.

pub(super) mod error;
pub(super) mod etag;
