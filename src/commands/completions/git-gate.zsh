#compdef git-gate
# Completion of git-gate for zsh; the completion of git calls it for `git gate`.

_git-gate() {
    local line
    local -a complete open
    for line in ${(f)"$(git-gate complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)"}; do
        if [[ ${line%%$'\t'*} == *= ]]; then
            open+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
        else
            complete+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
        fi
    done
    if (( $#complete + $#open == 0 )); then
        _files
        return
    fi
    _describe -t git-gate 'git-gate' complete -- open -S ''
}

_git-gate "$@"
