# Completions of moss for bash. `moss completions bash` prints this file; `moss completions --help`
# says where to put it.
_moss() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ $line == :files ]]; then
            compopt -o default 2>/dev/null
            return
        fi
        COMPREPLY+=("$line")
    done < <(COMP_TYPE=$COMP_TYPE command moss completions bash --word="$2" -- "${COMP_WORDS[@]:0:COMP_CWORD}" 2>/dev/null)
}
complete -o nosort -F _moss moss 2>/dev/null || complete -F _moss moss
