# Completion of git-gate, and of `git gate`, for bash.

# Completes the last of the words that follow the program. Bash splits words at `=` and `:`, git-gate does not.
__git_gate_reply() {
    local current="${!#}" line
    local part="${current##*[=:]}"
    COMPREPLY=()
    while IFS= read -r line; do
        line="${line%%$'\t'*}"
        [[ "$line" == *= ]] || line+=' '
        COMPREPLY+=("${line:$((${#current} - ${#part}))}")
    done < <(git-gate complete -- "$@" 2>/dev/null)
}

# Completes the command line up to the cursor, after the word `gate` or `git-gate`.
__git_gate_words() {
    local words
    read -ra words <<<"${COMP_LINE:0:COMP_POINT}"
    [[ "${COMP_LINE:0:COMP_POINT}" == *[[:space:]] ]] && words+=('')
    while [[ ${#words[@]} -gt 1 && "${words[0]##*/}" != gate && "${words[0]##*/}" != git-gate ]]; do
        words=("${words[@]:1}")
    done
    __git_gate_reply "${words[@]:1}"
}

# Called by the completion of git.
_git_gate() {
    __git_gate_words
}

complete -o bashdefault -o default -o nospace -F __git_gate_words git-gate
