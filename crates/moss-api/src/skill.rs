//! A role's SKILL.md, told which server it is about.

/// The line of a SKILL.md in whose place a server names itself. Readers do not see it.
pub const SERVER_MARKER: &str = "<!-- server -->";

/// The text with the marker's line naming the server at `url`.
pub fn skill_for(text: &str, url: &str) -> String {
    let marker = format!("\n{SERVER_MARKER}\n");
    text.replacen(&marker, &format!("\nServer: {url}\n"), 1)
}

#[cfg(test)]
mod tests {
    use super::skill_for;

    #[test]
    fn only_a_line_of_its_own_is_a_marker() {
        let text = "a `<!-- server -->`\n <!-- server -->\n<!-- server -->\nb\n";
        let named = skill_for(text, "http://h:1");
        assert_eq!(named, "a `<!-- server -->`\n <!-- server -->\nServer: http://h:1\nb\n");
        assert_eq!(skill_for("none", "http://h:1"), "none");
    }
}
