//! Entry point: turns the arguments into an exit status.

use std::process::ExitCode;

fn main() -> ExitCode {
    #[expect(clippy::disallowed_methods, reason = "the arguments enter here and nowhere else")]
    let arguments = std::env::args_os();
    git_gate::run(arguments).into()
}
