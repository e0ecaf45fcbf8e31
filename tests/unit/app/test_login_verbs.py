"""Logins of multicooker's own: made, told and removed; what there is, and what would be used."""

from __future__ import annotations

import dataclasses

import pytest

from multicooker.app.logins.login import LoginReady
from multicooker.app.logins.probing import probe
from multicooker.app.results import Level, LoginStatus
from multicooker.app.verbs import (
    auth_status,
    doctor,
    login,
    login_ready,
    login_token,
    logout,
)
from multicooker.domain.cook import Auth, AuthMode
from multicooker.domain.credential import MAX_CREDENTIAL
from multicooker.domain.flavor import KnownFlavor
from multicooker.errors import BadInputError, CredentialsError
from tests.fakes.cell_scripts import Does
from tests.fakes.kitchen import FakeKitchen
from tests.known_flavors import KNOWN
from tests.unit.app.test_logins import FILE, SOURCE, TOKEN, VOLUME, acme
from tests.unit.app.test_logins import login as login_file

PLACE = f"/root/.acme/{FILE}"


def kitchen(known: KnownFlavor | None = None, *, spec: str = "") -> FakeKitchen:
    fake = FakeKitchen(**({"cook.yaml": spec} if spec else {}))
    fake.resources = dataclasses.replace(fake.resources, known={**KNOWN, "acme": known or acme()})
    return fake


def logs_in(fake: FakeKitchen, data: bytes, *, code: int = 0) -> None:
    """Let the CLI's own login leave a file in its volume."""
    fake.engine.visit_script = lambda _visit: Does(writes={PLACE: data}, code=code)


def ready(fake: FakeKitchen, profile: str | None = None, task: str | None = None) -> LoginReady:
    return login_ready(fake.kitchen, flavor="acme", profile=profile, task=task, attended=True)


# --- login -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "volume", "auth"),
    [(None, VOLUME, "volume"), ("work", f"{VOLUME}-work", "{mode: volume, profile: work}")],
)
def test_a_login_is_made_in_a_volume_by_the_clis_own_command(
    profile: str | None, volume: str, auth: str
) -> None:
    fake = kitchen()
    logs_in(fake, login_file(minutes=480), code=1)  # a CLI's exit code says little
    made = login(fake.kitchen, ready(fake, profile))
    assert (made.source, made.account, made.auth) == (f"volume {volume}", "max", auth)
    assert made.life == "expires in 8 h"
    assert fake.engine.volume_files == {volume: {FILE: login_file(minutes=480)}}
    (visit,) = fake.engine.attended
    assert visit.argv == ("acme", "login")
    assert visit.volumes == {volume: "/root/.acme"}
    assert visit.user == fake.home.user(fake.home.folder)
    assert (visit.tty, visit.gifts, visit.binds) == (True, {}, ())
    assert TOKEN not in repr((made, visit))


def test_the_image_is_there_and_the_volume_is_its_users_before_the_person_is_asked() -> None:
    fake = kitchen()
    made = ready(fake)
    assert acme().image in fake.engine.present
    (repair,) = fake.engine.errands
    assert repair.argv[-2:] == (FILE, made.visit.user)
    assert fake.engine.attended == []


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "the login is empty"),
        (login_file(access=""), "was logged out"),
        (login_file(minutes=-1), "expired 1 min ago"),
    ],
)
def test_a_login_that_came_to_nothing_is_told_and_leaves_no_new_volume(
    data: bytes, told: str
) -> None:
    fake = kitchen()
    logs_in(fake, data)
    with pytest.raises(CredentialsError, match=f"not logged in: .*{told}") as caught:
        login(fake.kitchen, ready(fake))
    assert caught.value.hint == "try again: multicooker login acme"
    assert fake.engine.volume_files == {}


def test_a_login_that_was_left_keeps_a_volume_that_was_there() -> None:
    fake = kitchen()
    fake.engine.volume_files[VOLUME] = {"history": b"of before"}
    with pytest.raises(CredentialsError, match="nobody logged in"):
        login(fake.kitchen, ready(fake))
    assert fake.engine.volume_files == {VOLUME: {"history": b"of before"}}


def test_a_login_that_is_stopped_leaves_no_new_volume() -> None:
    fake = kitchen()

    def stopped(_visit: object) -> Does:
        raise KeyboardInterrupt

    fake.engine.visit_script = stopped
    made = ready(fake)
    with pytest.raises(KeyboardInterrupt):
        login(fake.kitchen, made)
    assert fake.engine.volume_files == {}


