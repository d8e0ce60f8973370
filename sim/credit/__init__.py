"""Credit in a run: loans between entities, defaults that travel, clearing houses at work."""
