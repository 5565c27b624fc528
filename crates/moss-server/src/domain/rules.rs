//! Rule texts: global, by task, by sub-task.

use moss_api::{ErrorCode, Message, Rule};

use crate::domain::resolve::{rule_id, sub_task, task};
use crate::domain::{Command, Error, Refusal};
use crate::store::entity::rule;
use crate::store::{At, DbErr, Reads, Tx, new_id, rules};

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
        Ok(row.into())
    }
}

/// Replace a rule's text.
pub struct Edit {
    /// An id or its beginning.
    pub id: String,
    /// Markdown.
    pub content: String,
}

impl Command for Edit {
    type Output = Rule;

    async fn run(&self, tx: &Tx) -> Result<Rule, Error> {
        let id = rule_id(tx.db(), &self.id).await?;
        rules::set_content(tx, &id, self.content.clone()).await?;
        let row = rules::find(tx.db(), &id).await?;
        Ok(row.ok_or_else(|| Refusal::not_found("rule", &self.id))?.into())
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
        let id = rule_id(tx.db(), &self.id).await?;
        if !rules::delete(tx, &id).await? {
            return Err(Refusal::not_found("rule", &self.id).into());
        }
        Ok(Message { message: "rule deleted".to_owned() })
    }
}

/// The command that gives a database without rules its first ones.
pub async fn first_rules<C: Reads>(db: &C) -> Result<Option<Create>, DbErr> {
    Ok((!rules::any(db).await?).then(|| Create {
        scope: "global".to_owned(),
        content: FIRST_RULES.to_owned(),
        task: None,
        sub_task: None,
    }))
}
