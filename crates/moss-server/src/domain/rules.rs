//! Rule texts: global, by task, by sub-task.

use moss_api::admin::VersionedKind;
use moss_api::{ErrorCode, Message, Rule};

use crate::domain::resolve::{rule_id, sub_task, task};
use crate::domain::versions::{Author, Subject, find, must_be_newest};
use crate::domain::work::requirement::changed;
use crate::domain::{Command, Error, Refusal};
use crate::store::entity::rule;
use crate::store::{At, DbErr, Reads, Tx, new_id, rules, versions};

/// The rules a new database starts with.
const FIRST_RULES: &str = include_str!("../../../../rules/global-rule-example.md");

/// Between two rules.
const SEPARATOR: &str = "\n\n---\n\n";

/// What stands in for the variables of a rule text.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    /// `{{workspace_root}}`.
    pub workspace_root: String,
    /// `{{project_name}}`.
    pub project_name: String,
    /// `{{note_command}}` and `{{give_up_command}}`, as the reader types them.
    pub dialect: Dialect,
}

/// Whose commands a reader knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Those of `moss`.
    #[default]
    Moss,
    /// Those of the original's `task-cli.py`.
    Original,
}

impl Dialect {
    /// Writes down what one noticed elsewhere.
    const fn note(self) -> &'static str {
        match self {
            Self::Moss => "moss log add plan \"…\"",
            Self::Original => "task-cli.py log create plan \"…\"",
        }
    }

    /// Says that one cannot do a sub-task.
    const fn give_up(self) -> &'static str {
        match self {
            Self::Moss => "moss fail",
            Self::Original => "task-cli.py log create blocked \"…\" --sub-task-id ID",
        }
    }
}

/// The rules that apply, joined, with their variables filled in; empty when there are none.
pub async fn applying<C: Reads>(
    db: &C,
    task: Option<&str>,
    sub_task: Option<&str>,
    variables: &Variables,
) -> Result<String, Error> {
    let rows = rules::applying(db, task, sub_task).await?;
    let texts: Vec<&str> = rows.iter().map(|row| row.content.as_str()).collect();
    Ok(texts
        .join(SEPARATOR)
        .replace("{{workspace_root}}", &variables.workspace_root)
        .replace("{{project_name}}", &variables.project_name)
        .replace("{{note_command}}", variables.dialect.note())
        .replace("{{give_up_command}}", variables.dialect.give_up()))
}

/// Add a rule.
pub struct Create {
    /// `global`, `task` or `sub_task`.
    pub scope: String,
    /// Markdown.
    pub content: String,
    /// For scope `task`.
    pub task: Option<String>,
    /// For scope `sub_task`.
    pub sub_task: Option<String>,
    /// Who adds it.
    pub author: Author,
}

/// What stands for a rule among what has versions.
pub fn subject(id: &str) -> Subject<'_> {
    Subject { kind: VersionedKind::Rule, id }
}

async fn keep(tx: &Tx, author: Author, row: &rule::Model) -> Result<(), Error> {
    let text = Some(row.content.clone());
    Ok(versions::add(tx, subject(&row.id), row.version, author.as_str(), text).await?)
}

/// Gives a rule another text, as its next version.
async fn edit(tx: &Tx, row: rule::Model, content: String) -> Result<rule::Model, Error> {
    if !rules::set_content(tx, &row.id, row.version, content.clone()).await? {
        return Err(changed().into());
    }
    let (version, updated_at) = (row.version + 1, At(tx.now));
    let row = rule::Model { content, version, updated_at, ..row };
    keep(tx, Author::Admin, &row).await?;
    Ok(row)
}

async fn one(tx: &Tx, text: &str) -> Result<rule::Model, Error> {
    let id = rule_id(tx.db(), text).await?;
    let row = rules::find(tx.db(), &id).await?;
    Ok(row.ok_or_else(|| Refusal::not_found("rule", text))?)
}

impl Command for Create {
    type Output = Rule;

    async fn run(&self, tx: &Tx) -> Result<Rule, Error> {
        let mut row = rule::Model {
            id: new_id(),
            scope: self.scope.clone(),
            singleton: None,
            task_id: None,
            sub_task_id: None,
            content: self.content.clone(),
            version: 1,
            created_at: At(tx.now),
            updated_at: At(tx.now),
        };
        let needs = |field: &str| Refusal::bad_value(field, "is needed for this scope");
        match self.scope.as_str() {
            "global" => row.singleton = Some("global".to_owned()),
            "task" => {
                let text = self.task.as_deref().ok_or_else(|| needs("task_id"))?;
                row.task_id = Some(task(tx.db(), text).await?.id);
            }
            "sub_task" => {
                let text = self.sub_task.as_deref().ok_or_else(|| needs("sub_task_id"))?;
                row.sub_task_id = Some(sub_task(tx.db(), text).await?.id);
            }
            _ => return Err(Refusal::bad_value("scope", "must be global, task or sub_task").into()),
        }
        if !rules::insert(tx, row.clone()).await? {
            return Err(Refusal::new(ErrorCode::BadValue, "there is a global rule already")
                .hint("change it: PUT /api/rules/{id}")
                .into());
        }
        keep(tx, self.author, &row).await?;
        Ok(row.into())
    }
}

/// Replace a rule's text.
pub struct Edit {
    /// An id or its beginning.
    pub id: String,
    /// Markdown.
    pub content: String,
    /// The version the caller has seen, if it says so.
    pub seen: Option<i64>,
}

impl Command for Edit {
    type Output = Rule;

    async fn run(&self, tx: &Tx) -> Result<Rule, Error> {
        let row = one(tx, &self.id).await?;
        must_be_newest(row.version, self.seen)?;
        Ok(edit(tx, row, self.content.clone()).await?.into())
    }
}

/// Remove a rule.
pub struct Delete {
    /// An id or its beginning.
    pub id: String,
}

impl Command for Delete {
    type Output = Message;

    async fn run(&self, tx: &Tx) -> Result<Message, Error> {
        let row = one(tx, &self.id).await?;
        if !rules::delete(tx, &row.id).await? {
            return Err(Refusal::not_found("rule", &self.id).into());
        }
        let author = Author::Admin.as_str();
        versions::add(tx, subject(&row.id), row.version + 1, author, None).await?;
        Ok(Message { message: "rule deleted".to_owned() })
    }
}

/// Go back to a version of a rule: what it said is said again, as a new version.
pub struct Restore {
    /// An id or its beginning.
    pub id: String,
    /// The number of the version.
    pub number: i64,
}

impl Command for Restore {
    type Output = Rule;

    async fn run(&self, tx: &Tx) -> Result<Rule, Error> {
        let row = one(tx, &self.id).await?;
        let version = find(tx.db(), subject(&row.id), self.number).await?;
        let text = version.text.ok_or_else(changed)?;
        Ok(edit(tx, row, text).await?.into())
    }
}

/// The command that gives a database without rules its first ones.
pub async fn first_rules<C: Reads>(db: &C) -> Result<Option<Create>, DbErr> {
    Ok((!rules::any(db).await?).then(|| Create {
        scope: "global".to_owned(),
        content: FIRST_RULES.to_owned(),
        task: None,
        sub_task: None,
        author: Author::Shipped,
    }))
}
