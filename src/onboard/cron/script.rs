//! One tick: `.moss/cron.sh`, as it is written and as it is read back.

use crate::onboard::cron::record::Record;
use crate::onboard::workspace::Workspace;
use crate::render::sanitize;
use crate::system::shell::quoted;

/// Its name in `.moss/`.
pub const NAME: &str = "cron.sh";
/// What the last tick ended with, in `.moss/`.
pub const ENDED: &str = "cron.ended";
/// Whether it was said that `moss` is gone, in `.moss/`.
pub const GONE: &str = "cron.gone";
/// Held while an agent works, in `.moss/`.
pub const LOCK: &str = "cron.lock";

const PATH_FROM: &str = "PATH=";
const FOLDER_FROM: &str = "cd ";
const FOLDER_TO: &str = " || exit";
const MOSS_FROM: &str = "if ! [ -x ";
const MOSS_TO: &str = " ]; then";
/// The lines above and below the command.
const COMMAND_FROM: &str = "printf '%s\\n' \"$packet\" | (";
const COMMAND_TO: &str = ") 9>&-";

/// The script. The lock is held while the agent works, by this shell alone: what the agent leaves
/// running does not hold it. What cron mails is said once, and its end too: `--tell-once` sees to
/// that, and where there is no `moss` the script itself.
pub fn text(site: &Workspace, path: &str, command: &str) -> String {
    let (name, moss) = (sanitize::quoted(&site.name), quoted(&site.moss));
    let (path, workspace) = (quoted(path), quoted(&site.workspace));
    format!(
        "#!/bin/sh\n\
         # One tick of {name}'s timer: no work, no agent. Written by `moss onboard cron`.\n\
         {PATH_FROM}{path}\nexport PATH\n\
         {FOLDER_FROM}{workspace}{FOLDER_TO}\n\
         exec 9>.moss/{LOCK} || exit\n\
         flock -n 9 || exit 0 # the agent of an earlier tick is still at work\n\
         trap 'echo $? >.moss/{ENDED}' EXIT\n\
         {MOSS_FROM}{moss}{MOSS_TO}\n\
         \x20 [ -e .moss/{GONE} ] || echo \"error: the moss of this timer is gone\" {moss} >&2\n\
         \x20 : >.moss/{GONE}\n\
         \x20 exit 127\n\
         fi\n\
         if [ -e .moss/{GONE} ]; then\n\
         \x20 rm -f .moss/{GONE}\n\
         \x20 echo \"it is over: the moss of this timer is back\" {moss} >&2\n\
         fi\n\
         packet=$({moss} wake --gate --tell-once 9>&-)\n\
         code=$?\n\
         [ $code -eq 3 ] && exit 0\n\
         [ $code -eq 0 ] || exit $code\n\
         {COMMAND_FROM}\n{command}\n{COMMAND_TO}\n"
    )
}

/// What a script was made of, as far as it still says: how often, only the crontab knows.
pub fn read(text: &str) -> Record {
    let lines: Vec<&str> = text.lines().collect();
    let word = |from: &str, to: &str| {
        let written = lines.iter().find_map(|line| line.strip_prefix(from)?.strip_suffix(to));
        match shlex::split(written.unwrap_or_default()).as_deref() {
            Some([word]) if sanitize::line(word) == *word => word.clone(),
            _ => String::new(),
        }
    };
    let command = lines.windows(3).find_map(|at| match at {
        [COMMAND_FROM, command, COMMAND_TO] => Some(*command),
        _ => None,
    });
    let command = command.filter(|command| sanitize::line(command) == *command);
    Record {
        command: command.unwrap_or_default().trim().to_owned(),
        workspace: word(FOLDER_FROM, FOLDER_TO),
        moss: word(MOSS_FROM, MOSS_TO),
        path: word(PATH_FROM, ""),
        ..Record::default()
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use moss_api::Role;

    use super::*;
    use crate::config::server_kind::ServerKind;

    #[test]
    fn a_script_tells_what_it_was_made_of() {
        for (workspace, command) in
            [("/ws", "claude -p"), ("/it's 100% \"new\"", "cat > \"it is\"; echo '|' (x)")]
        {
            let site = Workspace {
                name: "AI\nWu".to_owned(),
                role: Role::Executor,
                workspace: workspace.to_owned(),
                folder: PathBuf::from("/ws/.moss"),
                moss: "/opt/my moss/moss".to_owned(),
                server: ServerKind::Moss,
            };
            let read = read(&text(&site, "/a b:/bin", command));
            let told = [&read.command, &read.workspace, &read.moss, &read.path];
            assert_eq!(told, [command, workspace, "/opt/my moss/moss", "/a b:/bin"]);
        }
    }

    #[test]
    fn what_is_no_script_of_ours_tells_nothing() {
        for text in ["", "echo\n", "PATH=a b\ncd /x\n", "printf '%s\\n' \"$packet\" | (\n"] {
            assert_eq!(read(text), Record::default(), "{text:?}");
        }
    }
}
