"""Who may start: cells whose login can be used; the others are skipped, and told how to get in."""

from __future__ import annotations

import dataclasses
import json

import pytest

from multicooker.app.opening import open_cook
from multicooker.app.results import CookResult
from multicooker.app.verbs import cook, judge, plan_cook, status
from multicooker.domain.cook import AuthMode
from multicooker.domain.flavor import KnownFlavor
from multicooker.domain.outcome import ExitClass
from multicooker.domain.reading import Reading
from multicooker.errors import CredentialsError, NoVerdictError
from tests.fakes.dialects import FakeDialect
from tests.fakes.engine import Ends
from tests.fakes.kitchen import FakeKitchen, ballot
from tests.fakes.workspace import LINK, Node
from tests.known_flavors import ACME, KNOWN

SOURCE = "file:~/.acme/auth.json"
TOKEN = "MCCANARY-token-0123456789"  # noqa: S105  # made up, to be looked for
REFRESH = "MCCANARY-refresh-0123456789"
PAGE = {"index.html": b"<h1>hello</h1>"}
DEMO = "{name: demo, flavor: demo, model: careful}"
ACME_COOK = "{name: acme, flavor: acme}"


def login(*, minutes: float = 600, token: str = TOKEN) -> bytes:
    """Return acme's login file; the fake clock starts in 2026."""
    ends = FakeKitchen().clock.now().timestamp() + minutes * 60
    document = {
        "access": token,
        "refresh": REFRESH,
        "expires": ends,
        "plan": "max",
        "email": "owner@acme.example",
    }
    return json.dumps(document).encode()


def kitchen(
    *participants: str,
    judges: str = "{name: kind, flavor: demo, model: kind}",
    known: KnownFlavor = ACME,
    more: str = "",
) -> FakeKitchen:
    spec = f"participants: [{', '.join(participants)}]\njudges: [{judges}]\n{more}"
    fake = FakeKitchen(**{"cook.yaml": spec})
    fake.resources = dataclasses.replace(fake.resources, known={**KNOWN, "acme": known})
    labels = ("A", "B", "C")[: len(participants)]
    fake.engine.scripts = {
        "demo": Ends(after=1, writes=PAGE),
        "acme": Ends(after=1, writes=PAGE, log=f"token {TOKEN} of owner@acme.example".encode()),
        "judge-kind": Ends(after=1, writes={"ballot.json": ballot(labels)}),
    }
    return fake


def log_in(fake: FakeKitchen, data: bytes | None = None) -> None:
    fake.credentials = dataclasses.replace(fake.credentials, held={SOURCE: data or login()})


def cook_it(fake: FakeKitchen, *, with_judges: bool = True, fresh: bool = False) -> CookResult:
    return cook(
        fake.kitchen,
        task=fake.task,
        judge=with_judges,
        rebuild=False,
        fresh=fresh,
        jobs=None,
        timeout=None,
    )


def classes(fake: FakeKitchen) -> dict[str, str]:
    found = status(fake.kitchen, task=fake.task).status.cells
    return {cell.name: str(cell.exit_class) for cell in found}


def started(fake: FakeKitchen) -> list[str]:
    found = [cell for call in fake.engine.calls if call[0] == "up" for cell in call[1:]]
    fake.engine.calls.clear()
    return found


def test_a_participant_without_a_login_is_skipped_and_its_fix_is_told_before_the_start() -> None:
    fake = kitchen(DEMO, ACME_COOK)
    script = {"ballot.json": ballot(("A",))}
    fake.engine.scripts = {**fake.engine.scripts, "judge-kind": Ends(after=1, writes=script)}
    result = cook_it(fake)
    assert classes(fake) == {"demo": "ok", "acme": "skipped", "judge-kind": "ok"}
    assert "acme" not in started(fake)
    (told,) = [note for note in fake.progress.notes if note.startswith("acme: skipped")]
    assert told.endswith("; to mend it: acme login")
    (skipped,) = [it for it in result.outcomes if it.exit_class is ExitClass.SKIPPED]
    assert told == f"acme: skipped: {skipped.detail}"
    (absent,) = result.verdict.missing_participants if result.verdict else ()
    assert absent.reason == f"skipped: {skipped.detail}"
    assert result.verdict is not None


