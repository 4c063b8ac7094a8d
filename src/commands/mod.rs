//! One file per subcommand. Each returns the exit status, or the error that made a verdict impossible.
