"""Every verb of the program; each takes a kitchen and returns a value from `results`."""

from __future__ import annotations

from multicooker.app.cancelling import cancel, clean
from multicooker.app.cooking import cook, judge, plan_cook, report
from multicooker.app.doctor import doctor
from multicooker.app.flavors import flavor_check, flavor_list, flavor_new, flavor_show
from multicooker.app.looking import logs, overview, status
from multicooker.app.preparing import build, new, render

__all__ = [
    "build",
    "cancel",
    "clean",
    "cook",
    "doctor",
    "flavor_check",
    "flavor_list",
    "flavor_new",
    "flavor_show",
    "judge",
    "logs",
    "new",
    "overview",
    "plan_cook",
    "render",
    "report",
    "status",
]
