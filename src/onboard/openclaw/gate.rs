//! The script OpenClaw runs before the model.

use crate::onboard::workspace::Workspace;
use crate::system::shell::quoted;

/// Its name in `.moss/`.
pub const NAME: &str = "gate.js";
/// How long the gate waits for the server, in seconds: below OpenClaw's 30 for the whole script.
const TIMEOUT: u8 = 20;

/// `gate.js` for one agent: full paths only, since OpenClaw may run it in any folder. `announced`
/// says whether a person hears what the agent answers.
pub fn script(site: &Workspace, announced: bool) -> String {
    let command = format!("{} wake --gate --timeout {TIMEOUT}", quoted(&site.moss));
    include_str!("gate.js")
        .replace("\"{command}\"", &literal(&command))
        .replace("\"{workspace}\"", &literal(&site.workspace))
        .replace("{announced}", if announced { "yes" } else { "no" })
}

/// As JavaScript reads it back: JSON is a part of it.
fn literal(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
