#!/bin/sh
# Installs moss, the command an OpenMOSS agent types. Served by every moss-server:
#
#   curl -fsSL https://SERVER/install.sh | sh
#   curl -fsSL https://SERVER/install.sh | sh -s -- --role executor --name AI-Wu
#   curl -fsSL https://SERVER/install.sh | sh -s -- --help
#
# All of it is one function that the last line calls: what arrives cut off does nothing.

_moss_install() {
# The server this came from, and the public keys that releases are signed with.
SERVER='' # filled in by moss-server
KEYS='' # filled in by moss-server

set -u
umask 022

usage() {
  cat <<'END'
usage: install.sh [--version V] [--dir D] [--server URL] [--dry-run]
                  [--role ROLE --name NAME] [--uninstall]

  --version V    this version, also when a newer one is installed [default: the newest]
  --dir D        into this folder [default: /usr/local/bin if it can be written, else ~/.local/bin]
  --server URL   from another server than the one this script came from
  --dry-run      say what would be done
  --role ROLE    planner, executor, reviewer or patrol: registers an agent in this folder and
  --name NAME    installs its skill; the token is asked for or in MOSS_REGISTRATION_TOKEN
  --uninstall    remove moss; agents' folders stay

exit codes: 0 done, 2 usage, 4 no registration token, 5 no such release, 7 unreachable, 9 refused
END
}

die() { # die CODE WHAT [NEXT]
  printf 'error: %s\n' "$2" >&2
  [ $# -lt 3 ] || printf 'hint: %s\n' "$3" >&2
  exit "$1"
}

have() { command -v "$1" >/dev/null 2>&1; }

say() { printf '%s\n' "$*"; }

is_version() { printf '%s\n' "$1" | grep -qxE '[0-9]{1,9}(\.[0-9]{1,9}){2}'; }

newer() { # newer A B: version A is later than B
  set -- "${1%%.*}" "${1#*.}" "${2%%.*}" "${2#*.}"
  [ "$1" -eq "$3" ] || { [ "$1" -gt "$3" ]; return; }
  set -- "${2%%.*}" "${2#*.}" "${4%%.*}" "${4#*.}"
  [ "$1" -eq "$3" ] || { [ "$1" -gt "$3" ]; return; }
  [ "$2" -gt "$4" ]
}

quoted() { # as one would type it
  case $1 in
    '' | *[!A-Za-z0-9._/:-]*) printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")" ;;
    *) printf %s "$1" ;;
  esac
}

limited() { # limited SECONDS COMMAND...: a program nobody knows yet may hang
  if have timeout; then timeout "$@" </dev/null; else shift && "$@" </dev/null; fi
}

version_of() { # version_of PROGRAM: its version if it is a moss, `other` if it is something else, nothing if it is broken
  said=$(limited 10 "$1" --version 2>/dev/null) || return 0
  case $said in
    'moss '*) is_version "${said#moss }" && printf %s "${said#moss }" ;;
    ?*) printf other ;;
  esac
}

# --- what was asked for

