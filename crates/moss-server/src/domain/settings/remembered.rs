//! What a server remembers of the settings, between two looks at the database.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{PoisonError, RwLock};

use moss_api::Timestamp;
use tokio::sync::Mutex;

use crate::config::Config;
use crate::domain::Error;
use crate::domain::queries::Db;
use crate::domain::settings::{SETTINGS_ARE_BELIEVED_FOR, read};
use crate::store::settings;

/// The configuration as it counts: of the server's own file what is only its own, of the database what
/// all servers have in common.
pub struct Remembered {
    own: Config,
    now: RwLock<Config>,
    /// When the last look began that succeeded, in microseconds; before all time while there was none.
    looked: AtomicI64,
    /// What it saw. One look at a time.
    seen: Mutex<Vec<settings::Model>>,
}

impl Remembered {
    /// Of a server with this configuration.
    pub fn new(own: Config) -> Self {
        let (now, seen) = (RwLock::new(own.clone()), Mutex::default());
        Self { own, now, looked: AtomicI64::new(i64::MIN), seen }
    }

    /// A part of the configuration as it was seen last.
    pub fn config<T>(&self, read: impl FnOnce(&Config) -> T) -> T {
        read(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_fresh(&self, now: Timestamp) -> bool {
        let looked = Timestamp::from_micros(self.looked.load(Ordering::Acquire));
        self.looked.load(Ordering::Acquire) != i64::MIN && now < looked + SETTINGS_ARE_BELIEVED_FOR
    }

    /// Looks at the database if the last look is too long ago. Whether anything was changed.
    ///
    /// # Errors
    /// When the database fails; then all is as it was seen last.
    pub async fn look_again(&self, db: &Db, now: Timestamp) -> Result<bool, Error> {
        if self.is_fresh(now) {
            return Ok(false);
        }
        let seen = self.seen.lock().await;
        // Somebody else may have looked meanwhile.
        if self.is_fresh(now) { Ok(false) } else { self.look(seen, db, now).await }
    }

    /// Looks at the database. Whether anything was changed.
    ///
    /// # Errors
    /// As [`Self::look_again`].
    pub async fn look_now(&self, db: &Db, now: Timestamp) -> Result<bool, Error> {
        self.look(self.seen.lock().await, db, now).await
    }

    async fn look(
        &self,
        mut seen: tokio::sync::MutexGuard<'_, Vec<settings::Model>>,
        db: &Db,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut rows = settings::all(db).await?;
        rows.sort_by(|a, b| a.key.cmp(&b.key));
        let changed = *seen != rows;
        if changed {
            let config = self.own.with_settings(&read(rows.clone()));
            *self.now.write().unwrap_or_else(PoisonError::into_inner) = config;
            *seen = rows;
        }
        self.looked.store(now.micros(), Ordering::Release);
        Ok(changed)
    }

    /// Who made each setting what it is, as it was seen last.
    pub async fn sources(&self) -> BTreeMap<String, String> {
        let seen = self.seen.lock().await;
        seen.iter().map(|row| (row.key.clone(), row.source.clone())).collect()
    }
}
