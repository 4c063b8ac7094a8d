//! Account of the process that runs a hook.

use bstr::ByteSlice as _;

use crate::platform;

/// Returns the name of the account, as `/etc/passwd` has it; `uid N` for an account that is not listed there.
pub(super) fn name() -> String {
    let uid = platform::real_user();
    let listed =
        platform::USERS.and_then(|list| std::fs::read(list).ok()).and_then(|passwd| in_list(&passwd, uid));
    listed.unwrap_or_else(|| format!("uid {uid}"))
}

/// Returns the name of an account in the lines of a passwd file (passwd(5)).
fn in_list(passwd: &[u8], uid: u32) -> Option<String> {
    let uid = uid.to_string();
    let fields = passwd.lines().map(|line| line.split_str(":").collect::<Vec<&[u8]>>());
    let mut own = fields.filter(|fields| fields.get(2).is_some_and(|number| *number == uid.as_bytes()));
    own.find_map(|fields| Some(fields.first()?.to_str().ok()?.to_owned())).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::in_list;

    #[test]
    fn an_account_is_found_by_its_number() {
        let passwd = b"root:x:0:0:root:/root:/bin/sh\nbad\n:x:7:7::/:\nana:x:1000:1000:Ana Ruiz,,,:/home/ana:/bin/bash\n";
        for (uid, name) in [(0, Some("root")), (1000, Some("ana")), (100, None), (7, None)] {
            assert_eq!(in_list(passwd, uid).as_deref(), name, "{uid}");
        }
    }
}
