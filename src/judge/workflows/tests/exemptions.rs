//! Comments that exempt their line.

use super::{CLEAN, UNPINNED, UNREADABLE, found_in_step, found_in_uses};

#[test]
fn a_comment_with_a_reason_exempts_its_line() {
    assert_eq!(found_in_uses("evil/action@main # v1, git-gate: allow[unpinned-uses] no release yet"), CLEAN);
    for comment in [
        "git-gate: allow[unpinned-uses]",
        "git-gate: allow[unpinned-image] wrong rule",
        "git-gate: allow no rule",
    ] {
        assert_eq!(found_in_uses(&format!("evil/action@main # {comment}")), UNPINNED, "{comment}");
    }
    let above = "- run: a # git-gate: allow[unpinned-uses] of the next line\n- uses: evil/action@main";
    assert_eq!(found_in_step(above), ["unpinned-uses:6"]);
    let quoted = "- {uses: evil/action@main, name: '# git-gate: allow[unpinned-uses] quoted'}";
    assert_eq!(found_in_step(quoted), UNPINNED);
    assert_eq!(found_in_step("- uses: *x # git-gate: allow[unreadable-workflow] trust me"), UNREADABLE);
}