read_arguments() {
  wanted='' dir='' role='' name='' dry='' uninstall=''
  while [ $# -gt 0 ]; do
    case $1 in
      --*=*)
        flag=${1%%=*} value=${1#*=}
        shift
        set -- "$flag" "$value" "$@"
        ;;
    esac
    case $1 in
      --version | --dir | --server | --role | --name)
        [ -n "${2:-}" ] || die 2 "$1 needs a value" 'install.sh --help'
        case $1 in
          --version) wanted=${2#v} ;;
          --dir) dir=$2 ;;
          --server) SERVER=${2%/} ;;
          --role) role=$2 ;;
          --name) name=$2 ;;
        esac
        shift 2
        ;;
      --dry-run) dry=yes && shift ;;
      --uninstall) uninstall=yes && shift ;;
      --help | -h) usage && exit 0 ;;
      *) die 2 "there is no argument '$1'" 'install.sh --help' ;;
    esac
  done
  [ -z "$wanted" ] || is_version "$wanted" || die 2 "'$wanted' is no version; one is written like 0.2.0"
  case $dir in
    '' | /*) ;;
    *) dir=$PWD/$dir ;;
  esac
  case $role in
    planner | executor | reviewer | patrol) [ -n "$name" ] || die 2 '--role needs --name' ;;
    '') [ -z "$name" ] || die 2 '--name needs --role' ;;
    *) die 2 "'$role' is no role: planner, executor, reviewer or patrol" ;;
  esac
  [ -z "$uninstall" ] || return 0
  case $SERVER in
    '') die 2 'this copy of install.sh knows no server' 'curl -fsSL https://SERVER/install.sh | sh' ;;
    *[!][A-Za-z0-9._~:/%-]*) die 2 "'$SERVER' is no address of a server" ;;
    http://?* | https://?*) ;;
    *) die 2 "'$SERVER' is no address of a server; one begins with http:// or https://" ;;
  esac
  [ -n "$KEYS" ] || die 2 'this copy of install.sh knows no release keys' "curl -fsSL $SERVER/install.sh | sh"
}

# --- uninstalling

remove_from() { # remove_from FOLDER
  [ -e "$1/moss" ] || [ -L "$1/moss" ] || return 0
  [ "$(version_of "$1/moss")" != other ] || die 9 "$1/moss is another program"
  if [ -n "$dry" ]; then
    say "would remove $1/moss"
  else
    # What moss update keeps beside it goes along.
    (cd "$1" && rm -f moss.prev .moss.new .moss.download .moss.spare .moss.unproven .moss.bad .moss.lock \
      .moss.seen .moss.seen.new .moss.seen.lock moss) \
      2>/dev/null || die 9 "$1/moss cannot be removed" 'run this as the user that installed it'
    say "removed $1/moss"
  fi
  removed=yes
}

uninstall() {
  removed=''
  if [ -n "$dir" ]; then
    remove_from "$dir"
  else
    remove_from /usr/local/bin
    [ -z "${HOME:-}" ] || remove_from "$HOME/.local/bin"
  fi
  [ -n "$removed" ] || say "there is no moss in ${dir:-/usr/local/bin or ~/.local/bin}"
  say "agents' folders (.moss) with their keys, and skills, stay where they are"
}

# --- what fits this machine

find_targets() {
  cpu=$(uname -m)
  case $cpu in
    x86_64 | amd64) cpu=x86_64 ;;
    aarch64 | arm64) cpu=aarch64 ;;
    *) die 9 "there is no moss for the processor '$cpu'" 'build it from source' ;;
  esac
  case $(uname -s) in
    Linux) targets="$cpu-unknown-linux-musl $cpu-unknown-linux-gnu" ;;
    Darwin)
      # An Intel shell on an Apple processor is told it is on Intel's.
      [ "$(sysctl -n sysctl.proc_translated 2>/dev/null)" != 1 ] || cpu=aarch64
      targets=$cpu-apple-darwin
      ;;
    *) die 9 "this script installs on Linux and macOS, not on $(uname -s)" "get an archive: $SERVER/releases/manifest.json" ;;
  esac
}

find_tools() {
  if have curl; then
    via=curl
  elif have wget; then
    via=wget
    ! wget --help 2>&1 | grep -q BusyBox || via=busybox
  else
    die 9 'there is neither curl nor wget here' 'install one of them'
  fi
  for tool in awk date grep gzip sed tar; do
    have "$tool" || die 9 "there is no $tool here" "install $tool"
  done
  sha256 /dev/null >/dev/null ||
    die 9 'nothing here computes a SHA-256' 'install sha256sum (coreutils), shasum, openssl or busybox'
  host=${SERVER#*://} host=${host%%/*}
  case $host in
    127.* | localhost | localhost:* | '[::1]' | '[::1]:'*) loopback=yes ;;
    *) loopback='' ;;
  esac
  case $(openssl version 2>/dev/null) in
    'OpenSSL '[3-9].* | 'OpenSSL '[1-9][0-9].*) openssl=yes ;;
    *) openssl='' ;;
  esac
}

sha256() { # sha256 FILE
  if have sha256sum; then
    sum=$(sha256sum <"$1")
  elif have shasum; then
    sum=$(shasum -a 256 <"$1")
  elif have openssl; then
    sum=$(openssl dgst -sha256 -r <"$1")
  elif have busybox; then
    sum=$(busybox sha256sum <"$1")
  else
    return 1
  fi
  sum=${sum%% *}
  [ "${#sum}" -eq 64 ] && printf %s "$sum"
}

# --- the network

has_room() { # for small files
  { printf '%065536d' 0 >"$tmp/room"; } 2>/dev/null && rm -f "$tmp/room"
}

no_room() { die 9 "there is no room in ${TMPDIR:-/tmp}" 'make room, or set TMPDIR to a folder that has some'; }

# fetch NAME BLOCKS: a file of the releases into the temporary folder, of at most so many half
# kilobytes (some shells: kilobytes). Fails when the server has none, and ends the script when there
# is no answer.
fetch() {
  url=$SERVER/releases/$1 fetched=$tmp/$1
  (
    trap '' XFSZ
    ulimit -f "$2" 2>/dev/null
    case $via in
      curl)
        set -- -fsSL --connect-timeout 10 --max-time 900 --retry 2 --max-redirs 5 -o "$fetched" "$url"
        case $url in
          https:*) set -- --proto =https --proto-redir =https "$@" ;;
          *) set -- --proto =http --proto-redir =http,https "$@" ;;
        esac
        [ -z "$loopback" ] || set -- --noproxy '*' "$@"
        ;;
      wget)
        set -- -nv -t 3 -T 30 --max-redirect=5 -O "$fetched" "$url"
        [ -z "$loopback" ] || set -- --no-proxy "$@"
        ;;
      busybox)
        # Its -T crashes in some builds; by itself it waits 15 minutes.
        set -- -q -O "$fetched" "$url"
        [ -z "$loopback" ] || set -- -Y off "$@"
        ;;
    esac
    export LC_ALL=C
    case $via in
      curl) exec curl "$@" ;;
      wget | busybox) exec wget "$@" ;;
    esac
  ) </dev/null >/dev/null 2>"$tmp/why" && return 0
  [ ! -e "$fetched" ] || [ "$(($(wc -c <"$fetched") / 512))" -lt "$2" ] ||
    die 9 "$url is larger than any such file" 'tell whoever runs the server; nothing was installed'
  why=$(grep -E '^curl: |^wget: |rror|ERROR|failed:' "$tmp/why" 2>/dev/null | head -n 1)
  case $why in
    '' | *'curl: (23)'* | *'No space left'* | *' write error'*)
      has_room || no_room
      ;;
  esac
  case $why in
    *'rror: 404'* | *'ERROR 404'* | *' 404 '*) return 1 ;;
    *ertificate* | *SSL* | *TLS*)
      die 7 "$url cannot be trusted: $why" 'install ca-certificates, or give the server a certificate that is known here'
      ;;
    *) die 7 "$url cannot be had: ${why:-the connection broke off}" 'try again; is the server up, and is a proxy in between?' ;;
  esac
}

# --- which release

# What is signed is everything between the manifest's first and last line.
open_manifest() {
  { sed '1d;$d' "$tmp/manifest.json" >"$tmp/signed" && has_room; } 2>/dev/null || no_room
  signature=$(sed -n '$s/^,"signature":"\([A-Za-z0-9+/]*=*\)"}$/\1/p' "$tmp/manifest.json")
  { [ "$(sed 1q "$tmp/manifest.json")" = '{"signed":' ] && [ -n "$signature" ]; } ||
    die 9 "$SERVER/releases/manifest.json carries no signature" 'tell whoever runs the server; nothing was installed'
  [ -n "$openssl" ] || return 0
  printf %s "$signature" | openssl base64 -d -A >"$tmp/signature" 2>/dev/null
  for key in $KEYS; do
    # What makes 32 bytes an ed25519 key is always the same 12 bytes, 16 letters of base64.
    printf '%s\n' '-----BEGIN PUBLIC KEY-----' "MCowBQYDK2VwAyEA$key" '-----END PUBLIC KEY-----' >"$tmp/key"
    openssl pkeyutl -verify -rawin -pubin -inkey "$tmp/key" -in "$tmp/signed" \
      -sigfile "$tmp/signature" >/dev/null 2>&1 && return 0
  done
  die 9 "no release key has signed $SERVER/releases/manifest.json: it may be forged" 'tell whoever runs the server; nothing was installed'
}

# Prints `bad WHY`, or whether the manifest is `fresh`, has `expired` or was signed `later` than now;
# when it was signed, when it expires, and `found VERSION ARCHIVE FILE SIZE SHA256`, `recalled` or
# `none WHAT THERE IS`.
choose_release() {
  awk -v targets="$targets" -v wanted="$wanted" -v now="$now" '
    function bad(why) { if (!over) print "bad", why; over = 1; exit }
    function later(a, b,   x, y, i) {
      split(a, x, "."); split(b, y, ".")
      for (i = 1; i <= 3; i++) if (x[i] + 0 != y[i] + 0) return x[i] + 0 > y[i] + 0
      return 0
    }
    function is_time(t) { return t ~ /^[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9](\.[0-9]+)?Z$/ }
    function day(t,   y, m) { # days since some day; a year begins in March
      y = substr(t, 1, 4) + 0; m = substr(t, 6, 2) + 0
      if (m < 3) { y--; m += 12 }
      return 365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * m - 457) / 5) + substr(t, 9, 2)
    }
    function here() { return path[depth] (kind[depth] == "{" ? "/" key[depth] : "/*") }
    function open(bracket,   at) {
      at = depth ? here() : ""
      if (depth++ > 20) bad("too deep")
      path[depth] = at; kind[depth] = bracket; naming = bracket == "{"
      if (at == "/releases/*") { version = ""; recalled = "no"; assets = 0 }
      if (at == "/releases/*/recalled") recalled = "yes"
      if (at == "/releases/*/assets/*") split("", asset)
    }
    function close_(bracket) {
      if (!depth || kind[depth] != bracket) bad("a bracket too many")
      if (path[depth] == "/releases/*/assets/*") keep()
      if (path[depth] == "/releases/*") judge()
      depth--; naming = 0
    }
    function keep() {
      if (asset["url"] !~ /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/) bad("a file name that is none")
      if (asset["digest"] !~ /^sha256:[0-9a-f]+$/ || length(asset["digest"]) != 71) bad("a digest that is none")
      if (asset["size"] !~ /^[0-9]+$/ || asset["size"] + 0 > 67108864) bad("a size that is none")
      assets++
      name[assets] = asset["name"]; target[assets] = asset["target"]
      rest[assets] = asset["url"] " " asset["size"] " " substr(asset["digest"], 8)
    }
    function judge(   i, t, n, order) {
      if (version !~ /^[0-9]+\.[0-9]+\.[0-9]+$/ || length(version) > 29) bad("a version that is none")
      if (wanted != "" && version != wanted) return
      if (recalled == "yes") { if (wanted != "") gone = 1; return }
      if (best != "" && !later(version, best)) return
      n = split(targets, order, " ")
      for (t = 1; t <= n; t++) for (i = 1; i <= assets; i++)
        if (target[i] == order[t] && name[i] == "moss-" version "-" order[t] ".tar.gz") {
          best = version; found = version " " name[i] " " rest[i]
          return
        }
      others = others " " version
    }
    function scalar(text) {
      if (!depth) bad("no object")
      if (naming) { key[depth] = text; return }
      if (here() == "/kind") label = text
      if (here() == "/channel") channel = text
      if (here() == "/signed") signed = text
      if (here() == "/expires") expires = text
      if (here() == "/schema") schema = text
      if (here() == "/releases/*/version") version = text
      if (path[depth] == "/releases/*/assets/*") asset[key[depth]] = text
    }
    function structure(text,   c) {
      while (text != "") {
        c = substr(text, 1, 1)
        if (match(text, /^[ \t\r]+/)) ;
        else if (match(text, /^[-+.0-9A-Za-z]+/)) { if (naming) bad("a name without quotes"); scalar(substr(text, 1, RLENGTH)) }
        else {
          RLENGTH = 1
          if (c == "{" || c == "[") { if (ended++) bad("something after its end"); ended = 0; open(c) }
          else if (c == "}") { close_("{"); ended = !depth }
          else if (c == "]") { close_("["); ended = !depth }
          else if (c == ":") naming = 0
          else if (c == ",") naming = kind[depth] == "{"
          else bad("no JSON")
        }
        text = substr(text, RLENGTH + 1)
      }
    }
    $0 != "" {
      gsub(/\\\\/, "\001"); gsub(/\\"/, "\002")
      parts = split($0, part, "\"")
      if (parts % 2 == 0) bad("a text without an end")
      for (p = 1; p <= parts; p++) if (p % 2) structure(part[p]); else scalar(part[p])
    }
    END {
      if (over) exit
      if (!ended) bad("it has no end")
      if (schema != "1") bad("it is of schema " (schema ~ /^[0-9]+$/ ? schema : "unknown"))
      if (label != "releases of moss" || channel != "stable") bad("it was signed as something else")
      if (!is_time(signed) || !is_time(expires)) bad("a time that is none")
      age = day(signed) > day(now) + 1 ? "later" : now "" >= expires "" ? "expired" : "fresh"
      print age, signed, expires, gone ? "recalled" : found != "" ? "found " found : "none" others
    }
  ' "$tmp/signed"
}