def test_once_its_owner_logged_in_only_the_skipped_participant_cooks() -> None:
    fake = kitchen(DEMO, ACME_COOK)
    script = {"ballot.json": ballot(("A",))}
    fake.engine.scripts = {**fake.engine.scripts, "judge-kind": Ends(after=1, writes=script)}
    cook_it(fake)
    started(fake)
    log_in(fake)
    fake.engine.scripts = {
        **fake.engine.scripts,
        "judge-kind": Ends(after=1, writes={"ballot.json": ballot(("A", "B"))}),
    }
    cook_it(fake)
    assert started(fake) == ["acme", "judge-kind"]
    assert classes(fake) == {"demo": "ok", "acme": "ok", "judge-kind": "ok"}
    assert not fake.workspace.exists("rounds")


def test_while_the_login_is_still_missing_nothing_runs_twice() -> None:
    fake = kitchen(DEMO, ACME_COOK)
    script = {"ballot.json": ballot(("A",))}
    fake.engine.scripts = {**fake.engine.scripts, "judge-kind": Ends(after=1, writes=script)}
    cook_it(fake)
    started(fake)
    result = cook_it(fake)
    assert started(fake) == []
    assert result.verdict is not None


def test_where_nobody_could_cook_nothing_is_started_or_built() -> None:
    fake = kitchen(ACME_COOK, "{name: acme-too, flavor: acme}")
    with pytest.raises(CredentialsError) as caught:
        cook_it(fake)
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == ["acme", "acme-too"]
    assert caught.value.hint == "acme login"
    assert not [call for call in fake.engine.calls if call[0] in {"up", "build"}]


@pytest.mark.parametrize(("minutes", "fits"), [(30, False), (34, False), (36, True)])
def test_a_login_has_to_outlive_the_cell_by_five_minutes(minutes: float, *, fits: bool) -> None:
    fake = kitchen(ACME_COOK, judges="")
    log_in(fake, login(minutes=minutes))
    if fits:
        cook_it(fake)
        assert classes(fake) == {"acme": "ok"}
    else:
        with pytest.raises(CredentialsError, match=r"expires in \d+ min"):
            cook_it(fake)


def test_a_judge_without_a_login_counts_as_missing() -> None:
    judges = "{name: kind, flavor: demo, model: kind}, {name: acme, flavor: acme}"
    fake = kitchen(DEMO, judges=judges)
    result = cook_it(fake)
    assert result.verdict is not None
    (absence,) = result.verdict.missing_judges
    assert absence.name == "acme"
    assert absence.reason.startswith("skipped: no login of acme")
    assert absence.reason.endswith("; to mend it: acme login")
    assert classes(fake)["judge-acme"] == "skipped"


def test_where_nobody_could_judge_nobody_cooks() -> None:
    fake = kitchen(DEMO, judges="{name: acme, flavor: acme}")
    with pytest.raises(CredentialsError, match="acme: no login"):
        cook_it(fake)
    assert started(fake) == []
    cook_it(fake, with_judges=False)
    assert classes(fake) == {"demo": "ok"}
    with pytest.raises(CredentialsError):
        judge(fake.kitchen, task=fake.task, jobs=None)


def test_the_plan_says_who_will_be_skipped() -> None:
    fake = kitchen(DEMO, ACME_COOK)
    planned = plan_cook(
        fake.kitchen,
        task=fake.task,
        judge=True,
        rebuild=False,
        fresh=False,
        jobs=None,
        timeout=None,
    )
    assert any(step.startswith("skip acme: no login of acme") for step in planned.steps)
    assert not any(cell.startswith("acme:") for cell in planned.cells)


def test_a_piped_login_is_given_to_the_running_cell_and_never_laid_out() -> None:
    fake = kitchen("{name: acme, flavor: acme, auth: pipe}", judges="")
    log_in(fake)
    cook_it(fake)
    ((_, cell, path),) = [call for call in fake.engine.calls if call[0] == "give"]
    assert (cell, path) == ("acme", "/run/secrets/acme")
    (given,) = fake.engine.given.values()
    assert TOKEN.encode() in given[path]
    assert REFRESH.encode() not in given[path]
    assert not fake.workspace.exists(".auth")


def test_what_a_cell_used_is_told_without_its_value() -> None:
    fake = kitchen(ACME_COOK, judges="")
    log_in(fake)
    cook_it(fake)
    (cell,) = status(fake.kitchen, task=fake.task).status.cells
    assert cell.credential.startswith("snapshot of ~/.acme/auth.json (max), until ")
    assert TOKEN not in cell.credential


def test_kept_logs_hold_neither_token_nor_account() -> None:
    fake = kitchen(ACME_COOK, judges="")
    log_in(fake)
    cook_it(fake)
    log = fake.workspace.read_text("logs/acme.log", limit=10**6)
    assert log == "token [credential] of [account]"


