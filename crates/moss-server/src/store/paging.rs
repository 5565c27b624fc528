//! Paged lists and id prefixes, the same for every table.

use moss_api::{IdPrefix, MAX_PAGE_SIZE, MAX_UNPAGED_ROWS, Page, Timestamp};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, Order, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Select,
};

use crate::store::Tx;
use crate::store::column::At;

/// Which page, as the caller asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    page: i64,
    /// 0 asks for everything.
    size: i64,
}

impl PageRequest {
    /// Clamps what the caller asked for into what the contract allows: a page below 1 is 1, a
    /// size below 1 asks for everything, a size above the limit is the limit.
    pub fn new(page: i64, size: i64) -> Self {
        Self { page: page.max(1), size: size.clamp(0, MAX_PAGE_SIZE) }
    }

    fn offset(self) -> u64 {
        match self.size {
            0 => 0,
            size => u64::try_from((self.page - 1).saturating_mul(size)).unwrap_or(0),
        }
    }

    fn limit(self) -> i64 {
        if self.size == 0 { MAX_UNPAGED_ROWS } else { self.size }
    }

    /// The envelope. Asking for everything stops at [`MAX_UNPAGED_ROWS`], and then says that
    /// there is more.
    pub fn envelope<T>(self, items: Vec<T>, total: i64) -> Page<T> {
        if self.size == 0 {
            let has_more = total > MAX_UNPAGED_ROWS;
            return Page { items, total, page: 1, page_size: 0, total_pages: 1, has_more };
        }
        let total_pages = (total.saturating_add(self.size - 1) / self.size).max(1);
        let has_more = self.page < total_pages;
        Page { items, total, page: self.page, page_size: self.size, total_pages, has_more }
    }
}

/// The order of a list, by when its rows were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// The last one first.
    NewestFirst,
    /// The first one first.
    OldestFirst,
}

impl From<Sort> for Order {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::NewestFirst => Self::Desc,
            Sort::OldestFirst => Self::Asc,
        }
    }
}

/// One page of a query that is already filtered and sorted.
pub async fn page<E, C>(
    db: &C,
    query: Select<E>,
    request: PageRequest,
) -> Result<Page<E::Model>, DbErr>
where
    E: EntityTrait,
    E::Model: FromQueryResult + Sized + Send + Sync,
    C: ConnectionTrait,
{
    let total = i64::try_from(query.clone().count(db).await?).unwrap_or(i64::MAX);
    let limit = u64::try_from(request.limit()).unwrap_or(0);
    let items = query.offset(request.offset()).limit(limit).all(db).await?;
    Ok(request.envelope(items, total))
}

/// What an id prefix stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// This id.
    One(String),
    /// Nothing.
    None,
    /// Several: the first few ids and names.
    Many(Vec<(String, String)>),
}

/// How many candidates an ambiguous prefix names.
const CANDIDATES: u64 = 5;

/// Resolves a prefix by a range on the primary key.
pub async fn resolve<E, C>(
    db: &C,
    id: E::Column,
    name: E::Column,
    prefix: &IdPrefix,
) -> Result<Lookup, DbErr>
where
    E: EntityTrait,
    C: ConnectionTrait,
{
    let query = if prefix.is_whole() {
        E::find().filter(id.eq(prefix.as_str()))
    } else {
        E::find().filter(id.gte(prefix.as_str())).filter(id.lt(prefix.upper_bound()))
    };
    let mut rows: Vec<(String, String)> = query
        .select_only()
        .column(id)
        .column(name)
        .order_by_asc(id)
        .limit(CANDIDATES)
        .into_tuple()
        .all(db)
        .await?;
    Ok(match rows.len() {
        0 => Lookup::None,
        1 => rows.pop().map_or(Lookup::None, |(id, _)| Lookup::One(id)),
        _ => Lookup::Many(rows),
    })
}

/// The end of the oldest `limit` rows, no later than `before`: so much is deleted at a time, and
/// the writer is free again.
pub(super) async fn end_of_oldest<E: EntityTrait>(
    tx: &Tx,
    at: E::Column,
    before: Timestamp,
    limit: u64,
) -> Result<Timestamp, DbErr> {
    let end: Option<i64> = E::find()
        .select_only()
        .column(at)
        .filter(at.lt(At(before)))
        .order_by_asc(at)
        .offset(limit)
        .limit(1)
        .into_tuple()
        .one(tx.db())
        .await?;
    Ok(end.map_or(before, Timestamp::from_micros))
}

#[cfg(test)]
mod tests {
    use super::PageRequest;

    #[test]
    fn the_envelope_follows_the_contract() {
        let all = PageRequest::new(7, 0).envelope(vec![1, 2], 2);
        assert_eq!((all.page, all.page_size, all.total_pages, all.has_more), (1, 0, 1, false));
        let capped = PageRequest::new(1, 500).envelope(vec![(); 100], 250);
        assert_eq!((capped.page_size, capped.total_pages, capped.has_more), (100, 3, true));
        let past = PageRequest::new(9, 10).envelope(Vec::<()>::new(), 12);
        assert_eq!((past.page, past.total_pages, past.has_more), (9, 2, false));
        let none = PageRequest::new(-3, 10).envelope(Vec::<()>::new(), 0);
        assert_eq!((none.page, none.total_pages, none.has_more), (1, 1, false));
        assert_eq!(PageRequest::new(i64::MAX, 100).offset(), u64::try_from(i64::MAX).unwrap());
    }
}
