"""Every verb of the program; each takes a kitchen and returns a value from `results`.

Their modules are imported when a verb is first asked for: `status` needs nothing of judging.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multicooker.app.cancelling import cancel, clean
    from multicooker.app.cooking import cook, judge, plan_cook, report
    from multicooker.app.doctor import doctor
    from multicooker.app.flavor.verbs import flavor_check, flavor_list, flavor_new, flavor_show
    from multicooker.app.logins.auth import auth_status
    from multicooker.app.logins.login import login, login_ready, login_token, logout
    from multicooker.app.looking import logs, overview, status
    from multicooker.app.preparing import build, new, render
    from multicooker.app.sandbox.verbs import sandbox, sandbox_list, sandbox_stop, visit_sandbox

__all__ = [
    "auth_status",
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
    "login",
    "login_ready",
    "login_token",
    "logout",
    "logs",
    "new",
    "overview",
    "plan_cook",
    "render",
    "report",
    "sandbox",
    "sandbox_list",
    "sandbox_stop",
    "status",
    "visit_sandbox",
]

_HOMES = {
    "logins.auth": ("auth_status",),
    "cancelling": ("cancel", "clean"),
    "cooking": ("cook", "judge", "plan_cook", "report"),
    "doctor": ("doctor",),
    "flavor.verbs": ("flavor_check", "flavor_list", "flavor_new", "flavor_show"),
    "logins.login": ("login", "login_ready", "login_token", "logout"),
    "looking": ("logs", "overview", "status"),
    "preparing": ("build", "new", "render"),
    "sandbox.verbs": ("sandbox", "sandbox_list", "sandbox_stop", "visit_sandbox"),
}


def __getattr__(name: str) -> object:
    for home, verbs in _HOMES.items():
        if name in verbs:
            return getattr(import_module(f"multicooker.app.{home}"), name)
    raise AttributeError(f"there is no verb {name!r}")
