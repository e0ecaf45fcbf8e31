"""The only impure code: the engine, the disk, the clock, the templates, the credentials."""
