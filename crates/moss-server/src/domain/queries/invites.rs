//! Invites as they are shown.

use moss_api::{Invite, Page};

use crate::domain::Error;
use crate::domain::queries::{Db, PageRequest, Sort};
use crate::store::invites;

/// All invites that are kept.
#[derive(Clone, Debug)]
pub struct InviteList {
    /// By when they were made.
    pub sort: Sort,
    /// Which page.
    pub page: PageRequest,
}

impl InviteList {
    /// Reads a page.
    pub async fn run(self, db: &Db) -> Result<Page<Invite>, Error> {
        Ok(invites::list(db, self.sort, self.page).await?)
    }
}
