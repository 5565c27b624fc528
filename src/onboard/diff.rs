//! Two texts, line by line.

use std::time::{Duration, Instant};

use similar::algorithms::{Capture, Replace, myers};

/// Lines around a difference that are shown with it.
const CONTEXT: usize = 2;
/// How long the shortest difference is looked for; after that, any will do.
const PATIENCE: Duration = Duration::from_millis(500);

/// What is other in `new`: lines with `-`, `+`, or a space for those both have. None when they are
/// the same.
pub fn diff(old: &str, new: &str) -> Option<String> {
    if old == new {
        return None;
    }
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    // By one algorithm: the crate's front has five, and a program that keeps them all.
    let (mut found, patience) = (Replace::new(Capture::new()), Instant::now() + PATIENCE);
    let (olds, news) = (0..old.len(), 0..new.len());
    let Ok(()) = myers::diff_deadline(&mut found, &old[..], olds, &new[..], news, Some(patience));
    let places = found.into_inner().into_grouped_ops(CONTEXT);
    let places = places.iter().map(|ops| {
        let changes = ops.iter().flat_map(|op| op.iter_changes(&old[..], &new[..]));
        changes.map(|change| format!("{}{}\n", change.tag(), change.value())).collect::<String>()
    });
    match places.collect::<Vec<_>>().join("@@\n") {
        nothing if nothing.is_empty() => Some("they differ only in line ends\n".to_owned()),
        lines => Some(lines),
    }
}

#[cfg(test)]
mod tests {
    use super::diff;

    #[test]
    fn what_changed_is_shown_with_its_neighbours() {
        assert_eq!(diff("a\n", "a\n"), None);
        let (old, new) = ("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\nthree\n4\n5\n6\n7\n8\n9\n10\n");
        let want = " 1\n 2\n-3\n+three\n 4\n 5\n@@\n 8\n 9\n+10\n";
        assert_eq!(diff(old, new).as_deref(), Some(want));
        assert_eq!(diff("", "a\n").as_deref(), Some("+a\n"));
        assert_eq!(diff("a\n", "").as_deref(), Some("-a\n"));
        assert!(diff("a\r\n", "a\n").is_some_and(|d| d.contains("line ends")));
    }
}