find_release() {
  fetch manifest.json 2048 || die 5 "$SERVER has no releases" "whoever runs the server puts them into its releases folder"
  place=$SERVER/releases/manifest.json
  open_manifest
  now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  # Every word of the answer was checked against what it may be made of.
  # shellcheck disable=SC2046
  set -- $(choose_release)
  case ${1:-} in
    fresh | expired | later) age=$1 signed=$2 expires=$3 && shift 3 ;;
    *)
      [ $# -eq 0 ] || shift
      die 9 "$place is broken: ${*:-awk does not work here}" 'tell whoever runs the server; nothing was installed'
      ;;
  esac
  # Who asks for one version need not know whether it is the newest.
  asked='--version V takes one version all the same'
  case $age in
    expired)
      why="$place expired at $expires, and it is $now by this machine's clock: there may be newer releases"
      [ -n "$wanted" ] || die 9 "$why" "tell whoever runs the server to renew it; if this clock is wrong, set it; $asked"
      say "warning: $why" >&2
      ;;
    later)
      why="this machine's clock says $now, and $place was signed at $signed: whether it has expired cannot be told"
      [ -n "$wanted" ] || die 9 "$why" "set the clock; $asked"
      say "warning: $why" >&2
      ;;
  esac
  case $1 in
    found) version=$2 archive=$3 file=$4 size=$5 digest=$6 ;;
    recalled) die 9 "moss $wanted was recalled by those who made it" 'without --version the newest that was not is taken' ;;
    *)
      [ -z "$wanted" ] || [ $# -gt 1 ] || die 5 "$SERVER has no moss $wanted" "$place names what it has"
      die 5 "$SERVER has no moss for ${targets%% *}" 'ask whoever runs the server for it, or build it from source'
      ;;
  esac
}

