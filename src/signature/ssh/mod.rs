//! SSH signatures, and files of allowed signers.

mod allowed_signers;
mod options;
mod public_key;
mod ssh_signature;
mod wire;

pub(super) use allowed_signers::{AllowedSigner, read_signers};
pub(super) use ssh_signature::SshSignature;

/// Namespace that git signs in.
const NAMESPACE: &str = "git";