@pytest.mark.parametrize(
    "page",
    [
        {"index.html": f"<p>{TOKEN}</p>".encode()},
        {"index.html": b"fine", "sub/a.bin": b"\0" * 5_000_000 + TOKEN.encode()},
        {"index.html": b"fine", f"{TOKEN}.txt": b"x"},
    ],
)
def test_a_submission_that_holds_its_credential_is_withheld(page: dict[str, bytes]) -> None:
    fake = kitchen(DEMO, ACME_COOK, judges="")
    log_in(fake)
    fake.engine.scripts = {**fake.engine.scripts, "acme": Ends(after=1, writes=page)}
    cook_it(fake)
    assert classes(fake) == {"demo": "ok", "acme": "artifact_missing"}
    detail = status(fake.kitchen, task=fake.task).status.cells[1].detail
    assert "holds the credential of the cell that wrote it: withheld" in detail
    assert TOKEN not in detail
    assert fake.workspace.names("submissions") == ("A",)


def test_what_was_withheld_stays_out_when_others_are_cooked_later() -> None:
    fake = kitchen(ACME_COOK, DEMO, "{name: late, flavor: acme, auth: pipe}", judges="")
    log_in(fake, login(minutes=40))  # long enough for a cell of 30 minutes, not for one of 60
    spec = fake.workspace.read_text("cook.yaml", limit=10**6)
    fake.workspace.write("cook.yaml", spec.replace("pipe}", "pipe, timeout: 60m}"))
    leak = Ends(after=1, writes={"index.html": f"<p>{TOKEN}</p>".encode()})
    fake.engine.scripts = {
        **fake.engine.scripts,
        "acme": leak,
        "late": Ends(after=1, writes=PAGE),
    }
    cook_it(fake)
    assert classes(fake) == {"acme": "artifact_missing", "demo": "ok", "late": "skipped"}
    log_in(fake, login(token="MCCANARY-another-0123456789"))  # noqa: S106  # made up
    cook_it(fake)
    assert classes(fake) == {"acme": "artifact_missing", "demo": "ok", "late": "ok"}
    assert fake.workspace.names("submissions") == ("A", "B")
    key = json.loads(fake.workspace.read_text(".seal/key.json", limit=10**6))
    assert set(key["participants"].values()) == {"demo", "late"}
    ((name, reason),) = [(it["name"], it["reason"]) for it in key["absent"]]
    assert name == "acme"
    assert "holds the credential of the cell that wrote it: withheld" in reason


@pytest.mark.parametrize(("name", "target"), [(TOKEN, "x"), ("x", TOKEN)])
def test_a_link_named_by_a_credential_or_leading_to_one_does_not_tell_it(
    name: str, target: str
) -> None:
    fake = kitchen(ACME_COOK, judges="")
    log_in(fake)
    fake.engine.scripts = {"acme": Ends(after=1, writes={name: b""})}
    link = Node(kind=LINK, target=target)
    fake.engine.write = lambda cell, path, _: fake.workspace.plant(f"work/{cell}/out/{path}", link)
    with pytest.raises(NoVerdictError) as told:
        cook_it(fake)
    assert TOKEN not in str(told.value)
    detail = status(fake.kitchen, task=fake.task).status.cells[0].detail
    assert "[credential]" in detail
    assert TOKEN not in detail


def with_dialect(answer: str) -> FakeKitchen:
    """Return a kitchen whose acme judge says its ballot instead of writing it."""
    known = dataclasses.replace(ACME, flavor=dataclasses.replace(ACME.flavor, dialect="acme"))
    fake = kitchen(DEMO, judges="{name: acme, flavor: acme}", known=known)
    log_in(fake)
    fake.engine.scripts = {**fake.engine.scripts, "judge-acme": Ends(after=1)}
    fake.dialects.readers["acme"] = FakeDialect(reading=Reading(ended=True, answer=answer))
    return fake


def test_what_a_judge_says_last_is_its_ballot() -> None:
    fake = with_dialect(ballot(("A",)).decode())
    result = cook_it(fake)
    assert result.verdict is not None
    assert [cast.judge for cast in result.verdict.ballots] == ["acme"]
    prompt = fake.workspace.read_text("judging/acme/1/in/PROMPT.md", limit=10**6)
    assert "/work/out/ballot.json" not in prompt


