//! git's configuration: files of git-config kind, and the effective config of a repository.
