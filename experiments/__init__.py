"""Running scenarios, and reading what came out."""