# --- where to

writable() { [ -d "$1" ] && [ -w "$1" ] && [ -x "$1" ]; }

find_dir() {
  if [ -z "$dir" ]; then
    if writable /usr/local/bin; then
      dir=/usr/local/bin
    else
      [ -n "${HOME:-}" ] || die 9 '/usr/local/bin cannot be written, and HOME is not set' 'name a folder: --dir D'
      dir=$HOME/.local/bin
    fi
  fi
  [ ! -d "$dir/moss" ] || die 9 "$dir/moss is a folder" 'name another folder: --dir D'
  current=''
  if [ -e "$dir/moss" ]; then
    current=$(version_of "$dir/moss")
    [ "$current" != other ] || die 9 "$dir/moss is another program" 'name another folder: --dir D'
  fi
}

new_folder() { # new_folder PLACE: a folder of our own there, in $made
  for made in "$1/.moss-install.$$" "$1/.moss-install.$$.1" "$1/.moss-install.$$.2"; do
    mkdir -m 700 "$made" 2>/dev/null && return 0
  done
  return 1
}

# --- getting it, and believing it

download() {
  fetch "$file" 131072 || die 9 "$SERVER/releases/$file is named by the manifest and not there" 'tell whoever runs the server'
  # The signature is one of the archive under its name.
  [ "$file" = "$archive" ] || mv "$tmp/$file" "$tmp/$archive"
  { [ "$(wc -c <"$tmp/$archive")" -eq "$size" ] && [ "$(sha256 "$tmp/$archive")" = "$digest" ]; } ||
    die 9 "the checksum of $archive is not the one announced" 'try again; nothing was installed'
}

