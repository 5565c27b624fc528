//! Prompts: what an agent is told it is. A role has a template; an agent may have its own. Each change is
//! a [version](crate::domain::versions).

mod files;
mod markdown;

use moss_api::admin::{
    AgentPrompt, AgentPromptInFull, PromptKind, PromptPlace, PromptState, PromptTemplate,
    TemplatePlace, VersionedKind,
};
use moss_api::{ErrorCode, Message, Role, quoted};

use crate::domain::queries::Db;
use crate::domain::versions::{self, Author, Subject};
use crate::domain::work::requirement::changed;
use crate::domain::{Command, Error, Refusal};
use crate::store::entity::prompt::Model;
use crate::store::prompts;
use crate::store::{At, Reads, Tx, Word, versions as kept};

pub use crate::store::prompts::PromptPatch;
pub use files::{Import, Imported, TextFile, export};
use markdown::{file_of, read};

/// Longest slug, in characters.
const MAX_SLUG: usize = 100;

/// What stands for a prompt among what has versions.
pub fn subject(slug: &str) -> Subject<'_> {
    Subject { kind: VersionedKind::Prompt, id: slug }
}

/// What a prompt is called in addresses: small letters, digits and hyphens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slug(String);

impl Slug {
    /// The slug of an agent's prompt, which begins with the agent's role.
    ///
    /// # Errors
    /// When it is none.
    pub fn of_agent(text: &str, role: Role) -> Result<Self, Refusal> {
        let text = text.trim();
        let fits = text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if text.is_empty() || text.starts_with('-') || !fits || text.len() > MAX_SLUG {
            let problem = "is to be small letters, digits and hyphens, and begins with no hyphen";
            return Err(Refusal::bad_value("slug", problem));
        }
        let prefix = format!("{role}-");
        if text.starts_with(&prefix) && text.len() > prefix.len() {
            return Ok(Self(text.to_owned()));
        }
        Ok(Self(format!("{prefix}{text}")))
    }

    /// It.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn filename(slug: &str) -> String {
    format!("{slug}.md")
}

impl From<Model> for PromptTemplate {
    fn from(row: Model) -> Self {
        Self {
            role: row.role.0.into(),
            filename: filename(&row.slug),
            content: row.content,
            version: row.version,
            updated_at: row.updated_at.0,
        }
    }
}

impl From<Model> for AgentPromptInFull {
    fn from(row: Model) -> Self {
        let state = if row.content.trim().is_empty() {
            PromptState::Unconfigured
        } else if row.slug.starts_with(&format!("{}-", row.role.0)) {
            PromptState::Ok
        } else {
            PromptState::RenameSuggested
        };
        let prompt = AgentPrompt {
            filename: filename(&row.slug),
            slug: row.slug,
            name: row.name,
            role: row.role.0.into(),
            description: row.description,
            created_at: row.created_at.0,
            example: false,
            has_frontmatter: true,
            status: state.into(),
            version: row.version,
            updated_at: row.updated_at.0,
        };
        Self { prompt, content: row.content }
    }
}

/// The templates, by role.
pub async fn templates(db: &Db) -> Result<Vec<PromptTemplate>, Error> {
    let rows = prompts::list(db, PromptKind::Template).await?;
    Ok(rows.into_iter().map(PromptTemplate::from).collect())
}

/// The agents' prompts, by slug.
pub async fn of_agents(db: &Db) -> Result<Vec<AgentPrompt>, Error> {
    let rows = prompts::list(db, PromptKind::Agent).await?;
    Ok(rows.into_iter().map(|row| AgentPromptInFull::from(row).prompt).collect())
}

/// One prompt, of either kind.
///
/// # Errors
/// When there is none.
pub async fn any(db: &Db, slug: &str) -> Result<Model, Error> {
    Ok(prompts::find(db, slug).await?.ok_or_else(|| Refusal::not_found("prompt", slug))?)
}

