"""Flavors and templates: the checkout's, the wheel's, the user's, other packages'."""