prove() {
  top=${archive%.tar.gz}
  {
    (trap '' XFSZ; ulimit -f 524288 2>/dev/null; cd "$tmp" && tar -xzof "$archive" "$top/moss" >/dev/null 2>&1) &&
      [ -f "$tmp/$top/moss" ] && [ ! -L "$tmp/$top/moss" ]
  } || die 9 "there is no moss in $archive, or no room to unpack it"
  { cp "$tmp/$top/moss" "$staging/moss" && chmod 755 "$staging/moss"; } 2>/dev/null || die 9 "there is no room in $dir"
  [ "$(version_of "$staging/moss")" = "$version" ] ||
    die 9 "the moss in $archive does not run here as moss $version" "is $dir mounted noexec? nothing was installed"
  # It also compares the manifest with what the moss before it has seen. It reads all of the archive,
  # which takes a slow machine its time.
  limited 60 "$staging/moss" self-test --archive "$tmp/$archive" --manifest "$tmp/manifest.json" \
    --beside "$dir/moss" >/dev/null 2>"$tmp/why" || {
    why=$(sed -n 's/^error: //p' "$tmp/why")
    die 9 "the moss in $archive refuses itself: ${why:-it says nothing, or takes more than 60 s}" 'tell whoever runs the server; nothing was installed'
  }
}

