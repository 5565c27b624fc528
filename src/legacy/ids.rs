//! Ids by their beginning, found by listing.

use moss_api::{IdPrefix, SubTask, Task};
use serde::de::DeserializeOwned;

use crate::client::resolve;
use crate::commands::args;
use crate::context::Context;
use crate::error::Result;

/// What can be listed and has an id and a name.
pub trait Listed: DeserializeOwned {
    /// Id and name.
    fn id_and_name(&self) -> (&str, &str);
}

impl Listed for SubTask {
    fn id_and_name(&self) -> (&str, &str) {
        (&self.id, &self.name)
    }
}

impl Listed for Task {
    fn id_and_name(&self) -> (&str, &str) {
        (&self.id, &self.name)
    }
}

/// The whole id.
///
/// # Errors
/// When none in the list begins so, or several do.
pub async fn resolve<T: Listed>(
    ctx: &Context,
    what: &str,
    path: &str,
    id: &IdPrefix,
) -> Result<String> {
    let page = args::all::<T>(ctx, path, &[]).await?;
    let fits =
        page.items.iter().map(Listed::id_and_name).filter(|(i, _)| i.starts_with(id.as_str()));
    resolve::only(what, id.as_str(), fits)
}
