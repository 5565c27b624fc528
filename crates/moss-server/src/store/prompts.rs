//! Prompts.

use moss_api::Role;
use moss_api::admin::PromptKind;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::store::bounded::MAX_LIST_ROWS;
use crate::store::column::{At, Word};
use crate::store::entity::prompt::{Column, Entity, Model};
use crate::store::reads::WholeRows;
use crate::store::{Reads, Tx};

/// All of a kind, by their slugs.
pub async fn list<C: Reads>(db: &C, kind: PromptKind) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::Kind.eq(kind.as_str()))
        .order_by_asc(Column::Slug)
        .limit(MAX_LIST_ROWS)
        .read_all(db)
        .await
}

/// One.
pub async fn find<C: Reads>(db: &C, slug: &str) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(slug).read_one(db).await
}

/// Adds one, unless there is one of that slug: then the answer is false.
pub async fn insert(tx: &Tx, row: Model) -> Result<bool, DbErr> {
    tx.insert_unless_taken(row).await
}

/// What a prompt is to say; what is none stays as it is.
#[derive(Clone, Debug, Default)]
pub struct PromptPatch {
    /// What the agent is called.
    pub name: Option<String>,
    /// What the agent is for.
    pub role: Option<Role>,
    /// Free text.
    pub description: Option<String>,
    /// Markdown.
    pub content: Option<String>,
}

/// Changes one that still has this version, which becomes the one before. False when it has not.
pub async fn edit(tx: &Tx, slug: &str, version: i64, patch: PromptPatch) -> Result<bool, DbErr> {
    let mut update = Entity::update_many()
        .col_expr(Column::Version, Expr::val(version + 1))
        .col_expr(Column::UpdatedAt, Expr::val(At(tx.now)))
        .filter(Column::Slug.eq(slug))
        .filter(Column::Version.eq(version));
    if let Some(role) = patch.role {
        update = update.col_expr(Column::Role, Expr::val(Word(role)));
    }
    for (column, text) in [
        (Column::Name, patch.name),
        (Column::Description, patch.description),
        (Column::Content, patch.content),
    ] {
        if let Some(text) = text {
            update = update.col_expr(column, Expr::val(text));
        }
    }
    Ok(tx.execute(update).await? > 0)
}

/// Removes one. False when there is none.
pub async fn delete(tx: &Tx, slug: &str) -> Result<bool, DbErr> {
    Ok(tx.execute(Entity::delete_many().filter(Column::Slug.eq(slug))).await? > 0)
}
