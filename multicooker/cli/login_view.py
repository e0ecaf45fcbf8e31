"""What a person reads about logins."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from multicooker.app import results
from multicooker.cli import look
from multicooker.cli.look import Part


def status_view(result: results.AuthStatus) -> Iterator[Part]:
    """Show every login, then what is in the way of some, each with its fix."""
    if not result.logins:
        yield look.line("no flavor here needs a login")
    else:
        yield look.table(
            ("", "flavor", "profile", "login", "account", "life", "auth"),
            [_row(login) for login in result.logins],
        )
    for login in result.logins:
        if login.problem and login.problem != login.life:
            yield look.line(look.state("warn"), f"  {_whose(login)}: {login.problem}")
        if login.fix:
            yield look.next_step(login.fix, f"for {_whose(login)}")
    for flavor, notice in {login.flavor: login.notice for login in result.logins}.items():
        if notice:
            yield look.line(look.title(flavor), f": {notice}")
    yield from (look.line(look.state("warn"), f"  {note}") for note in result.notes)


def login_view(result: results.LoginResult) -> Iterator[Part]:
    """Show what there is now, and what uses it."""
    account = f" ({result.account})" if result.account else ""
    yield look.line(look.title(result.flavor), f": logged in: {result.source}{account}")
    yield look.line(result.life, indent=2)
    yield look.next_step(f"auth: {result.auth}", "in cook.yaml uses it")


def logout_view(result: results.LogoutResult) -> Iterator[Part]:
    """Show what is gone."""
    yield look.line(
        look.title(result.flavor), ": gone" if result.removed else ": nothing to remove"
    )
    yield from (look.line(Text("removed ", "dim"), name) for name in result.removed)


def _row(login: results.LoginStatus) -> tuple[str | Text, ...]:
    return (
        look.state("warn" if login.problem else "ok"),
        login.flavor,
        login.profile,
        login.source or "none",
        login.account,
        login.life,
        look.safe(f"{login.mode}, first choice", "green") if login.used else login.mode,
    )


def _whose(login: results.LoginStatus) -> str:
    return f"{login.flavor}, profile {login.profile}" if login.profile else login.flavor