install_it() {
  # Beside its target, so that putting it in place is one rename.
  mkdir -p "$dir" 2>/dev/null
  new_folder "$dir" || die 9 "$dir cannot be written" 'run this as a user who may, or name another folder: --dir D'
  staging=$made
  download
  [ -n "$openssl" ] ||
    say 'note: there is no OpenSSL 3 here: that the release is signed is checked by the new moss alone' >&2
  prove
  sync "$staging/moss" 2>/dev/null
  mv -f "$staging/moss" "$dir/moss" 2>/dev/null || die 9 "$dir/moss cannot be replaced" 'run this as the user that installed it'
  say "installed moss $version in $dir${current:+, in place of $current}"
}

say_path() {
  case $dir in
    /usr/bin | /bin) ;;
    /usr/local/bin) say 'a systemd timer finds it; cron looks in /usr/bin:/bin only, so a crontab says /usr/local/bin/moss' ;;
    *) say "no timer looks in $dir: a crontab or a systemd unit says $(quoted "$dir/moss")" ;;
  esac
  found=$(command -v moss 2>/dev/null) || found=''
  typed=$(quoted "$dir/moss")
  case $found in
    "$dir/moss") typed=moss ;;
    '') say "$dir is not in your PATH: export PATH=$(quoted "$dir"):\$PATH" ;;
    *) say "warning: your PATH finds $found first" >&2 ;;
  esac
}

