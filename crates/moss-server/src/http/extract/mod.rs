//! What a handler takes out of a request: the path, the caller, the query, the body.
//!
//! A handler names them in the order they are judged: path → caller → query → body. That the body
//! must be JSON is judged before the caller, as the contract has it; see [`body`].

pub(super) mod body;
pub(super) mod caller;
mod fields;
mod input;
pub(super) mod path;
pub(super) mod query;
pub(super) mod role;
