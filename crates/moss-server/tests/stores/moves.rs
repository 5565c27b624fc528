//! Moving a database while somebody else is at it.

use moss_server::store::move_all;
use test_support::database::{Cluster, Kind};

use crate::moving::{Place, count, lived_in, moved, tamper_beside};

on_each_server![
    a_server_that_was_there_meanwhile_undoes_the_move,
    of_two_moves_at_once_one_is_done,
];

/// The lock of a file keeps a server out; on a server of databases one can start in the middle and be gone at
/// the end. It has noted the time.
#[tokio::main]
async fn a_server_that_was_there_meanwhile_undoes_the_move(kind: Kind) {
    let (from, to) = (Place::on(Cluster::shared(kind)), Place::sqlite());
    Box::pin(lived_in(&from)).await;
    let (source, target) = (from.address(), to.address());
    let mut is_first = true;
    let mut starts = |_| {
        if std::mem::take(&mut is_first) {
            tamper_beside(&from, "UPDATE meta SET at = at + 1 WHERE \"key\" = 'newest'");
        }
    };
    let undone = Box::pin(async { move_all(&source, &target, &mut starts).await }).await;
    let undone = undone.unwrap_err().to_string();
    assert!(undone.starts_with("a moss-server wrote to "), "{undone}");
    assert_eq!(count(&to, "agents").await, 0);
    moved(&from, &to).await.unwrap();
}

#[tokio::main]
async fn of_two_moves_at_once_one_is_done(kind: Kind) {
    let (from, to) = (Place::on(Cluster::shared(kind)), Place::on(Cluster::shared(kind)));
    Box::pin(lived_in(&from)).await;
    let (one, other) = tokio::join!(moved(&from, &to), moved(&from, &to));
    let refused = match (one, other) {
        (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => refused,
        both => panic!("{both:?}"),
    };
    assert!(refused.contains("nothing was changed"), "{refused}");
    assert_eq!((count(&to, "agents").await, count(&to, "sub_tasks").await), (5, 41));
}
