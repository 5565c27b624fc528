//! Turning whole rows into inserts.

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, ModelTrait,
    TryInsertResult,
};

use crate::store::dialect;

/// Most rows in one statement.
const MAX_CHUNK: usize = 32;

/// A row with every column set, as an insert needs it.
pub(super) fn all_set<M, A>(row: M) -> A
where
    M: ModelTrait + IntoActiveModel<A>,
    A: ActiveModelTrait<Entity = M::Entity>,
{
    row.into_active_model().reset_all()
}

/// Inserts a row, unless a UNIQUE constraint says that there is one like it: then the answer is
/// false. Whoever calls it notes the change.
pub(super) async fn insert_unless_taken<M, A, C>(db: &C, row: M) -> Result<bool, DbErr>
where
    M: ModelTrait + IntoActiveModel<A>,
    A: ActiveModelTrait<Entity = M::Entity> + Send,
    C: ConnectionTrait,
{
    let insert = M::Entity::insert(all_set::<M, A>(row));
    if dialect::tells_taken_by_error(db.get_database_backend()) {
        return match insert.exec_without_returning(db).await {
            Ok(rows) => Ok(rows > 0),
            Err(error) if dialect::is_taken(&error) => Ok(false),
            Err(error) => Err(error),
        };
    }
    let insert = insert.on_conflict(OnConflict::new().do_nothing().to_owned()).try_insert();
    Ok(match insert.exec_without_returning(db).await? {
        TryInsertResult::Inserted(rows) => rows > 0,
        TryInsertResult::Conflicted | TryInsertResult::Empty => false,
    })
}

/// Inserts rows, some in a statement.
pub(super) async fn insert_many<E, C>(db: &C, rows: Vec<E::ActiveModel>) -> Result<(), DbErr>
where
    E: EntityTrait,
    E::ActiveModel: Send,
    C: ConnectionTrait,
{
    for some in chunks(rows) {
        E::insert_many(some).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Many in parts of 32, 16, 8, 4, 2 and 1: so there are few texts of statements, and each is
/// prepared once and found again.
pub(super) fn chunks<T>(all: Vec<T>) -> impl Iterator<Item = Vec<T>> {
    let mut all = all.into_iter();
    let mut size = MAX_CHUNK;
    std::iter::from_fn(move || {
        if all.len() == 0 {
            return None;
        }
        while size > all.len() {
            size /= 2;
        }
        Some(all.by_ref().take(size).collect())
    })
}
