"""A flavor is data: multicooker finds this package's folder and never imports it."""

raise RuntimeError("multicooker must not run a flavor package's code on the host")
