"""Logins: found, checked, renewed, laid out, and the verbs about them."""
