//! Two texts, line by line.

/// Lines around a difference that are shown with it.
const CONTEXT: usize = 2;
/// Most lines of each text that are compared line by line; the table grows with their product.
const MAX_LINES: usize = 2_000;

/// What is other in `new`: lines with `-`, `+`, or a space for those both have. None when they are
/// the same.
pub fn diff(old: &str, new: &str) -> Option<String> {
    if old == new {
        return None;
    }
    let old: Vec<&str> = old.lines().take(MAX_LINES).collect();
    let new: Vec<&str> = new.lines().take(MAX_LINES).collect();
    let all = compare(&old, &new);
    let mut out = String::new();
    let mut skipped = false;
    for (at, (mark, line)) in all.iter().enumerate() {
        let from = at.saturating_sub(CONTEXT);
        let near =
            all.iter().skip(from).take(at - from + CONTEXT + 1).any(|(mark, _)| *mark != ' ');
        if near {
            if std::mem::take(&mut skipped) && !out.is_empty() {
                out.push_str("@@\n");
            }
            out.push_str(&format!("{mark}{line}\n"));
        } else {
            skipped = true;
        }
    }
    if out.is_empty() {
        out.push_str("they differ only in line ends or beyond the first lines\n");
    }
    Some(out)
}

/// Every line once, with its mark: the longest common subsequence stays.
fn compare<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(char, &'a str)> {
    let width = new.len() + 1;
    let mut common = vec![0_u16; (old.len() + 1) * width];
    let at = |common: &[u16], i: usize, j: usize| common.get(i * width + j).copied().unwrap_or(0);
    for (i, line) in old.iter().enumerate().rev() {
        for (j, other) in new.iter().enumerate().rev() {
            let longest = if line == other {
                at(&common, i + 1, j + 1) + 1
            } else {
                at(&common, i + 1, j).max(at(&common, i, j + 1))
            };
            if let Some(cell) = common.get_mut(i * width + j) {
                *cell = longest;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut all = Vec::new();
    loop {
        match (old.get(i), new.get(j)) {
            (Some(line), Some(other)) if line == other => {
                all.push((' ', *line));
                (i, j) = (i + 1, j + 1);
            }
            (Some(line), other)
                if other.is_none() || at(&common, i + 1, j) >= at(&common, i, j + 1) =>
            {
                all.push(('-', *line));
                i += 1;
            }
            (_, Some(other)) => {
                all.push(('+', *other));
                j += 1;
            }
            (_, None) => return all,
        }
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