def test_a_login_goes_the_way_of_a_cook_where_one_is_named() -> None:
    spec = (
        "participants: [{name: saffron, flavor: acme}]\njudges: []\n"
        "network: {resolve: {login.acme.example: 192.0.2.7}}\nca_bundle: /etc/company.pem\n"
    )
    fake = kitchen(spec=spec)
    fake.resources = dataclasses.replace(fake.resources, bundles={"/etc/company.pem": b"PEM"})
    visit = ready(fake, task=fake.task).visit
    assert visit.hosts == {"login.acme.example": "192.0.2.7"}
    assert visit.user == "1000:1000"
    ((place, given),) = visit.gifts.items()
    assert given == b"PEM"
    assert visit.environment["SSL_CERT_FILE"] == place
    assert place in visit.argv
    assert visit.argv[-2:] == ("acme", "login")


def test_what_has_no_login_in_a_volume_says_what_it_has() -> None:
    fake = kitchen()
    with pytest.raises(BadInputError, match="demo needs no login"):
        login_ready(fake.kitchen, flavor="demo", profile=None, task=None, attended=False)
    with pytest.raises(BadInputError, match="absent"):
        login_ready(fake.kitchen, flavor="absent", profile=None, task=None, attended=False)
    fake = kitchen(_with_modes(AuthMode.SNAPSHOT))
    with pytest.raises(
        BadInputError, match="acme has no login of its own in a volume; there is s"
    ) as it:
        ready(fake)
    assert it.value.hint == "log in with `acme login`"


@pytest.mark.parametrize(
    ("modes", "hint"),
    [
        ((AuthMode.VOLUME,), "log in at one"),
        ((AuthMode.VOLUME, AuthMode.TOKEN), "log in at one, or keep a token with --token"),
    ],
)
def test_a_login_that_nobody_attends_builds_nothing(modes: tuple[AuthMode, ...], hint: str) -> None:
    fake = kitchen(_with_modes(*modes))
    with pytest.raises(BadInputError, match="nobody is at a terminal") as caught:
        login_ready(fake.kitchen, flavor="acme", profile=None, task=None, attended=False)
    assert caught.value.hint == hint
    assert fake.engine.calls == []


def _with_modes(*modes: AuthMode) -> KnownFlavor:
    credential = acme().flavor.credential
    assert credential is not None
    return acme(credential=dataclasses.replace(credential, modes=modes))


# --- tokens ----------------------------------------------------------------------------------


def test_a_token_is_checked_and_kept_and_whoever_is_asked_hears_what_makes_one() -> None:
    fake = kitchen()
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return f"{TOKEN}\n"

    made = login_token(fake.kitchen, flavor="acme", profile="work", ask=ask)
    assert asked == ["Long-lived token of acme (acme make-token)"]
    assert fake.credentials.tokens_held == {"acme.work": TOKEN}
    assert made.source == "~/.config/multicooker/tokens/acme.work"
    assert made.auth == "{mode: token, profile: work}"
    assert TOKEN not in repr(made)


@pytest.mark.parametrize("token", ["", "two words", "\u00e9", "x" * (MAX_CREDENTIAL + 1)])
def test_what_is_no_token_is_not_kept(token: str) -> None:
    fake = kitchen()
    with pytest.raises(CredentialsError, match="no token has") as told:
        login_token(fake.kitchen, flavor="acme", profile=None, ask=lambda _: token)
    assert told.value.hint == "acme make-token"
    assert fake.credentials.tokens_held == {}


@pytest.mark.parametrize(
    ("modes", "hint"),
    [
        ((AuthMode.SNAPSHOT,), "acme login"),
        ((AuthMode.SNAPSHOT, AuthMode.VOLUME), "multicooker login acme"),
    ],
)
def test_a_flavor_without_long_tokens_asks_for_none(modes: tuple[AuthMode, ...], hint: str) -> None:
    without = kitchen(_with_modes(*modes)).kitchen
    with pytest.raises(BadInputError, match="acme has no long-lived tokens; there is snap") as it:
        login_token(without, flavor="acme", profile=None, ask=lambda _: TOKEN)
    assert it.value.hint == f"log in with `{hint}`"
    with pytest.raises(BadInputError, match="demo needs no login"):
        login_token(kitchen().kitchen, flavor="demo", profile=None, ask=lambda _: TOKEN)


# --- logout ----------------------------------------------------------------------------------


