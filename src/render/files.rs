//! Files that were handed in: a line each, and no more of them than anybody reads.

use moss_api::{Artifact, short_id};

use crate::hints;
use crate::render::lines::{Keep, Lines, List, size};
use crate::render::sanitize::{clipped, id, quoted};

/// Files of one delivery that are told, unless everything is asked for.
const MOST: usize = 20;
/// Characters of a path that are told, unless everything is asked for.
const MAX_PATH: usize = 200;

/// `"/ws/orders.py"`
pub fn path(artifact: &Artifact, all: bool) -> String {
    let path = quoted(&artifact.path);
    if all { path } else { clipped(&path, MAX_PATH) }
}

/// `"/ws/orders.py" (4.1 kB, sha256 9f31aa00)`
pub fn line(artifact: &Artifact, all: bool) -> String {
    let sha = artifact.sha256.get(..8).unwrap_or(&artifact.sha256);
    format!("{} ({}, sha256 {})", path(artifact, all), size(artifact.size), id(sha))
}

/// `… 180 more files`, where not all of so many are told.
pub fn rest(count: usize, all: bool) -> Option<String> {
    let left = count.saturating_sub(most(all));
    (left > 0).then(|| format!("… {left} more files"))
}

/// How many of these are told.
pub const fn most(all: bool) -> usize {
    if all { usize::MAX } else { MOST }
}

/// Files, each with the line that stands for it. `whole` shows all of them.
pub fn list<'a>(
    files: impl Iterator<Item = (String, &'a Artifact)>,
    whole: &str,
    all: bool,
) -> List {
    let row = |(line, artifact): (String, &Artifact)| {
        let mut row = Lines::default();
        row.push(line);
        row.quote(artifact.note.as_deref().unwrap_or_default());
        row
    };
    List::new("files", whole, Keep::First, files.map(row).collect()).at_most(most(all))
}

/// The files of a delivery for this sub-task.
pub fn of_delivery(artifacts: &[Artifact], sub_task: &str, all: bool) -> List {
    let files =
        artifacts.iter().map(|artifact| (format!("file {}", line(artifact, all)), artifact));
    list(files, &hints::show_all(short_id(sub_task)), all)
}

#[cfg(test)]
mod tests {
    use super::{of_delivery, path};
    use crate::render::lines::Lines;
    use moss_api::Artifact;

    fn told(count: usize, all: bool) -> String {
        let file = |n| Artifact {
            path: format!("/a/{n}"),
            size: 5,
            sha256: "0f".repeat(32),
            note: Some("n".into()),
        };
        let files: Vec<_> = (0..count).map(file).collect();
        let mut lines = Lines::default();
        lines.list(of_delivery(&files, "01a3c9f2-0000", all));
        lines.plain()
    }

    #[test]
    fn as_many_as_anybody_reads_are_told_and_the_others_counted() {
        let text = told(200, false);
        assert!(text.starts_with("file \"/a/0\" (5 B, sha256 0f0f0f0f)\n> n\n"), "{text}");
        assert!(text.ends_with("> n\n… 180 more files: moss show 01a3c9f2 --all\n"), "{text}");
        assert_eq!((text.lines().count(), told(20, false).lines().count()), (41, 40));
        assert_eq!(told(200, true).lines().count(), 400);
    }

    #[test]
    fn a_long_path_stays_quoted_and_is_told_whole_when_everything_is() {
        let long = format!("/a/{}", "d".repeat(4_000));
        let file = Artifact { path: long.clone(), size: 5, sha256: String::new(), note: None };
        let short = path(&file, false);
        assert!(short.ends_with("d…\"") && short.chars().count() < 210, "{short}");
        assert_eq!(path(&file, true), format!("\"{long}\""));
    }
}
