//! Prompts and rules as files, to be kept beside code, compared and put back.

use moss_api::admin::PromptKind;
use moss_api::{Role, quoted};
use serde::Serialize;

use crate::domain::prompts::markdown::{File, file_of, read};
use crate::domain::prompts::{PromptPatch, Slug, add, edit, fresh};
use crate::domain::queries::Db;
use crate::domain::versions::Author;
use crate::domain::{Command, Error, Refusal, rules as rule_commands};
use crate::store::entity::prompt::Model;
use crate::store::{Tx, prompts, rules};

/// Folders and the ending of the files.
const TEMPLATES: &str = "templates/";
const AGENTS: &str = "agents/";
const RULES: &str = "rules/";
const ENDING: &str = ".md";
/// The file of the global rule; those of tasks and sub-tasks are called by their ids.
const GLOBAL: &str = "global";

/// A text as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextFile {
    /// Where, below the folder of all of them, with `/` between.
    pub path: String,
    /// What it says.
    pub text: String,
}

/// Every prompt and every rule.
///
/// # Errors
/// When the database fails.
pub async fn export(db: &Db) -> Result<Vec<TextFile>, Error> {
    let mut files = Vec::new();
    for (kind, folder) in [(PromptKind::Template, TEMPLATES), (PromptKind::Agent, AGENTS)] {
        let rows = prompts::list(db, kind).await?;
        files.extend(rows.iter().map(|row| TextFile {
            path: format!("{folder}{}{ENDING}", row.slug),
            text: file_of(row),
        }));
    }
    let rows = rules::all(db).await?;
    files.extend(rows.into_iter().map(|row| TextFile {
        path: format!("{RULES}{}{ENDING}", if row.singleton.is_some() { GLOBAL } else { &row.id }),
        text: row.content,
    }));
    Ok(files)
}

/// What became of the files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Texts that were not there.
    pub made: u64,
    /// Texts that said something else.
    pub changed: u64,
    /// Texts that said the same.
    pub same: u64,
}

/// Let prompts and rules say what files say: all of them or none. What has no file stays.
pub struct Import {
    /// The files.
    pub files: Vec<TextFile>,
}

impl Command for Import {
    type Output = Imported;

    async fn run(&self, tx: &Tx) -> Result<Imported, Error> {
        let mut done = Imported::default();
        for file in &self.files {
            let count = match take(tx, file).await? {
                Change::Made => &mut done.made,
                Change::Changed => &mut done.changed,
                Change::None => &mut done.same,
            };
            *count += 1;
        }
        Ok(done)
    }
}

enum Change {
    Made,
    Changed,
    None,
}

async fn take(tx: &Tx, file: &TextFile) -> Result<Change, Error> {
    let unfit = |problem: String| Refusal::bad_value(&quoted(&file.path), problem);
    let stem = |folder: &str| file.path.strip_prefix(folder)?.strip_suffix(ENDING);
    if let Some(name) = stem(RULES) {
        return rule(tx, name, &file.text, unfit).await;
    }
    let said = read(&file.text).map_err(unfit)?;
    if let Some(role) = stem(TEMPLATES) {
        let role: Role = role.parse().map_err(unfit)?;
        let content = Some(said.content);
        let patch = PromptPatch { content, ..PromptPatch::default() };
        return prompt(tx, PromptKind::Template, role.as_str(), role, patch).await;
    }
    let Some(name) = stem(AGENTS) else {
        return Err(
            unfit("is none of templates/ROLE.md, agents/SLUG.md, rules/ID.md".into()).into()
        );
    };
    let File { name: named, role, description, content } = said;
    let role = role.ok_or_else(|| unfit("names no role between its lines of ---".to_owned()))?;
    let slug = Slug::of_agent(name, role)?;
    if slug.as_str() != name {
        return Err(unfit(format!("is of the role {role}: it is to begin with it")).into());
    }
    let content = Some(content);
    prompt(
        tx,
        PromptKind::Agent,
        name,
        role,
        PromptPatch { name: named, role: None, description, content },
    )
    .await
}

async fn prompt(
    tx: &Tx,
    kind: PromptKind,
    slug: &str,
    role: Role,
    patch: PromptPatch,
) -> Result<Change, Error> {
    let Some(row) = prompts::find(tx.db(), slug).await? else {
        let row = fresh(tx, kind, slug, role);
        let row = Model {
            name: patch.name.unwrap_or_else(|| row.name.clone()),
            description: patch.description.unwrap_or_default(),
            content: patch.content.unwrap_or_default(),
            ..row
        };
        add(tx, Author::Admin, row).await?;
        return Ok(Change::Made);
    };
    let is_same =
        |asked: &Option<String>, said: &str| asked.as_ref().is_none_or(|asked| asked == said);
    if is_same(&patch.name, &row.name)
        && is_same(&patch.description, &row.description)
        && is_same(&patch.content, &row.content)
    {
        return Ok(Change::None);
    }
    edit(tx, &row, patch).await?;
    Ok(Change::Changed)
}

async fn rule(
    tx: &Tx,
    name: &str,
    text: &str,
    unfit: impl Fn(String) -> Refusal,
) -> Result<Change, Error> {
    let found = if name == GLOBAL {
        rules::applying(tx.db(), None, None).await?.pop()
    } else {
        rules::find(tx.db(), name).await?
    };
    match found {
        Some(row) if row.content == text => Ok(Change::None),
        Some(row) => {
            let content = text.to_owned();
            rule_commands::Edit { id: row.id, content, seen: None }.run(tx).await?;
            Ok(Change::Changed)
        }
        None if name == GLOBAL => {
            let rule = rule_commands::Create {
                scope: GLOBAL.to_owned(),
                content: text.to_owned(),
                task: None,
                sub_task: None,
                author: Author::Admin,
            };
            rule.run(tx).await?;
            Ok(Change::Made)
        }
        None => Err(unfit("is of no rule there is: make one by POST /api/rules".to_owned()).into()),
    }
}
