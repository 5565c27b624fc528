//! A list of findings, and what to exit with.

use moss_api::Exit;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Columns of the list.
pub const HEAD: &[&str] = &["verdict", "check", "finding", "mend"];

/// How something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// It works, but not as well as it could.
    Warn,
    /// It does not work.
    Fail,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// How it is.
    pub verdict: Verdict,
    /// What was looked at.
    pub check: String,
    /// A word for the finding that stays the same, whatever the sentence says.
    pub code: String,
    /// What was found.
    pub finding: String,
    /// The command that mends it, or what to do.
    pub mend: String,
    /// What a failure exits with.
    pub exit: u8,
}

impl Check {
    /// The finding as a record.
    pub fn row(&self) -> Vec<String> {
        let verdict = match self.verdict {
            Verdict::Ok => "ok",
            Verdict::Warn => "warn",
            Verdict::Fail => "FAIL",
        };
        let mend = if self.mend.is_empty() { "-" } else { &self.mend };
        [verdict, &self.check, &self.finding, mend].map(crate::render::sanitize::line).to_vec()
    }
}

/// Findings, in the order they were made.
#[derive(Debug, Default)]
pub struct Report {
    /// All of them.
    pub checks: Vec<Check>,
}

impl Report {
    fn push(&mut self, verdict: Verdict, check: &str, code: &str, told: [String; 2], exit: Exit) {
        let (check, code, [finding, mend]) = (check.to_owned(), code.to_owned(), told);
        self.checks.push(Check { verdict, check, code, finding, mend, exit: exit.code() });
    }

    /// It is as it should be.
    pub fn ok(&mut self, check: &str, finding: impl Into<String>) {
        self.push(Verdict::Ok, check, "ok", [finding.into(), String::new()], Exit::Done);
    }

    /// It could be better.
    pub fn warn(&mut self, check: &str, finding: impl Into<String>, mend: impl Into<String>) {
        self.push(Verdict::Warn, check, check, [finding.into(), mend.into()], Exit::Done);
    }

    /// It could be better, and has a word of its own.
    pub fn remark(&mut self, check: &str, error: &Error) {
        let told = [error.to_string(), error.advice().unwrap_or_default().to_owned()];
        self.push(Verdict::Warn, check, error.code(), told, Exit::Done);
    }

    /// It does not work.
    pub fn fail(&mut self, check: &str, error: &Error) {
        let told = [error.to_string(), error.advice().unwrap_or_default().to_owned()];
        self.push(Verdict::Fail, check, error.code(), told, error.exit());
    }

    /// 0 when nothing fails. Else what keeps the agent out comes first, then what may pass by
    /// itself, then everything else.
    pub fn exit(&self) -> Exit {
        let failed = |exit: Exit| {
            self.checks.iter().any(|c| c.verdict == Verdict::Fail && c.exit == exit.code())
        };
        let any = self.checks.iter().any(|check| check.verdict == Verdict::Fail);
        let most_telling =
            [Exit::NotAllowed, Exit::Unreachable].into_iter().find(|exit| failed(*exit));
        most_telling.unwrap_or(if any { Exit::Fault } else { Exit::Done })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_the_agent_out_decides_the_exit() {
        let mut report = Report::default();
        report.ok("a", "");
        report.warn("b", "", "");
        assert_eq!(report.exit(), Exit::Done);
        report.fail("c", &Error::local("no"));
        assert_eq!(report.exit(), Exit::Fault);
        report.fail("d", &Error::new(Exit::Unreachable, "x", "down"));
        assert_eq!(report.exit(), Exit::Unreachable);
        report.fail("e", &Error::new(Exit::NotAllowed, "x", "out"));
        assert_eq!(report.exit(), Exit::NotAllowed);
    }
}
