"""The verbs about flavors, and what they look at."""
