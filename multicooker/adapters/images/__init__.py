"""Base images, from a registry or from what the machine has."""