# --- an agent

ask_token() { # from the terminal, when somebody sits there
  token=''
  { [ -z "${MOSS_NO_INPUT:-}" ] && [ -t 1 ] && (: </dev/tty) 2>/dev/null; } || return 0
  printf 'registration token or invite (not shown): ' >/dev/tty
  hidden=$(stty -g </dev/tty 2>/dev/null)
  stty -echo </dev/tty 2>/dev/null
  IFS= read -r token </dev/tty
  restore_terminal
  printf '\n' >/dev/tty
}

restore_terminal() {
  [ -z "${hidden:-}" ] || stty "$hidden" </dev/tty 2>/dev/null
  hidden=''
}

registered() { # whether the agent of this folder is the one that was asked for
  [ -e .moss/profile.json ] || return 1
  who=$(unset MOSS_API_KEY MOSS_PROFILE MOSS_SERVER; "$dir/moss" whoami </dev/null 2>/dev/null) || return 1
  # As moss quotes a name.
  quoted=$(printf '%s' "$name" | sed 's/[\\"]/\\&/g')
  printf '%s\n' "$who" | grep -qxF "agent	\"$quoted\" ($role)"
}

register() {
  if registered; then
    say "$name is registered here already"
  else
    token=${MOSS_REGISTRATION_TOKEN:-}
    [ -n "$token" ] || ask_token
    [ -n "$token" ] || die 4 "moss is installed; $name is not registered, for want of a token" \
      "MOSS_REGISTRATION_TOKEN=TOKEN $typed register --server $SERVER --role $role --name=$(quoted "$name") && $typed skill install"
    MOSS_REGISTRATION_TOKEN=$token "$dir/moss" register --server "$SERVER" --role "$role" --name="$name" </dev/null || exit
    unset token
  fi
  "$dir/moss" skill install </dev/null || exit
}

# --- all of it

clean_up() {
  restore_terminal
  [ -z "$tmp" ] || rm -rf "$tmp"
  [ -z "$staging" ] || rm -rf "$staging"
}

tmp='' staging='' hidden=''
read_arguments "$@"
if [ -n "$uninstall" ]; then
  uninstall
  return
fi
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
find_targets
find_tools
new_folder "${TMPDIR:-/tmp}" || die 9 "${TMPDIR:-/tmp} cannot be written" 'set TMPDIR to a folder that can'
tmp=$made
find_release
find_dir
keeps=''
if [ "$current" = "$version" ]; then
  keeps="moss $version is in $dir already"
elif [ -z "$wanted" ] && [ -n "$current" ] && newer "$current" "$version"; then
  keeps="kept moss $current in $dir, which is newer than $version; to go back: --version $version"
fi
if [ -n "$dry" ]; then
  say "${keeps:-would install moss $version in $dir${current:+, in place of $current}, from $SERVER/releases/$file}"
  [ -z "$role" ] || say "would register $name as $role at $SERVER in $PWD, and install its skill"
  return
fi
if [ -n "$keeps" ]; then say "$keeps"; else install_it; fi
say_path
if [ -n "$role" ]; then
  register
else
  say "-> $typed register --server $SERVER --role ROLE --name NAME"
fi
}
{ _moss_install "$@"; }
