//! What tells whether two tables hold the same rows: how many, how many values there are in each
//! column, and a sum over all values. It is made of the values that were read, the same way for
//! every database, and not by the databases, each of which would make another.

use std::fmt;

use sea_orm::sea_query::Value;
use sha2::{Digest, Sha256};

use crate::store::moving::table::Row;

/// The sum of some rows, in whatever order they come. Their own order is in it as their numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sum {
    rows: u64,
    filled: Vec<u64>,
    sum: u128,
}

impl Sum {
    /// That of no rows of so many columns.
    pub fn of_columns(columns: usize) -> Self {
        Self { rows: 0, filled: vec![0; columns], sum: 0 }
    }

    /// Adds a row.
    pub fn add(&mut self, row: &Row) {
        let mut hash = Sha256::new();
        for (value, filled) in row.iter().zip(&mut self.filled) {
            match bytes(value) {
                None => hash.update([0]),
                Some((kind, bytes)) => {
                    *filled += 1;
                    hash.update([kind]);
                    hash.update((bytes.len() as u64).to_le_bytes());
                    hash.update(bytes);
                }
            }
        }
        let mut first = [0; 16];
        for (byte, of_hash) in first.iter_mut().zip(hash.finalize()) {
            *byte = of_hash;
        }
        self.rows += 1;
        self.sum = self.sum.wrapping_add(u128::from_le_bytes(first));
    }

    /// How many rows.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Whether the database counts as many rows, and as many values in each column.
    pub fn is_counted(&self, (rows, filled): &(u64, Vec<u64>)) -> bool {
        self.rows == *rows && self.filled == *filled
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.sum >> 64)
    }
}

/// A value by its kind and its bytes; none of what is not there.
#[expect(clippy::wildcard_enum_match_arm)]
fn bytes(value: &Value) -> Option<(u8, Vec<u8>)> {
    let number = |number: i64| (2, number.to_le_bytes().to_vec());
    match value {
        Value::Bool(truth) => truth.map(|truth| (1, vec![truth.into()])),
        Value::SmallInt(small) => small.map(|small| number(small.into())),
        Value::BigInt(large) => large.map(number),
        Value::String(text) => text.as_ref().map(|text| (3, text.as_bytes().to_vec())),
        // There are no columns of other kinds: a test looks.
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(rows: &[&[Value]]) -> Sum {
        let mut sum = Sum::of_columns(2);
        for row in rows {
            sum.add(&row.to_vec());
        }
        sum
    }

    #[test]
    fn rows_count_in_any_order_and_every_value_in_its_place() {
        let (a, b) = (Value::from("a"), Value::from("b"));
        let (none, empty) = (Value::String(None), Value::from(""));
        let both = sum(&[&[a.clone(), b.clone()], &[b.clone(), none.clone()]]);
        assert_eq!(sum(&[&[b.clone(), none.clone()], &[a.clone(), b.clone()]]), both);
        assert!(both.is_counted(&(2, vec![2, 1])) && !both.is_counted(&(2, vec![2, 2])));
        for other in [
            sum(&[&[a.clone(), b.clone()]]),
            sum(&[&[a.clone(), b.clone()], &[b.clone(), empty]]),
            sum(&[&[a.clone(), none], &[b.clone(), b.clone()]]),
            sum(&[&[Value::from("ab"), Value::from("")], &[b.clone(), b]]),
        ] {
            assert!(other.sum != both.sum, "{other:?}");
        }
    }

    #[test]
    fn a_number_is_the_same_whatever_its_width() {
        let of = |value: Value| sum(&[&[value.clone(), value]]).sum;
        assert_eq!(of(Value::from(7_i16)), of(Value::from(7_i64)));
        assert!(of(Value::from(1_i64)) != of(Value::from(true)));
    }
}
