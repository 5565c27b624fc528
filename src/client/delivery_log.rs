//! The text of a delivery log: what was said, and a line for each file, which can be read back.

use moss_api::Artifact;

const MARK: &str = "artifact ";

/// What was said, then the files.
pub fn format(text: &str, artifacts: &[Artifact]) -> String {
    let mut summary = text.to_owned();
    for Artifact { path, size, sha256, .. } in artifacts {
        if !summary.is_empty() {
            summary.push('\n');
        }
        summary.push_str(&format!("{MARK}{sha256} {size} {path}"));
    }
    summary
}

/// What was said, and the files.
pub fn parse(summary: &str) -> (String, Vec<Artifact>) {
    let mut artifacts = Vec::new();
    let mut text = Vec::new();
    for line in summary.lines() {
        match line.strip_prefix(MARK).and_then(parse_line) {
            Some(artifact) => artifacts.push(artifact),
            None => text.push(line),
        }
    }
    (text.join("\n"), artifacts)
}

fn parse_line(line: &str) -> Option<Artifact> {
    let mut words = line.splitn(3, ' ');
    let (sha256, size, path) = (words.next()?, words.next()?, words.next()?);
    let is_hash = sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_hexdigit());
    is_hash.then_some(())?;
    let size = size.parse().ok()?;
    Some(Artifact { path: path.to_owned(), size, sha256: sha256.to_owned(), note: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_survive_the_log() {
        let artifact =
            Artifact { path: "/ws/a b.py".into(), size: 12, sha256: "0f".repeat(32), note: None };
        let text = "two lines\nartifact of my imagination";
        let log = format(text, std::slice::from_ref(&artifact));
        assert_eq!(parse(&log), (text.to_owned(), vec![artifact.clone()]));
        assert_eq!(
            parse(&format("", std::slice::from_ref(&artifact))),
            (String::new(), vec![artifact])
        );
    }
}
