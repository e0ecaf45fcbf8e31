"""A CLI in a container that sees one folder: the verbs, and what they are made of."""
