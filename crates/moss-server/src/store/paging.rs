//! Paged lists and id prefixes, the same for every table.

use moss_api::{IdPrefix, MAX_PAGE_SIZE, MAX_UNPAGED_ROWS, Page, Timestamp};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, FromQueryResult, Order, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Select, TryIntoModel,
};
use serde::Serialize;

use crate::store::Database;
use crate::store::Reads;
use crate::store::Tx;
use crate::store::bounded::{Fitting, fitting};
use crate::store::column::At;
use crate::store::dialect::ROW_NUMBER;

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

    /// The page after one that was answered: that may have had fewer rows than were asked for.
    pub fn after<T>(page: &Page<T>) -> Self {
        Self::new(page.page + 1, page.page_size)
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

    /// The envelope of a page that has all of its rows.
    fn envelope<T>(self, items: Vec<T>, total: i64) -> Page<T> {
        if self.size == 0 {
            return Page { items, total, page: 1, page_size: 0, total_pages: 1, has_more: false };
        }
        let total_pages = pages(total, self.size);
        let has_more = self.page < total_pages;
        Page { items, total, page: self.page, page_size: self.size, total_pages, has_more }
    }

    /// The envelope of a page that has only the first of its rows. It is given a size that divides
    /// what stands before it, and so a number: the page after it, of that size, begins where it
    /// ends. What does not fit that size is left for then.
    fn cut<T>(self, mut items: Vec<T>, total: i64) -> Page<T> {
        let fit = i64::try_from(items.len()).unwrap_or(MAX_UNPAGED_ROWS).max(1);
        let offset = i64::try_from(self.offset()).unwrap_or(0);
        let size = match offset {
            0 if fit >= MAX_PAGE_SIZE => MAX_PAGE_SIZE,
            // Half of it, and half of that, will be sizes too, should later rows be longer.
            0 => i64::try_from(1_u64 << fit.ilog2()).unwrap_or(1),
            _ => (1..=fit).rev().find(|size| offset % size == 0).unwrap_or(1),
        };
        let given = if offset == 0 { fit / size } else { 1 };
        items.truncate(usize::try_from(given * size).unwrap_or(usize::MAX));
        Page {
            items,
            total,
            page: offset / size + given,
            page_size: size,
            total_pages: pages(total, size),
            has_more: true,
        }
    }
}