def test_a_logout_removes_the_volume_or_the_token_and_nothing_of_the_host() -> None:
    fake = kitchen()
    fake.credentials.held[SOURCE] = login_file()
    fake.credentials.tokens_held |= {"acme": TOKEN, "acme.work": TOKEN}
    fake.engine.volume_files |= {VOLUME: {}, f"{VOLUME}-work": {}}

    gone = logout(fake.kitchen, flavor="acme", profile="work", token=False)
    assert gone.removed == ("volume mc-acme-auth-work",)
    assert list(fake.engine.volume_files) == [VOLUME]
    gone = logout(fake.kitchen, flavor="acme", profile=None, token=True)
    assert gone.removed == ("the long-lived token",)
    assert list(fake.credentials.tokens_held) == ["acme.work"]
    assert logout(fake.kitchen, flavor="acme", profile=None, token=True).removed == ()
    assert fake.credentials.held == {SOURCE: login_file()}


# --- what there is ---------------------------------------------------------------------------


def rows(fake: FakeKitchen) -> list[LoginStatus]:
    found = auth_status(fake.kitchen)
    assert "MCCANARY" not in repr(found)
    return list(found.logins)


def test_every_login_is_told_and_one_of_them_is_what_a_cook_takes() -> None:
    fake = kitchen()
    fake.engine.present[acme().image] = "sha256:1"
    fake.credentials.held[SOURCE] = login_file(minutes=372)
    fake.credentials.tokens_held |= {"acme": TOKEN, "acme.work": TOKEN, "other": TOKEN, "acme.": ""}
    fake.engine.volume_files |= {
        VOLUME: {FILE: login_file(minutes=-60)},
        f"{VOLUME}-work": {FILE: login_file(plan="team")},
        f"{VOLUME}x": {FILE: b""},
        f"{VOLUME}-.": {FILE: b""},
    }
    assert [(row.mode, row.profile, row.source, row.used) for row in rows(fake)] == [
        ("snapshot", "", "~/.acme/auth.json", True),
        ("volume", "", "volume mc-acme-auth", False),
        ("volume", "work", "volume mc-acme-auth-work", False),
        ("token", "", "long-lived token of acme", False),
        ("token", "work", "long-lived token of acme, profile work", False),
    ]
    host, volume, work, token, _ = rows(fake)
    assert (host.account, host.life, host.expires) == (
        "max",
        "expires in 6 h 12 min",
        "2026-01-02T09:16:05Z",
    )
    assert volume.life == "expired 1 h ago; renewed before a cook that needs it"
    assert (volume.problem, volume.fix) == ("", "")
    assert work.account == "team"
    assert (token.life, token.expires) == ("does not say when it expires", "")


def test_a_login_that_ended_is_a_problem_with_its_fix() -> None:
    fake = kitchen()
    fake.credentials.held[SOURCE] = login_file(minutes=-3 * 24 * 60)
    (row,) = rows(fake)
    assert (row.problem, row.life, row.fix) == ("expired 3 days ago",) * 2 + ("acme login",)


def test_a_login_that_cannot_be_read_is_a_problem_with_its_fix() -> None:
    fake = kitchen()
    fake.credentials.keychain = True
    fake.credentials.broken["keychain:Acme"] = CredentialsError("it is locked", hint="unlock it")
    (row,) = rows(fake)
    assert (row.source, row.problem, row.fix) == (
        'the Keychain entry "Acme"',
        "it is locked",
        "unlock it",
    )
    fake.credentials.broken.clear()
    fake.credentials.held["keychain:Acme"] = b"MCCANARY"
    (row,) = rows(fake)
    assert (row.problem, row.fix) == (
        'the Keychain entry "Acme": the login is garbled: it is not JSON',
        "acme login",
    )


def test_a_flavor_without_any_login_says_where_it_was_looked_for_and_what_to_know() -> None:
    (row,) = rows(kitchen(acme(notice="It ends in June.")))
    assert (row.mode, row.source, row.used, row.notice) == ("", "", False, "It ends in June.")
    assert (row.problem, row.fix) == ("no login found; looked at ~/.acme/auth.json", "acme login")


def test_a_volume_without_a_login_is_none() -> None:
    fake = kitchen()
    fake.engine.present[acme().image] = "sha256:1"
    fake.engine.volume_files[VOLUME] = {"history": b"of a sandbox"}
    (row,) = rows(fake)
    assert (row.mode, row.problem) == ("", "no login found; looked at ~/.acme/auth.json")
    fake.credentials.tokens_held["acme"] = TOKEN
    (row,) = rows(fake)
    assert (row.mode, row.used) == ("token", True)


def test_a_flavor_that_only_binds_is_looked_for_in_its_file_alone() -> None:
    fake = kitchen(_with_modes(AuthMode.BIND))
    fake.credentials.held = {"keychain:Acme": login_file(), SOURCE: login_file()}
    (row,) = rows(fake)
    assert (row.mode, row.source) == ("bind", "~/.acme/auth.json")


