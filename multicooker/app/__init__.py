"""Verbs: what a user can ask for, each a function from a kitchen to a result value."""