/// One prompt, of this kind.
///
/// # Errors
/// When there is none.
pub async fn one<C: Reads>(db: &C, kind: PromptKind, slug: &str) -> Result<Model, Error> {
    let row = prompts::find(db, slug).await?.filter(|row| row.kind.0 == kind);
    Ok(row.ok_or_else(|| Refusal::not_found("prompt", slug))?)
}

/// One agent's prompt.
///
/// # Errors
/// When there is none.
pub async fn of_agent(db: &Db, slug: &str) -> Result<AgentPromptInFull, Error> {
    Ok(one(db, PromptKind::Agent, slug).await?.into())
}

/// A role's template.
///
/// # Errors
/// When there is none.
pub async fn template(db: &Db, role: &str) -> Result<PromptTemplate, Error> {
    Ok(one(db, PromptKind::Template, role).await?.into())
}

/// Adds a prompt with its first version; false when there is one of that slug. One that was deleted goes
/// on with its next version.
async fn add(tx: &Tx, author: Author, row: Model) -> Result<bool, Error> {
    let version = kept::newest(tx.db(), subject(&row.slug)).await? + 1;
    let row = Model { version, ..row };
    if !prompts::insert(tx, row.clone()).await? {
        return Ok(false);
    }
    keep(tx, author, &row).await?;
    Ok(true)
}

async fn keep(tx: &Tx, author: Author, row: &Model) -> Result<(), Error> {
    let text = Some(file_of(row));
    Ok(kept::add(tx, subject(&row.slug), row.version, author.as_str(), text).await?)
}

fn fresh(tx: &Tx, kind: PromptKind, slug: &str, role: Role) -> Model {
    Model {
        slug: slug.to_owned(),
        kind: Word(kind),
        name: slug.to_owned(),
        role: Word(role),
        description: String::new(),
        content: String::new(),
        version: 1,
        created_at: At(tx.now),
        updated_at: At(tx.now),
    }
}

/// Changes one, and keeps what it says then. Another change in between is refused.
async fn edit(tx: &Tx, row: &Model, patch: PromptPatch) -> Result<Model, Error> {
    if !prompts::edit(tx, &row.slug, row.version, patch).await? {
        return Err(changed().into());
    }
    let row = prompts::find(tx.db(), &row.slug).await?.ok_or_else(changed)?;
    keep(tx, Author::Admin, &row).await?;
    Ok(row)
}

/// Replace a role's template.
pub struct SetTemplate {
    /// A role.
    pub role: Role,
    /// Markdown.
    pub content: String,
    /// The version the caller has seen, if it says so.
    pub seen: Option<i64>,
}

impl Command for SetTemplate {
    type Output = TemplatePlace;

    async fn run(&self, tx: &Tx) -> Result<TemplatePlace, Error> {
        let slug = self.role.as_str();
        let content = Some(self.content.clone());
        match prompts::find(tx.db(), slug).await? {
            Some(row) => {
                versions::must_be_newest(row.version, self.seen)?;
                edit(tx, &row, PromptPatch { content, ..PromptPatch::default() }).await?;
            }
            None => {
                let row = fresh(tx, PromptKind::Template, slug, self.role);
                if !add(tx, Author::Admin, Model { content: self.content.clone(), ..row }).await? {
                    return Err(changed().into());
                }
            }
        }
        Ok(TemplatePlace { role: self.role.into(), filename: filename(slug) })
    }
}

/// Make an agent's prompt.
pub struct Create {
    /// What it is called in addresses.
    pub slug: Slug,
    /// What the agent is called.
    pub name: String,
    /// What the agent is for.
    pub role: Role,
    /// Free text.
    pub description: String,
    /// Markdown.
    pub content: String,
}

fn place(slug: &str) -> PromptPlace {
    PromptPlace { slug: slug.to_owned(), filename: filename(slug) }
}

fn taken(slug: &str) -> Refusal {
    Refusal::new(ErrorCode::BadValue, format!("there is a prompt {} already", quoted(slug)))
        .hint("choose another slug, or change that one")
}

impl Command for Create {
    type Output = PromptPlace;

