# Completion of git-gate, and of `git gate`, for fish.

# Completes the last word of the command line, after the word `gate` or `git-gate`.
function __git_gate_candidates
    set -l words (commandline --tokenize --cut-at-cursor --current-process) (commandline --current-token --cut-at-cursor)
    while set -q words[2]; and not string match --quiet --regex '(^|/|git-)gate$' -- $words[1]
        set --erase words[1]
    end
    set -l found (git-gate complete -- $words[2..-1] 2>/dev/null)
    if set -q found[1]
        printf '%s\n' $found
    else
        __fish_complete_path (commandline --current-token --cut-at-cursor)
    end
end

complete --command git-gate --no-files --arguments '(__git_gate_candidates)'
complete --command git --no-files --condition '__fish_seen_subcommand_from gate' --arguments '(__git_gate_candidates)'
