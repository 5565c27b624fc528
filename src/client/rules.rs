//! The rules that apply to an agent.

use moss_api::Rules;

use super::Client;
use crate::error::Result;

/// Above any version of the original's Python client, so that no advice on updating that is
/// mixed into the rules.
const NO_PYTHON_CLIENT: i32 = i32::MAX;

/// The global rules, with those of what `about` names.
///
/// # Errors
/// When the server cannot be asked or refuses.
pub async fn ask(client: &Client, about: &[(&str, String)]) -> Result<Rules> {
    let mut query = vec![("cli_version", NO_PYTHON_CLIENT.to_string())];
    query.extend_from_slice(about);
    client.get("/api/rules", &query).await
}