@pytest.mark.parametrize("escaped", [False, True])
def test_a_token_in_a_ballot_is_told_nobody(*, escaped: bool) -> None:
    fake = kitchen(DEMO, judges="{name: acme, flavor: acme}")
    log_in(fake)
    told = "".join(f"\\u{ord(char):04x}" for char in TOKEN) if escaped else TOKEN
    vote = ballot(("A",)).decode().replace("Looked at it.", told).replace("Fine.", told)
    fake.engine.scripts = {
        **fake.engine.scripts,
        "judge-acme": Ends(after=1, writes={"ballot.json": vote.encode()}),
    }
    result = cook_it(fake)
    assert result.verdict is not None
    assert result.verdict.ballots[0].ballot.summary == "[credential]"
    for path in ("verdict.json", "report.html", "judging/acme/1/cast.json"):
        assert TOKEN not in fake.workspace.read_text(path, limit=10**7)


def test_a_token_in_a_ballot_that_is_refused_is_told_nobody() -> None:
    fake = kitchen(DEMO, judges="{name: acme, flavor: acme}, {name: kind, flavor: demo}")
    log_in(fake)
    vote = json.dumps({"version": 1, "scores": [], "summary": "", TOKEN: 1}).encode()
    fake.engine.scripts = {
        **fake.engine.scripts,
        "judge-acme": Ends(after=1, writes={"ballot.json": vote}),
    }
    result = cook_it(fake)
    assert result.verdict is not None
    (absence,) = result.verdict.missing_judges
    assert "[credential]" in absence.reason
    assert TOKEN not in absence.reason


def test_what_a_cli_tells_of_its_end_goes_before_its_exit_code() -> None:
    known = dataclasses.replace(ACME, flavor=dataclasses.replace(ACME.flavor, dialect="acme"))
    fake = kitchen(DEMO, ACME_COOK, judges="", known=known)
    log_in(fake)
    limited = Reading(ended=True, exit_class=ExitClass.RATE_LIMITED, resets_at="2026-11-21T12:00Z")
    fake.dialects.readers["acme"] = FakeDialect(reading=limited)
    cook_it(fake)
    cell = status(fake.kitchen, task=fake.task).status.cells[1]
    assert (cell.exit_class, cell.resets_at) == (ExitClass.RATE_LIMITED, "2026-11-21T12:00Z")
    assert cell.usage is not None


def test_a_login_is_read_again_before_the_judges_because_time_has_passed() -> None:
    fake = kitchen(DEMO, judges="{name: acme, flavor: acme}", more="limits: {judge_timeout: 60}\n")
    log_in(fake, login(minutes=8))
    fake.engine.scripts = {
        "demo": Ends(after=300, writes=PAGE),
        "judge-acme": Ends(after=1, writes={"ballot.json": ballot(("A",))}),
    }
    with pytest.raises(CredentialsError, match="acme: the login"):
        cook_it(fake)
    assert fake.workspace.exists("submissions/A/index.html")
    log_in(fake)
    fake.engine.calls.clear()
    cook_it(fake)
    assert started(fake) == ["judge-acme"]


@pytest.mark.parametrize(
    ("source", "auth", "told"),
    [
        ("this cook", "snapshot", "of ~/.acme/auth.json"),
        ("this project", "pipe", "of ~/.acme/auth.json"),
        ("this cook", "volume", "by `auth: volume`"),
        ("this cook", "none", ""),
        ("built-in", "snapshot", ""),
    ],
)
def test_a_login_that_a_flavor_of_the_cooks_own_gets_is_told(
    source: str, auth: str, told: str
) -> None:
    known = dataclasses.replace(ACME, source=source)
    fake = kitchen(ACME_COOK, judges="", known=known, more=f"auth: {auth}\n")
    notes = open_cook(fake.kitchen, fake.task).notes
    assert notes == (
        (f"acme: this flavor is {source}'s own; its cells get the login {told}",) if told else ()
    )


def test_a_cell_without_the_network_that_its_flavor_needs_is_told_before_the_start() -> None:
    fake = kitchen(DEMO, ACME_COOK, judges="", more="network: none\n")
    log_in(fake)
    cook_it(fake)
    assert "acme: its network is none, and acme needs api.acme.example" in fake.progress.notes
    assert not [note for note in fake.progress.notes if note.startswith("demo: its network")]


def test_nothing_of_a_login_stays() -> None:
    fake = kitchen(ACME_COOK, judges="", more=f"auth: {AuthMode.SNAPSHOT}\n")
    log_in(fake)
    cook_it(fake)
    assert not fake.workspace.exists(".auth")
