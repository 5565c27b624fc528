//! One tick: `.moss/cron.sh`.

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

/// The script. The lock is held while the agent works, by this shell alone: what the agent leaves
/// running does not hold it. What cron mails is said once, and its end too: `--tell-once` sees to
/// that, and where there is no `moss` the script itself.
pub fn text(site: &Workspace, path: &str, command: &str) -> String {
    let (name, moss) = (sanitize::quoted(&site.name), quoted(&site.moss));
    let (path, workspace) = (quoted(path), quoted(&site.workspace));
    format!(
        "#!/bin/sh\n\
         # One tick of {name}'s timer: no work, no agent. Written by `moss onboard cron`.\n\
         PATH={path}\nexport PATH\n\
         cd {workspace} || exit\n\
         exec 9>.moss/{LOCK} || exit\n\
         flock -n 9 || exit 0 # the agent of an earlier tick is still at work\n\
         trap 'echo $? >.moss/{ENDED}' EXIT\n\
         if ! [ -x {moss} ]; then\n\
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
         printf '%s\\n' \"$packet\" | (\n{command}\n) 9>&-\n"
    )
}