    async fn run(&self, tx: &Tx) -> Result<PromptPlace, Error> {
        let slug = self.slug.as_str();
        let row = Model {
            name: self.name.clone(),
            description: self.description.clone(),
            content: self.content.clone(),
            ..fresh(tx, PromptKind::Agent, slug, self.role)
        };
        if !add(tx, Author::Admin, row).await? {
            return Err(taken(slug).into());
        }
        Ok(place(slug))
    }

    fn status(_: &PromptPlace) -> u16 {
        201
    }
}

/// Change an agent's prompt. One that is of another role then gets another slug.
pub struct Edit {
    /// Its slug.
    pub slug: String,
    /// What it is to say.
    pub patch: PromptPatch,
    /// The version the caller has seen, if it says so.
    pub seen: Option<i64>,
}

impl Command for Edit {
    type Output = PromptPlace;

    async fn run(&self, tx: &Tx) -> Result<PromptPlace, Error> {
        let row = one(tx.db(), PromptKind::Agent, &self.slug).await?;
        versions::must_be_newest(row.version, self.seen)?;
        let role = self.patch.role.unwrap_or(row.role.0);
        let own = row.slug.strip_prefix(&format!("{}-", row.role.0)).unwrap_or(&row.slug);
        let slug = Slug::of_agent(own, role)?;
        if slug.as_str() == row.slug {
            edit(tx, &row, self.patch.clone()).await?;
            return Ok(place(&row.slug));
        }
        let patch = self.patch.clone();
        let moved = Model {
            slug: slug.as_str().to_owned(),
            role: Word(role),
            name: patch.name.unwrap_or_else(|| row.name.clone()),
            description: patch.description.unwrap_or_else(|| row.description.clone()),
            content: patch.content.unwrap_or_else(|| row.content.clone()),
            updated_at: At(tx.now),
            ..row.clone()
        };
        if !add(tx, Author::Admin, moved).await? {
            return Err(taken(slug.as_str()).into());
        }
        remove(tx, &row).await?;
        Ok(place(slug.as_str()))
    }
}

async fn remove(tx: &Tx, row: &Model) -> Result<(), Error> {
    if !prompts::delete(tx, &row.slug).await? {
        return Err(changed().into());
    }
    let author = Author::Admin.as_str();
    Ok(kept::add(tx, subject(&row.slug), row.version + 1, author, None).await?)
}

/// Remove an agent's prompt. Its versions stay.
pub struct Delete {
    /// Its slug.
    pub slug: String,
}

impl Command for Delete {
    type Output = Message;

    async fn run(&self, tx: &Tx) -> Result<Message, Error> {
        let row = one(tx.db(), PromptKind::Agent, &self.slug).await?;
        remove(tx, &row).await?;
        let message = format!("deleted; version {} brings it back", row.version);
        Ok(Message { message })
    }
}

/// Go back to a version: what it said is said again, as a new version.
pub struct Restore {
    /// A slug.
    pub slug: String,
    /// The number of the version.
    pub number: i64,
}

impl Command for Restore {
    type Output = PromptPlace;

    async fn run(&self, tx: &Tx) -> Result<PromptPlace, Error> {
        let version = versions::find(tx.db(), subject(&self.slug), self.number).await?;
        let Some(text) = version.text else {
            let problem = "is the one in which it was deleted: take the one before";
            return Err(Refusal::bad_value("number", problem).into());
        };
        let file = read(&text).map_err(|problem| Refusal::bad_value("number", problem))?;
        let patch = PromptPatch {
            name: file.name,
            role: file.role,
            description: file.description,
            content: Some(file.content),
        };
        if let Some(row) = prompts::find(tx.db(), &self.slug).await? {
            edit(tx, &row, patch).await?;
            return Ok(place(&self.slug));
        }
        let role = patch.role.unwrap_or(Role::Executor);
        let row = fresh(tx, PromptKind::Agent, &self.slug, role);
        let row = Model {
            name: patch.name.unwrap_or_default(),
            description: patch.description.unwrap_or_default(),
            content: patch.content.unwrap_or_default(),
            ..row
        };
        if !add(tx, Author::Admin, row).await? {
            return Err(changed().into());
        }
        Ok(place(&self.slug))
    }
}

