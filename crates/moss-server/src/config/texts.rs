//! What the texts of a configuration may be, whoever writes them: set-up, the API or the file. They
//! are shown to agents and filled into rules.

use moss_api::text::{Name, Token};
use moss_api::visible;

use crate::config::Config;

/// Fewest characters of a registration token that is set from now on.
const MIN_TOKEN: usize = 8;
/// Most channels and most events, and most characters of one.
const MAX_WORDS: usize = 50;
const MAX_WORD_CHARS: usize = 300;

/// A text that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// Its section.
    pub section: &'static str,
    /// Its key there.
    pub key: &'static str,
    /// What is wrong, with the key's full name.
    pub problem: String,
}

impl Config {
    /// The texts that do not fit.
    pub fn unfit_texts(&self) -> Vec<Unfit> {
        let judged = [
            ("project", "name", project_name(&self.project.name)),
            ("agent", "registration_token", registration_token(&self.agent.registration_token)),
            ("workspace", "root", workspace_root(&self.workspace.root)),
            ("notification", "channels", words(&self.notification.channels)),
            ("notification", "events", words(&self.notification.events)),
            ("webhooks", "urls", self.webhooks.fit()),
            ("webhooks", "secret", self.webhooks.secret_fits()),
        ];
        let unfit = judged.into_iter().filter_map(|(section, key, judged)| {
            let problem = format!("{section}.{key} {}", judged.err()?);
            Some(Unfit { section, key, problem })
        });
        unfit.collect()
    }

    /// The first text that does not fit and was another one before: what stands in a file from
    /// before hinders no other change.
    pub fn newly_unfit(&self, before: &Self) -> Option<Unfit> {
        let (old, token) = (before.unfit_texts(), &self.agent.registration_token);
        let is_short = (1..MIN_TOKEN).contains(&token.chars().count());
        let short = (is_short && *token != before.agent.registration_token).then(|| Unfit {
            section: "agent",
            key: "registration_token",
            problem: format!("agent.registration_token must have at least {MIN_TOKEN} characters"),
        });
        let is_same = |unfit: &Unfit| match (unfit.section, unfit.key) {
            ("project", _) => self.project.name == before.project.name,
            ("agent", _) => *token == before.agent.registration_token,
            ("notification", "channels") => {
                self.notification.channels == before.notification.channels
            }
            ("notification", _) => self.notification.events == before.notification.events,
            ("webhooks", _) => self.webhooks == before.webhooks,
            _ => self.workspace.root == before.workspace.root,
        };
        let mut unfit = self.unfit_texts().into_iter();
        unfit.find(|unfit| !(is_same(unfit) && old.contains(unfit))).or(short)
    }
}

fn project_name(name: &str) -> Result<(), String> {
    Name::new(name).map(drop).map_err(|problem| problem.to_string())
}

/// Empty: nobody registers by it.
fn registration_token(token: &str) -> Result<(), String> {
    if token.is_empty() { Ok(()) } else { seen(token) }
}

/// Empty: there is none. The path is the agents', whose system may be another than this one's.
fn workspace_root(root: &str) -> Result<(), String> {
    if root.is_empty() {
        return Ok(());
    }
    seen(root)?;
    let mut start = root.chars();
    let is_windows = root.starts_with("\\\\")
        || (start.next().is_some_and(|drive| drive.is_ascii_alphabetic())
            && start.next() == Some(':')
            && matches!(start.next(), Some('/' | '\\')));
    if root.starts_with('/') || is_windows {
        return Ok(());
    }
    Err("must be an absolute path, like /srv/work: each agent starts in a folder of its own".into())
}

/// Where or about what agents notify: they are told it as it is.
fn words(words: &[String]) -> Result<(), String> {
    if words.len() > MAX_WORDS {
        return Err(format!("has {} entries, at most {MAX_WORDS} are allowed", words.len()));
    }
    let fits =
        |word: &String| word.chars().count() <= MAX_WORD_CHARS && visible::line(word) == *word;
    match words.iter().position(|word| !fits(word)) {
        None => Ok(()),
        Some(at) => Err(format!(
            "[{at}] must be a text of at most {MAX_WORD_CHARS} characters, each of which can be seen"
        )),
    }
}

/// A word of which everything can be seen, without white space around it.
fn seen(word: &str) -> Result<(), String> {
    Token::new(word).map_err(|problem| problem.to_string())?;
    if word.trim() != word {
        return Err("must have no white space around it".to_owned());
    }
    Name::new(word).map(drop).map_err(|problem| problem.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_or_leads_nowhere_is_named() {
        let long = "x".repeat(5_000);
        for bad in ["", "\u{202e}a", "a\nb", long.as_str()] {
            assert!(project_name(bad).is_err(), "{bad:?}");
        }
        for bad in ["x\u{0}\n", "x\u{200b}", " x", "x ", long.as_str()] {
            assert!(registration_token(bad).is_err(), "{bad:?}");
        }
        for bad in ["work", "./work", "../work", "~/work", "C:work", "/w\u{202e}", "/w\n", " /w"] {
            assert!(workspace_root(bad).is_err(), "{bad:?}");
        }
        for good in ["", "/", "/srv/work", "C:\\work", "d:/work", "\\\\host\\share"] {
            assert_eq!(workspace_root(good), Ok(()), "{good:?}");
        }
        assert_eq!((project_name("日本 news"), registration_token("")), (Ok(()), Ok(())));
        let of = |word: &str| vec![word.to_owned()];
        let (most, many) = ("x".repeat(300), vec!["a".to_owned(); 51]);
        assert_eq!((words(&of(&most)), words(&of("chat:日本 1"))), (Ok(()), Ok(())));
        for bad in [of("a\nb"), of("\u{202e}a"), of("\u{7}"), of(&format!("{most}x")), many] {
            assert!(words(&bad).is_err(), "{bad:?}");
        }
        assert_eq!(Config::default().unfit_texts(), []);
    }

    #[test]
    fn what_was_there_before_hinders_no_other_change() {
        let mut before = Config::default();
        before.workspace.root = "./work".to_owned();
        let mut after = before.clone();
        after.project.name = "News".to_owned();
        assert_eq!(after.newly_unfit(&before), None);
        after.workspace.root = "work".to_owned();
        let problem = "workspace.root must be an absolute path, like /srv/work: each agent starts \
                       in a folder of its own";
        assert_eq!(after.newly_unfit(&before).unwrap().problem, problem);
    }
}