/// How many pages of this size there are, at least 1.
fn pages(total: i64, size: i64) -> i64 {
    (total.saturating_add(size - 1) / size).max(1)
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

/// Lists in the order in which their rows came to be, the same each time they are asked for: rows of
/// one moment in the order in which they were inserted. Otherwise pages would skip and repeat.
pub(super) trait InOrder<E: EntityTrait> {
    /// By this time.
    fn in_order(self, by: E::Column, order: impl Into<Order>) -> Self;
}

impl<E: EntityTrait> InOrder<E> for Select<E> {
    fn in_order(self, by: E::Column, order: impl Into<Order>) -> Self {
        let order = order.into();
        let number = Expr::col((E::default().table_name(), ROW_NUMBER));
        self.order_by(by, order.clone()).order_by(number, order)
    }
}

/// One page of a query that is already filtered and sorted: as many of its rows as fit into an
/// answer.
pub async fn page<E, T>(
    db: &Database,
    query: Select<E>,
    request: PageRequest,
) -> Result<Page<T>, DbErr>
where
    E: EntityTrait,
    E::ActiveModel: TryIntoModel<E::Model>,
    E::Model: FromQueryResult + Sized + Send + Sync,
    T: From<E::Model> + Serialize + Send,
{
    let limit = u64::try_from(request.limit()).unwrap_or(0);
    let (all, offset) = (query.clone(), request.offset());
    let Fitting { rows, cut } = fitting(db, query.offset(offset).limit(limit)).await?;
    // The last page says itself how many there are.
    let read = rows.len() as u64;
    let is_last = !cut && read < limit && (read > 0 || offset == 0);
    let total = if is_last { offset.saturating_add(read) } else { all.count(db).await? };
    let total = i64::try_from(total).unwrap_or(i64::MAX);
    let is_rest = request.size == 0 && total > MAX_UNPAGED_ROWS;
    Ok(if cut || is_rest { request.cut(rows, total) } else { request.envelope(rows, total) })
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

/// An id and what it is called. Columns are told by their names: over SQLite a row keeps no order.
#[derive(FromQueryResult)]
pub(super) struct Named {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
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
    C: Reads,
{
    let query = if prefix.is_whole() {
        E::find().filter(id.eq(prefix.as_str()))
    } else {
        E::find().filter(id.gte(prefix.as_str())).filter(id.lt(prefix.upper_bound()))
    };
    let query = query.select_only().column_as(id, "id").column_as(name, "name");
    let rows: Vec<Named> = query.order_by_asc(id).limit(CANDIDATES).into_model().all(db).await?;
    let mut rows: Vec<(String, String)> = rows.into_iter().map(|row| (row.id, row.name)).collect();
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
    use proptest::prelude::*;

    use super::*;

    /// A server that gives no more than `fit` of the rows a page should have.
    fn answer(request: PageRequest, rows: usize, fit: usize) -> Page<usize> {
        let offset = usize::try_from(request.offset()).unwrap_or(usize::MAX);
        let limit = usize::try_from(request.limit()).unwrap();
        let wanted: Vec<usize> = (0..rows).skip(offset).take(limit).collect();
        let is_rest = request.size == 0 && offset + wanted.len() < rows;
        let total = i64::try_from(rows).unwrap();
        if wanted.len() > fit || is_rest {
            request.cut(wanted.into_iter().take(fit).collect(), total)
        } else {
            request.envelope(wanted, total)
        }
    }

    proptest! {
        /// Whoever goes on with the number and the size an answer names sees every row once, in
        /// order, however few fit each time.
        #[test]
        fn pages_that_are_cut_neither_skip_nor_repeat(
            size in 0..=MAX_PAGE_SIZE,
            rows in 0..1_500_usize,
            fits in proptest::collection::vec(1..1_100_usize, 1..20),
        ) {
            let mut seen = Vec::new();
            let mut request = PageRequest::new(1, size);
            for fit in fits.into_iter().cycle() {
                let page = answer(request, rows, fit);
                prop_assert!(page.items.len() <= fit.max(1));
                prop_assert_eq!(page.has_more, seen.len() + page.items.len() < rows);
                seen.extend(page.items);
                if !page.has_more {
                    break;
                }
                prop_assert!(page.page < page.total_pages);
                request = PageRequest::new(page.page + 1, page.page_size);
            }
            prop_assert_eq!(seen, (0..rows).collect::<Vec<_>>());
        }

        /// Also from the middle of a list, in pages of any size.
        #[test]
        fn a_page_in_the_middle_stays_where_it_is(
            number in 1..50_i64, size in 1..=MAX_PAGE_SIZE, fit in 1..MAX_PAGE_SIZE,
        ) {
            let asked = PageRequest::new(number, size);
            let given = asked.cut(vec![(); usize::try_from(fit.min(size)).unwrap()], 10_000);
            let goes_on = PageRequest::new(given.page + 1, given.page_size);
            let begins = usize::try_from(asked.offset()).unwrap();
            prop_assert_eq!(usize::try_from(goes_on.offset()).unwrap(), begins + given.items.len());
            prop_assert!(!given.items.is_empty());
        }
    }

    #[test]
    fn a_cut_page_keeps_at_least_half_of_what_fits() {
        for (number, size, fit, want) in [
            (1, 0, 1_000, (10, 100)),
            (1, 0, 250, (2, 100)),
            (1, 0, 87, (1, 64)),
            (1, 50, 17, (1, 16)),
            (2, 16, 9, (3, 8)),
            (3, 100, 60, (5, 50)),
            (2, 97, 60, (98, 1)),
        ] {
            let page = PageRequest::new(number, size).cut(vec![(); fit], 9_999);
            assert_eq!((page.page, page.page_size), want, "{number} {size} {fit}");
        }
    }

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