/// What comes with the program, by role.
const SHIPPED: [(Role, &str); 4] = [
    (Role::Planner, include_str!("../../../../../prompts/planner.md")),
    (Role::Executor, include_str!("../../../../../prompts/executor.md")),
    (Role::Reviewer, include_str!("../../../../../prompts/reviewer.md")),
    (Role::Patrol, include_str!("../../../../../prompts/patrol.md")),
];

/// Give a database without templates its first ones.
pub struct Seed;

impl Command for Seed {
    type Output = ();

    async fn run(&self, tx: &Tx) -> Result<(), Error> {
        for (role, content) in SHIPPED {
            let slug = role.as_str();
            let row = fresh(tx, PromptKind::Template, slug, role);
            add(tx, Author::Shipped, Model { content: content.to_owned(), ..row }).await?;
        }
        Ok(())
    }
}

/// Whether a database has no templates.
pub async fn needs_seed(db: &Db) -> Result<bool, Error> {
    Ok(prompts::list(db, PromptKind::Template).await?.is_empty())
}

/// How an agent gets in, and where what is said about it begins.
const GET_IN: &str = "## Get in, once";

/// How an agent of a role gets in.
pub struct Onboarding<'a> {
    /// As it was asked for.
    pub role: &'a str,
    /// What it is called, if that is known.
    pub name: Option<&'a str>,
    /// Where agents reach this server.
    pub url: &'a str,
    /// What lets it register: the shared token, while registration is open.
    pub token: Option<&'a str>,
}

impl Onboarding<'_> {
    /// What such an agent is to do.
    pub fn text(&self) -> String {
        let role = moss_api::clip(self.role, 40).replace(char::is_whitespace, "-");
        let name = self.name.map_or_else(|| "NAME".to_owned(), quoted);
        let (token, remark) = match self.token {
            Some(token) => (token, ""),
            None => ("TOKEN", "TOKEN is an invite: ask the person in charge for one.\n"),
        };
        format!(
            "{GET_IN}\n\nIn your own folder:\n\n    curl -fsSL {url}/install.sh | sh\n    \
             printf %s {token} | moss register --server {url} --role {role} --name {name} \
             --token-stdin\n\n{remark}From then on, each time you are woken: `moss wake`, do what \
             it says, stop.\n",
            url = self.url
        )
    }
}

/// A prompt with how its agent gets in, unless it says so itself.
pub fn composed(content: &str, onboarding: &Onboarding<'_>) -> String {
    if content.contains(GET_IN) {
        return content.to_owned();
    }
    format!("{}\n\n{}", content.trim_end(), onboarding.text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_begins_with_its_role() {
        let slug = |text: &str| Slug::of_agent(text, Role::Executor).map(|slug| slug.0).ok();
        assert_eq!(slug("wu").as_deref(), Some("executor-wu"));
        assert_eq!(slug("executor-wu").as_deref(), Some("executor-wu"));
        assert_eq!(slug("executor-").as_deref(), Some("executor-executor-"));
        assert_eq!(slug("planner-wu").as_deref(), Some("executor-planner-wu"));
        for bad in ["", "-wu", "Wu", "a/b", "..", "a b", "吴", &"x".repeat(101)] {
            assert_eq!(slug(bad), None, "{bad}");
        }
    }

    #[test]
    fn how_one_gets_in_is_said_once() {
        let onboarding =
            Onboarding { role: "executor", name: Some("AI-Wu"), url: "http://h:1", token: None };
        let once = composed("# Wu\n", &onboarding);
        assert_eq!(
            once,
            "# Wu\n\n## Get in, once\n\nIn your own folder:\n\n    curl -fsSL http://h:1/install.sh | sh\n    \
             printf %s TOKEN | moss register --server http://h:1 --role executor --name \"AI-Wu\" --token-stdin\n\n\
             TOKEN is an invite: ask the person in charge for one.\nFrom then on, each time you are woken: `moss wake`, do what it says, stop.\n"
        );
        assert_eq!(composed(&once, &onboarding), once);
    }
}
