//! A prompt as a Markdown file: what it is stands before its text, between two lines of `---`.

use moss_api::Role;
use serde::Deserialize;

use crate::store::entity::prompt::Model;

/// What a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// What the agent is called.
    pub name: Option<String>,
    /// What the agent is for.
    pub role: Option<Role>,
    /// Free text.
    pub description: Option<String>,
    /// The text after it.
    pub content: String,
}

#[derive(Default, Deserialize)]
struct Front {
    name: Option<String>,
    role: Option<Role>,
    description: Option<String>,
}

const FENCE: &str = "---\n";

/// The file that says this.
pub fn file_of(row: &Model) -> String {
    format!(
        "{FENCE}name: {}\nrole: {}\ndescription: {}\n{FENCE}\n{}",
        yaml_text(&row.name),
        row.role.0,
        yaml_text(&row.description),
        row.content
    )
}

/// A text in quotes: one of JSON is one of YAML, but for what YAML takes only as its number.
fn yaml_text(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    let mut yaml = String::with_capacity(json.len());
    for c in json.chars() {
        let is_plain = c == ' ' || !(c.is_control() || c.is_whitespace() || is_no_character(c));
        if is_plain {
            yaml.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                yaml.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    yaml
}

fn is_no_character(c: char) -> bool {
    matches!(c, '\u{feff}' | '\u{fff9}'..='\u{ffff}')
}

/// What a file says. One without the lines of `---` is all text.
///
/// # Errors
/// What is wrong between them.
pub fn read(text: &str) -> Result<File, String> {
    let text = text.replace("\r\n", "\n");
    let parts = text.strip_prefix(FENCE).and_then(|rest| rest.split_once(&format!("\n{FENCE}")));
    let Some((front, content)) = parts else {
        return Ok(File { name: None, role: None, description: None, content: text });
    };
    let front: Front = if front.trim().is_empty() {
        Front::default()
    } else {
        serde_saphyr::from_str(front).map_err(|error| moss_api::clip(&error.to_string(), 300))?
    };
    Ok(File {
        name: front.name,
        role: front.role,
        description: front.description,
        content: content.strip_prefix('\n').unwrap_or(content).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use moss_api::Timestamp;
    use moss_api::admin::PromptKind;
    use proptest::prelude::*;

    use super::*;
    use crate::store::{At, Word};

    fn row(name: &str, description: &str, content: &str) -> Model {
        let at = At(Timestamp::from_micros(0));
        Model {
            slug: "executor-wu".to_owned(),
            kind: Word(PromptKind::Agent),
            name: name.to_owned(),
            role: Word(Role::Executor),
            description: description.to_owned(),
            content: content.to_owned(),
            version: 1,
            created_at: at,
            updated_at: at,
        }
    }

    #[test]
    fn a_file_says_what_it_is() {
        assert_eq!(
            file_of(&row("AI-Wu", "of \"words\"", "# You are Wu\n")),
            "---\nname: \"AI-Wu\"\nrole: executor\ndescription: \"of \\\"words\\\"\"\n---\n\n# You are Wu\n"
        );
    }

    #[test]
    fn a_file_of_the_original_is_read() {
        let read =
            read("---\nname: AI小吴\nrole: executor\ndescription: 执行者\n---\n\n正文\n").unwrap();
        assert_eq!((read.name.as_deref(), read.role), (Some("AI小吴"), Some(Role::Executor)));
        assert_eq!(
            (read.description.as_deref(), read.content.as_str()),
            (Some("执行者"), "正文\n")
        );
    }

    #[test]
    fn one_without_a_beginning_is_all_text() {
        for text in ["# Title\n", "", "---\nno end\n", "--- \nx\n---\n"] {
            assert_eq!(read(text).unwrap().content, text);
        }
        assert!(read("---\nrole: king\n---\nx").is_err());
        assert!(read("---\nname: [a\n---\nx").is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(name in ".{1,40}", description in ".{0,40}", content in "(?s).{0,80}") {
            let content = content.replace("\r\n", "\n");
            let read = read(&file_of(&row(&name, &description, &content))).unwrap();
            prop_assert_eq!(read.name, Some(name));
            prop_assert_eq!(read.role, Some(Role::Executor));
            prop_assert_eq!(read.description, Some(description));
            prop_assert_eq!(read.content, content);
        }
    }
}
