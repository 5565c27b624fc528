//! Turning whole rows into inserts.

use sea_orm::{ActiveModelTrait, IntoActiveModel, ModelTrait};

/// A row with every column set, as an insert needs it.
pub(super) fn all_set<M, A>(row: M) -> A
where
    M: ModelTrait + IntoActiveModel<A>,
    A: ActiveModelTrait<Entity = M::Entity>,
{
    row.into_active_model().reset_all()
}
