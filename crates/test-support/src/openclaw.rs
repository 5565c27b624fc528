//! A program that answers as OpenClaw does and remembers what it was told.

use std::fs;

use crate::builder::Test;

/// OpenClaw, as far as it is asked: one folder, one file a fact.
pub const OPENCLAW: &str = r#"#!/bin/sh
cd "$(dirname "$0")" || exit
for word in "$@"; do printf '%s\n' "$word"; done >>argv; echo >>argv
env >>env; if read -r line; then echo "$line" >>stdin; fi
[ "$1 $2" = "$(cat fails 2>/dev/null)" ] && { echo 'it is broken' >&2; exit 1; }
[ "$1 $2" = "$(cat hangs 2>/dev/null)" ] && { sleep 60 & echo $! >pid; wait; }
agents() { # what is set of everybody, and of the one agent with settings of its own
  set -- set-agents.entries.*
  if [ ! -e "$1" ] || grep -q '"entries"' set-agents 2>/dev/null; then return 1; fi
  id=${1#set-agents.entries.}
  id=${id%%.*}
  own() { cat "set-agents.entries.$id.$1" 2>/dev/null || echo null; }
  all=$(cat set-agents 2>/dev/null || echo '{"defaults":{}}')
  printf '%s,"entries":{"%s":{"skills":%s,"tools":{"exec":{"pathPrepend":%s}}}}}' \
    "${all%\}}" "$id" "$(own skills)" "$(own tools.exec.pathPrepend)"
}
case "$1 $2 $3" in
'config get agents') agents && exit ;;
esac
case "$1 $2" in
'--version ') cat version ;;
'agents list') cat agents ;;
'agents add') printf '[{"id":"%s","workspace":"%s"}]' "$3" "$6" >agents; [ -e boots ] && cp boots "$6/BOOTSTRAP.md"; echo added ;;
'config get') cat "set-$3" 2>/dev/null || { echo unset >&2; exit 1; } ;;
'config set') printf %s "$4" >"set-$3" ;;
'config unset') rm -f "set-$3"; echo unset ;;
'cron list') cat jobs 2>/dev/null || echo '{"jobs":[]}' ;;
'cron add') if [ -e job ]; then echo '{"created":false,"updated":false}'; else touch job; echo '{"created":true}'; fi ;;
'cron rm') echo '{"jobs":[]}' >jobs; rm -f job; echo '{"removed":true}' ;;
'approvals get') cat approvals 2>/dev/null || echo '{}' ;;
'skills info') echo '{"eligible":true}' ;;
esac
"#;

/// Puts OpenClaw on PATH: one that wakes nobody by itself, with a channel to its owner.
pub fn ready(test: Test) -> Test {
    fs::create_dir_all(test.path("oc")).unwrap();
    again(test.file("oc/openclaw", OPENCLAW))
        .mode("oc/openclaw", 0o755)
        .file("oc/version", "OpenClaw 2026.9.6 (eb377ac)\n")
        .file("oc/agents", "[]")
        .file("oc/set-agents", r#"{"defaults":{"heartbeat":{"every":"0m"}}}"#)
        .file("oc/set-skills", r#"{"workshop":{"autonomous":{"mode":"propose"}}}"#)
        .file("oc/set-channels", r#"{"telegram":{"allowFrom":["99"]}}"#)
}

/// The same in a folder that has it already. There is a key in the environment, which must not
/// get into what OpenClaw is told.
pub fn again(test: Test) -> Test {
    let path = format!("{}:/usr/bin:/bin", test.path("oc").display());
    test.env("PATH", &path).key_in_environment()
}
