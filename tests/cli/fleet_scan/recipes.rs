//! Recipes in `install/fleet/`, run as they are written.
