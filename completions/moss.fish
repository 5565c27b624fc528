# Completions of moss for fish. `moss completions fish` prints this file; `moss completions --help`
# says where to put it.
function __moss_complete
    set -l before (commandline --tokenize --cut-at-cursor --current-process)
    set -l word (commandline --cut-at-cursor --current-token)
    set -l found (command moss completions fish --word="$word" -- $before 2>/dev/null)
    if test "$found[1]" = :files
        __fish_complete_path "$word"
    else if set -q found[1]
        printf '%s\n' $found
    end
end
complete --command moss --no-files --keep-order --arguments '(__moss_complete)'
