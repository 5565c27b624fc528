//! What a handler takes out of a request: the path, the caller, the query, the body.
//!
//! A handler names them in the order they are judged: caller → path → query → body. That the body
//! of a known caller must be JSON is judged before its role, as the contract has it; see [`body`].

pub(super) mod address;
pub(super) mod admin_list;
pub(super) mod body;
pub(super) mod caller;
mod fields;
mod input;
mod json;
pub(super) mod own_page;
pub(super) mod path;
pub(super) mod query;
pub(super) mod role;
pub(super) mod stranger;