def test_nothing_is_built_for_a_look() -> None:
    fake = kitchen()
    fake.engine.volume_files[VOLUME] = {FILE: login_file()}
    (row,) = rows(fake)
    assert row.life == "not looked at: its image is not built"
    assert row.fix == "multicooker build --flavor acme"
    assert acme().image not in fake.engine.present


def test_without_an_engine_the_other_logins_are_told() -> None:
    fake = kitchen()
    fake.credentials.held[SOURCE] = login_file()
    fake.engine.down = "no engine answers"
    found = auth_status(fake.kitchen)
    assert [row.mode for row in found.logins] == ["snapshot"]
    assert found.notes == ("logins in volumes were not looked at: no engine answers",)


def test_a_volume_that_the_engine_cannot_show_is_a_problem_of_its_own() -> None:
    fake = kitchen()
    fake.engine.present[acme().image] = "sha256:1"
    fake.engine.volume_files[VOLUME] = {FILE: login_file()}
    fake.engine.errand_script = lambda _errand: Does(complains=b"no space left", code=1)
    (row,) = rows(fake)
    assert "no space left" in row.problem


def test_doctor_tells_every_login_as_a_check() -> None:
    fake = kitchen(acme(notice="It ends in June."))
    fake.credentials.held[SOURCE] = login_file(minutes=60)
    fake.credentials.tokens_held["acme.work"] = "MCCANARY two words"
    checks = {check.name: check for check in doctor(fake.kitchen, task=None).checks}
    assert checks["credentials demo"].detail == "none needed"
    good, bad = checks["credentials acme"], checks["credentials acme, profile work"]
    told = "~/.acme/auth.json (max), expires in 1 h. It ends in June."
    assert (good.level, good.detail, good.fix) == (Level.OK, told, "")
    assert bad.level is Level.WARN
    assert "no token has" in bad.detail
    assert bad.fix == "multicooker login acme --profile work --token"


# --- what would be used ----------------------------------------------------------------------


def test_a_probe_reads_nothing_and_takes_the_first_login_there_is() -> None:
    fake = kitchen()
    known = {**KNOWN, "acme": acme()}

    def usable() -> Auth | None:
        return probe(fake.kitchen, known).usable.get("acme")

    assert usable() is None
    fake.credentials.tokens_held["acme"] = TOKEN
    assert usable() == Auth(mode=AuthMode.TOKEN)
    fake.engine.volume_files[VOLUME] = {}
    assert usable() == Auth(mode=AuthMode.VOLUME)
    fake.engine.down = "no engine answers"
    assert usable() == Auth(mode=AuthMode.TOKEN)
    fake.credentials.broken["keychain:Acme"] = CredentialsError("it is locked")
    assert usable() == Auth(mode=AuthMode.SNAPSHOT)
    assert probe(fake.kitchen, known).usable["demo"] == Auth(mode=AuthMode.NONE)
    assert fake.credentials.read_sources == []
    assert fake.engine.errands == []


def test_a_volume_counts_as_a_login_only_where_somebody_logged_in() -> None:
    fake = kitchen()
    known = {"acme": acme()}
    fake.engine.present[acme().image] = "sha256:1"
    fake.engine.volume_files[VOLUME] = {}
    assert probe(fake.kitchen, known).usable == {}
    fake.engine.volume_files[VOLUME] = {FILE: login_file()}
    assert probe(fake.kitchen, known).usable == {"acme": Auth(mode=AuthMode.VOLUME)}


def test_a_probe_says_what_it_skipped_and_how_to_add_it() -> None:
    fake = kitchen()
    found = probe(fake.kitchen, {"acme": acme(), "demo": KNOWN["demo"]})
    assert list(found.usable) == ["demo"]
    assert list(map(str, found.skipped)) == [
        "acme: no login found; looked at ~/.acme/auth.json; to add it: acme login"
    ]


def test_a_flavor_is_not_offered_a_way_it_does_not_take() -> None:
    fake = kitchen()
    fake.credentials.held[SOURCE] = login_file()
    fake.credentials.tokens_held["acme"] = TOKEN
    fake.engine.volume_files[VOLUME] = {}
    for mode in (AuthMode.SNAPSHOT, AuthMode.VOLUME, AuthMode.TOKEN):
        found = probe(fake.kitchen, {"acme": _with_modes(mode)})
        assert found.usable == {"acme": Auth(mode=mode)}
    assert probe(fake.kitchen, {"acme": _with_modes(AuthMode.PIPE)}).usable == {}
