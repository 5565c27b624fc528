//! The two databases of a move, each without a server.

use sea_orm::ConnectionTrait;

use crate::config::Address;
use crate::store::dialect::servers_connected;
use crate::store::entity::meta;
use crate::store::insert::insert_unless_taken;
use crate::store::moving::error::MoveError;
use crate::store::moving::table::Table;
use crate::store::sqlite::reading::{Held, alone};
use crate::store::{At, Database, Store, Transaction, open_whole, time, versions};

/// What a move is called by the database, so that it is told from a server.
const NAME: &str = "moss-server move";
/// The row that a move puts into its target first and takes away last: of two at once the second
/// waits for the first.
const GUARD: &str = "moving";

/// Whether two addresses are of one database, as far as they tell.
pub(super) fn are_one(from: &Address, to: &Address) -> bool {
    let place = |address: &Address| {
        let text = address.to_string();
        if let Address::Sqlite(path) = address {
            return std::fs::canonicalize(path).map_or(text, |path| path.display().to_string());
        }
        text
    };
    place(from) == place(to)
}

/// Where rows are read. No server gets a file of SQLite as long as this lives.
pub(super) struct Source {
    pub address: Address,
    pub db: Database,
    _held: Option<Held>,
}

impl Source {
    pub async fn open(address: &Address) -> Result<Self, MoveError> {
        let address = address.clone().seen_as(NAME);
        let (db, held) = match &address {
            Address::Sqlite(path) => {
                let (db, held) = alone(path).await.map_err(MoveError::opening)?;
                (db, Some(held))
            }
            Address::Remote(address) => {
                (open_whole(address).await.map_err(MoveError::opening)?, None)
            }
        };
        Ok(Self { address, db, _held: held })
    }

    pub async fn must_be_at_rest(&self) -> Result<(), MoveError> {
        must_be_at_rest(&self.db, &self.address).await
    }

    /// How far time has come there. Every server that starts or stops notes it.
    pub async fn noted<C: crate::store::Reads>(&self, db: &C) -> Result<Noted, MoveError> {
        time::newest(db).await.map(Noted).map_err(MoveError::at(&self.address))
    }

    pub async fn close(&self) {
        let _ = self.db.close().await;
    }
}

/// A point in time that a server has noted, if one has.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Noted(Option<moss_api::Timestamp>);

/// Where they are written: all the tables are there, and nothing in them.
pub(super) struct Target {
    pub address: Address,
    store: Store,
    /// Connections that may take their time, of a database that is a server.
    whole: Option<Database>,
}

impl Target {
    pub async fn open(address: &Address) -> Result<Self, MoveError> {
        let address = address.clone().seen_as(NAME);
        let store = Store::open(&address).await.map_err(MoveError::opening)?;
        let whole = match &address {
            Address::Sqlite(_) => None,
            Address::Remote(address) => {
                Some(open_whole(address).await.map_err(MoveError::opening)?)
            }
        };
        Ok(Self { address, store, whole })
    }

    pub async fn must_be_at_rest(&self) -> Result<(), MoveError> {
        must_be_at_rest(self.store.writing(), &self.address).await
    }

    pub async fn begin(&self) -> Result<Transaction, MoveError> {
        let db = self.whole.as_ref().unwrap_or(self.store.writing());
        db.begin().await.map_err(MoveError::at(&self.address))
    }

    /// Refuses what anybody has used, and takes away what a first start puts there.
    pub async fn clear(&self, tx: &Transaction, tables: &[Table]) -> Result<(), MoveError> {
        let failed = MoveError::at(&self.address);
        let guard =
            meta::Model { key: GUARD.to_owned(), at: At(moss_api::Timestamp::from_micros(0)) };
        insert_unless_taken(tx, guard).await.map_err(&failed)?;
        let not_empty = |table, rows| MoveError::NotEmpty {
            to: self.address.to_string(),
            table,
            rows,
            mend: if matches!(self.address, Address::Sqlite(_)) {
                "name another file, or put this one away"
            } else {
                "make another there, or drop this one and make it anew"
            },
        };
        for table in tables.iter().filter(|table| !table.is_of_a_start) {
            let (rows, _) = table.count(tx).await.map_err(&failed)?;
            if rows > 0 {
                return Err(not_empty(table.name, rows));
            }
        }
        let written = versions::written_by_somebody(tx).await.map_err(&failed)?;
        if written > 0 {
            return Err(not_empty("versions", written));
        }
        for table in tables.iter().filter(|table| table.is_of_a_start) {
            table.clear(tx).await.map_err(&failed)?;
        }
        Ok(())
    }

    pub async fn close(&self) {
        if let Some(whole) = &self.whole {
            let _ = whole.close().await;
        }
        self.store.close().await;
    }
}

/// A database that is a server knows who is connected; the lock of a file is held.
async fn must_be_at_rest(db: &Database, address: &Address) -> Result<(), MoveError> {
    let Some(ask) = servers_connected(db.get_database_backend()) else { return Ok(()) };
    let failed = MoveError::at(address);
    let row = db.query_one_raw(ask).await.map_err(&failed)?;
    let servers = row.map_or(Ok(0), |row| row.try_get::<i64>("", "servers"));
    if servers.map_err(failed)? > 0 {
        return Err(MoveError::Running(address.to_string()));
    }
    Ok(())
}
