"""Every way a cell gets its login: found, checked before anything starts, renewed if possible."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest

from multicooker.app.logins import finding, renewing
from multicooker.app.logins.checking import check, lay_out
from multicooker.app.opening import open_cook
from multicooker.domain.cook import Auth, AuthMode
from multicooker.domain.credential import Logins
from multicooker.domain.flavor import Credential, KnownFlavor, LongToken
from multicooker.errors import CredentialsError, EngineError
from multicooker.ports import Errand
from tests.fakes.cell_scripts import Does
from tests.fakes.kitchen import FakeKitchen
from tests.known_flavors import ACME, KNOWN

SOURCE = "file:~/.acme/auth.json"
VOLUME = "mc-acme-auth"
FILE = "auth.json"
TOKEN = "MCCANARY-token-0123456789"  # noqa: S105  # made up, to be looked for
FRESH = "MCCANARY-fresh-0123456789"
REFRESH = "MCCANARY-refresh-0123456789"
RENEW = ("acme", "say", "ok")


def acme(**changes: object) -> KnownFlavor:
    """Return acme with every way of auth, or some other credential."""
    old = ACME.flavor.credential
    assert old is not None
    credential = dataclasses.replace(
        old,
        sources=("keychain:Acme", SOURCE),
        modes=tuple(mode for mode in AuthMode if mode is not AuthMode.NONE),
        long_token=LongToken(login="acme make-token", form='{"access": "$token"}'),
    )
    flavor = dataclasses.replace(ACME.flavor, credential=credential, renew=RENEW)
    return dataclasses.replace(ACME, flavor=dataclasses.replace(flavor, **changes))  # type: ignore[arg-type]  # of a test's


def login(*, minutes: float = 600, **changes: object) -> bytes:
    """Return acme's file; its token lives from the fake clock's beginning on."""
    ends = (FakeKitchen().clock.now() + timedelta(minutes=minutes)).timestamp()
    document = {"access": TOKEN, "refresh": REFRESH, "expires": ends, "plan": "max"}
    return json.dumps({**document, "email": "owner@acme.example", **changes}).encode()


def kitchen(auth: str, *, more: str = "", known: KnownFlavor | None = None) -> FakeKitchen:
    spec = f"participants: [{{name: saffron, flavor: acme}}]\njudges: []\nauth: {auth}\n{more}"
    fake = FakeKitchen(**{"cook.yaml": spec})
    fake.resources = dataclasses.replace(fake.resources, known={**KNOWN, "acme": known or acme()})
    fake.engine.errand_script = _plays()
    return fake


def checked(fake: FakeKitchen) -> Logins:
    opened = open_cook(fake.kitchen, fake.task)
    return check(fake.kitchen, opened, opened.round.cells)


def refusal(fake: FakeKitchen) -> tuple[str, str]:
    """Return why the one cell is refused, and what helps."""
    found = checked(fake)
    assert (found.described, found.files, found.piped) == ({}, {}, {})
    (refused,) = found.refused.values()
    assert "MCCANARY" not in refused.reason + refused.fix
    return refused.reason, refused.fix


def _plays(renewal: Callable[[], Does] = Does) -> Callable[[Errand], Does]:
    """Return what errands do: read and write as the real ones, and renew as a test likes."""

    def script(errand: Errand) -> Does:
        if errand.argv[3] == "cat":
            return Does(shows=errand.argv[4])
        if errand.argv[3] == "put":
            return Does(writes={errand.argv[4]: errand.input})
        return renewal() if errand.argv[4:] == RENEW else Does()

    return script


# --- this host's own login -------------------------------------------------------------------


def test_a_snapshot_has_neither_refresh_token_nor_anything_else() -> None:
    fake = kitchen("snapshot")
    fake.credentials.held[SOURCE] = login()
    found = checked(fake)
    assert found.refused == {}
    (data,) = found.files.values()
    assert json.loads(data).keys() == {"access", "expires", "plan"}
    assert list(found.files) == [".auth/acme/auth.json"]
    assert found.described == {"saffron": "snapshot of ~/.acme/auth.json (max), until 13:04 UTC"}
    assert {TOKEN, REFRESH} <= set(found.mask.secrets)
    assert found.mask.identity == ("owner@acme.example",)


def test_the_keychain_goes_before_a_file_and_a_locked_one_is_not_passed_over() -> None:
    fake = kitchen("snapshot")
    fake.credentials.held = {"keychain:Acme": login(), SOURCE: b"not read"}
    fake.credentials.keychain = True
    assert checked(fake).described["saffron"].startswith('snapshot of the Keychain entry "Acme"')
    fake.credentials.broken["keychain:Acme"] = CredentialsError("locked", hint="unlock it")
    assert refusal(fake) == ("locked", "unlock it")


def test_a_missing_login_names_every_place_that_this_machine_has() -> None:
    fake = kitchen("snapshot")
    reason = "no login of acme on this host; looked at ~/.acme/auth.json"
    assert refusal(fake) == (reason, "acme login")
    fake.credentials.keychain = True
    assert 'looked at the Keychain entry "Acme" and ~/.acme/auth.json' in refusal(fake)[0]
    nowhere = acme()
    credential = nowhere.flavor.credential
    assert credential is not None
    only = dataclasses.replace(credential, sources=("keychain:Acme",), modes=(AuthMode.SNAPSHOT,))
    fake = kitchen("snapshot", known=acme(credential=only, login=""))
    assert refusal(fake) == (
        "no login of acme on this host; looked at nothing: this machine has no such place",
        "multicooker flavor show acme",
    )


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"MCCANARY", "garbled: it is not JSON"),
        (login(access="", refresh="", expires=0), "was logged out"),
        (login(access=7), "is no token"),
        (login(minutes=-3 * 24 * 60), "expired 3 days ago"),
        (login(minutes=0), "expired 0 s ago"),
    ],
)
@pytest.mark.parametrize("mode", ["snapshot", "bind", "pipe"])
def test_a_login_that_is_no_use_is_refused_with_the_command_that_logs_in(
    data: bytes, told: str, mode: str
) -> None:
    fake = kitchen(mode)
    fake.credentials.held[SOURCE] = data
    reason, fix = refusal(fake)
    assert "~/.acme/auth.json" in reason
    assert told in reason
    assert fix == "acme login"


@pytest.mark.parametrize("mode", ["snapshot", "bind", "pipe"])
def test_a_login_has_to_outlive_timeout_grace_and_margin(mode: str) -> None:
    fake = kitchen(mode, more="limits: {timeout: 30m, grace: 60}\n")
    fake.credentials.held[SOURCE] = login(minutes=36)
    reason, fix = refusal(fake)
    assert reason == (
        "the login (~/.acme/auth.json) expires in 36 min, and the cell may need it for 36 min"
    )
    assert fix == "acme login"
    fake.credentials.held[SOURCE] = login(minutes=36.1)
    assert checked(fake).refused == {}


def test_each_cell_is_refused_by_its_own_time() -> None:
    fake = kitchen("snapshot")
    spec = "participants: [{name: long, flavor: acme, timeout: 3h}, {name: short, flavor: acme}]\n"
    fake.workspace.write("cook.yaml", f"{spec}judges: []\n")
    fake.credentials.held[SOURCE] = login(minutes=120)
    found = checked(fake)
    assert list(found.refused) == ["long"]
    assert list(found.described) == ["short"]
    assert fake.credentials.read_sources == [SOURCE]


def test_a_login_that_does_not_say_when_it_ends_is_used() -> None:
    fake = kitchen("snapshot")
    fake.credentials.held[SOURCE] = login(expires=None)
    assert checked(fake).described == {"saffron": "snapshot of ~/.acme/auth.json (max)"}


def test_the_day_is_told_where_a_login_ends_on_another_one() -> None:
    fake = kitchen("snapshot")
    fake.credentials.held[SOURCE] = login(minutes=48 * 60, plan="")
    assert checked(fake).described == {
        "saffron": "snapshot of ~/.acme/auth.json, until 2026-01-04 03:04 UTC"
    }


def test_a_bound_file_is_neither_copied_nor_one_of_the_keychains() -> None:
    fake = kitchen("bind")
    fake.credentials.held = {"keychain:Acme": login(plan="other"), SOURCE: login()}
    found = checked(fake)
    assert (found.files, found.piped) == ({}, {})
    assert found.described["saffron"].startswith("read-only bind of ~/.acme/auth.json (max)")


def test_a_bound_file_that_the_cells_user_cannot_read_is_refused() -> None:
    fake = kitchen("bind")
    fake.credentials.held[SOURCE] = login()
    fake.credentials.closed_for = {"1000:1000"}
    assert refusal(fake) == (
        "~/.acme/auth.json is not readable for uid 1000, who the cells run as",
        "use `auth: snapshot`, which copies it",
    )


def test_a_piped_login_lies_in_no_file() -> None:
    fake = kitchen("pipe")
    fake.credentials.held[SOURCE] = login()
    found = checked(fake)
    gift = found.piped["saffron"]
    assert (gift.path, found.files) == ("/run/secrets/acme", {})
    assert json.loads(gift.data).keys() == {"access", "expires", "plan"}
    assert found.described["saffron"].startswith("piped from ~/.acme/auth.json (max)")


def test_cells_without_auth_need_no_login() -> None:
    assert checked(kitchen("none")) == Logins()


def test_what_is_laid_out_is_below_auth_and_private() -> None:
    fake = kitchen("snapshot")
    fake.credentials.held[SOURCE] = login()
    opened = open_cook(fake.kitchen, fake.task)
    lay_out(opened, check(fake.kitchen, opened, opened.round.cells))
    data = fake.workspace.read_bytes(".auth/acme/auth.json", limit=10**6)
    assert TOKEN.encode() in data
    assert REFRESH.encode() not in data


# --- a token made for this -------------------------------------------------------------------


def test_a_kept_token_becomes_the_file_of_the_cli() -> None:
    fake = kitchen("token")
    fake.credentials.tokens_held["acme"] = TOKEN
    found = checked(fake)
    assert {path: json.loads(data) for path, data in found.files.items()} == {
        ".auth/acme.token/auth.json": {"access": TOKEN}
    }
    assert found.described == {"saffron": "long-lived token of acme"}
    assert found.mask.secrets == (TOKEN,)


@pytest.mark.parametrize(
    ("auth", "whose", "fix"),
    [
        ("token", "acme", "multicooker login acme --token"),
        (
            "{mode: token, profile: work}",
            "acme, profile work",
            "multicooker login acme --profile work --token",
        ),
    ],
)
def test_a_missing_token_is_told_with_how_to_keep_one(auth: str, whose: str, fix: str) -> None:
    assert refusal(kitchen(auth)) == (f"no long-lived token is kept for {whose}", fix)


@pytest.mark.parametrize(("token", "told"), [("", "is empty"), ("MCCANARY a b", "no token has")])
def test_a_token_that_is_none_is_refused(token: str, told: str) -> None:
    fake = kitchen("token")
    fake.credentials.tokens_held["acme"] = token
    reason, fix = refusal(fake)
    assert told in reason
    assert fix == "multicooker login acme --token"


def test_a_profile_has_its_own_token() -> None:
    fake = kitchen("{mode: token, profile: work}")
    fake.credentials.tokens_held |= {"acme": "MCCANARY-the-other-one", "acme.work": TOKEN}
    found = checked(fake)
    assert list(found.files) == [".auth/acme.token.work/auth.json"]
    assert found.mask.secrets == (TOKEN,)


# --- a login in a volume ---------------------------------------------------------------------


def test_a_login_in_a_volume_is_copied_and_the_volume_itself_only_read() -> None:
    fake = kitchen("volume")
    fake.engine.volume_files[VOLUME] = {FILE: login()}
    found = checked(fake)
    (data,) = found.files.values()
    assert list(found.files) == [".auth/acme.volume/auth.json"]
    assert json.loads(data).keys() == {"access", "expires", "plan"}
    assert found.described == {"saffron": "volume mc-acme-auth (max), until 13:04 UTC"}
    (errand,) = fake.engine.errands
    assert (errand.read_only, errand.network, errand.user) == (True, False, "0:0")
    assert fake.engine.volume_files[VOLUME] == {FILE: login()}
    assert fake.credentials.held_alone == []


def test_a_look_makes_no_volume() -> None:
    fake = kitchen("volume")
    assert refusal(fake) == ("there is no volume mc-acme-auth", "multicooker login acme")
    assert fake.engine.volume_files == {}
    assert fake.engine.errands == []


@pytest.mark.parametrize("auth", ["{profile: work}", "{mode: pipe, profile: work}"])
def test_a_profile_is_a_volume_of_its_own(auth: str) -> None:
    fake = kitchen(auth)
    assert refusal(fake) == (
        "there is no volume mc-acme-auth-work",
        "multicooker login acme --profile work",
    )
    fake.engine.volume_files["mc-acme-auth-work"] = {FILE: login()}
    assert "volume mc-acme-auth-work" in checked(fake).described["saffron"]


def test_a_volume_that_nobody_logged_in_in_is_told() -> None:
    fake = kitchen("volume")
    fake.engine.volume_files[VOLUME] = {"other": b""}
    told = "nobody logged in in the volume mc-acme-auth"
    assert refusal(fake) == (told, "multicooker login acme")


@pytest.mark.parametrize("told", ["it is no regular file", "it printed more than 1048576 bytes"])
def test_a_trap_in_the_place_of_a_login_refuses_its_cells_alone(told: str) -> None:
    fake = kitchen("volume")
    fake.engine.volume_files[VOLUME] = {FILE: login()}
    fake.engine.errand_script = lambda _errand: Does(complains=told.encode(), code=1)
    reason, fix = refusal(fake)
    assert "in the volume mc-acme-auth is none: it" in reason
    assert fix == "multicooker login acme"


def test_an_engine_that_does_not_answer_is_no_missing_login() -> None:
    fake = kitchen("volume")
    fake.engine.volume_files[VOLUME] = {FILE: login()}
    fake.engine.errand_script = lambda _errand: Does(complains=b"out of memory", code=1)
    with pytest.raises(EngineError, match="out of memory"):
        checked(fake)


def test_cells_on_one_volume_share_one_look_and_one_renewal() -> None:
    fake = _short_lived(lambda: _writes(minutes=600))
    judge = "{name: kind, flavor: acme}"
    cooks = "[{name: saffron, flavor: acme, timeout: 60}, {name: pepper, flavor: acme}]"
    fake.workspace.write("cook.yaml", f"participants: {cooks}\njudges: [{judge}]\nauth: volume\n")
    found = checked(fake)
    assert found.refused == {}
    assert len(_runs(fake)) == 1
    assert {json.loads(data)["access"] for data in found.files.values()} == {FRESH}


def _writes(*, minutes: float, **changes: object) -> Does:
    """Do what a CLI does that renews its login."""
    data = login(minutes=minutes, **{"access": FRESH, **changes})
    return Does(writes={f"/tmp/.acme/{FILE}": data})


def _short_lived(
    renewal: Callable[[], Does], *, minutes: float = 10, known: KnownFlavor | None = None
) -> FakeKitchen:
    fake = kitchen("volume", known=known)
    fake.engine.volume_files[VOLUME] = {FILE: login(minutes=minutes)}
    fake.engine.errand_script = _plays(renewal)
    return fake


def _runs(fake: FakeKitchen) -> list[Errand]:
    return [errand for errand in fake.engine.errands if errand.argv[4:] == RENEW]


@pytest.mark.parametrize("minutes", [-600, 4, 20])
def test_a_login_that_ends_too_soon_is_renewed_by_its_own_cli_before_anything_starts(
    minutes: float,
) -> None:
    fake = _short_lived(lambda: _writes(minutes=600), minutes=minutes)
    found = checked(fake)
    assert found.refused == {}
    (data,) = found.files.values()
    assert json.loads(data)["access"] == FRESH
    assert REFRESH.encode() not in data
    assert FRESH in found.mask.secrets
    assert fake.credentials.held_alone == [VOLUME]
    (run,) = _runs(fake)
    assert (run.user, run.network, run.read_only) == ("1000:1000", True, False)
    assert run.volumes == {VOLUME: "/tmp/.acme"}
    assert run.environment == {"HOME": "/tmp"}
    assert TOKEN not in str((run.argv, run.environment))
    assert "acme: renewing the login in volume mc-acme-auth" in fake.progress.notes


def test_a_cli_that_renews_sees_a_login_that_has_just_ended() -> None:
    seen: list[bytes] = []

    def renewal() -> Does:
        seen.append(fake.engine.volume_files[VOLUME][FILE])
        return _writes(minutes=600)

    fake = _short_lived(renewal)
    checked(fake)
    (aged,) = map(json.loads, seen)
    assert aged["expires"] == fake.clock.now().timestamp() - 1
    assert (aged["access"], aged["refresh"]) == (TOKEN, REFRESH)


@pytest.mark.parametrize(
    "renewal",
    [
        lambda: Does(complains=b"no network", code=1),
        Does,
        lambda: _writes(minutes=600, access="", refresh="", expires=0),
        lambda: Does(writes={f"/tmp/.acme/{FILE}": b"half a fi"}),
        lambda: Does(after=10_000),
    ],
    ids=["fails", "does nothing", "blanks it", "garbles it", "hangs"],
)
def test_a_renewal_that_fails_leaves_the_login_as_it_was(renewal: Callable[[], Does]) -> None:
    fake = _short_lived(renewal)
    reason, fix = refusal(fake)
    assert "volume mc-acme-auth" in reason
    assert fix == "multicooker login acme"
    assert fake.engine.volume_files[VOLUME] == {FILE: login(minutes=10)}
    assert "acme: its CLI could not renew the login" in fake.progress.notes


def test_what_a_cli_renewed_counts_whatever_it_says_at_its_end() -> None:
    fake = _short_lived(lambda: dataclasses.replace(_writes(minutes=600), code=1))
    assert checked(fake).refused == {}
    assert not any("could not" in note for note in fake.progress.notes)


def test_a_login_is_put_back_when_its_user_stops_the_renewal() -> None:
    def renewal() -> Does:
        raise KeyboardInterrupt

    fake = _short_lived(renewal)
    with pytest.raises(KeyboardInterrupt):
        checked(fake)
    assert fake.engine.volume_files[VOLUME] == {FILE: login(minutes=10)}


@pytest.mark.parametrize("minutes", [5, 15])
def test_new_tokens_are_kept_and_refused_where_they_live_too_short(minutes: float) -> None:
    fake = _short_lived(lambda: _writes(minutes=minutes))
    reason, _ = refusal(fake)
    assert f"expires in {minutes} min" in reason
    assert json.loads(fake.engine.volume_files[VOLUME][FILE])["access"] == FRESH


def test_a_login_that_somebody_else_renewed_meanwhile_is_used() -> None:
    fake = _short_lived(lambda: _writes(minutes=600))
    looks: list[str] = []
    plays = _plays()

    def script(errand: Errand) -> Does:
        looks.append(errand.argv[3])
        if len(looks) == 2:  # the look once it holds the login
            fake.engine.volume_files[VOLUME][FILE] = login(access=FRESH)
        return plays(errand)

    fake.engine.errand_script = script
    (data,) = checked(fake).files.values()
    assert json.loads(data)["access"] == FRESH
    assert _runs(fake) == []


@pytest.mark.parametrize(
    ("known", "changes"),
    [(acme(renew=()), {}), (acme(), {"refresh": ""})],
    ids=["no way", "no refresh token"],
)
def test_a_login_that_cannot_be_renewed_is_refused(
    known: KnownFlavor, changes: Mapping[str, object]
) -> None:
    fake = _short_lived(lambda: _writes(minutes=600), known=known)
    fake.engine.volume_files[VOLUME] = {FILE: login(minutes=10, **changes)}
    assert "expires in 10 min" in refusal(fake)[0]
    assert _runs(fake) == []


JWT = Credential(
    provider="acme",
    sources=(SOURCE,),
    target="/root/.acme/auth.json",
    modes=(AuthMode.VOLUME,),
    keep=("/access",),
    token="/access",  # noqa: S106  # where a token would be
    refresh="/refresh",
    expires="/access/@jwt/exp",
)


@pytest.mark.parametrize(("minutes", "runs"), [(4, 1), (20, 0)])
def test_a_signed_expiry_is_left_alone_and_renewed_only_where_the_cli_would(
    minutes: float, runs: int
) -> None:
    fake = _short_lived(Does, known=acme(credential=JWT))
    ends = (fake.clock.now() + timedelta(minutes=minutes)).timestamp()
    before = json.dumps({"access": _jwt(ends), "refresh": REFRESH}).encode()
    fake.engine.volume_files[VOLUME] = {FILE: before}
    refusal(fake)
    assert len(_runs(fake)) == runs
    assert fake.engine.volume_files[VOLUME] == {FILE: before}


def _jwt(ends: float) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": ends}).encode()).decode().rstrip("=")
    return f"e30.{claims}.c2ln"


def test_a_renewal_reaches_the_hosts_and_trusts_the_ca_of_the_cook() -> None:
    fake = _short_lived(lambda: _writes(minutes=600))
    more = "network: {resolve: {api.acme.example: 192.0.2.7}}\nca_bundle: /etc/company.pem\n"
    fake.workspace.write("cook.yaml", fake.workspace.read_text("cook.yaml", limit=10**6) + more)
    fake.resources = dataclasses.replace(fake.resources, bundles={"/etc/company.pem": b"PEM"})
    checked(fake)
    (run,) = _runs(fake)
    assert run.hosts == {"api.acme.example": "192.0.2.7"}
    assert run.input == b"PEM"
    assert run.environment["NODE_EXTRA_CA_CERTS"] == run.environment["SSL_CERT_FILE"]
    assert run.argv[3] == run.environment["SSL_CERT_FILE"]


def test_a_volume_is_given_to_its_user_before_a_cli_runs_on_it() -> None:
    fake = _short_lived(lambda: _writes(minutes=600))
    checked(fake)
    (repair,) = [errand for errand in fake.engine.errands if "repair" in errand.argv]
    assert repair.argv[-2:] == (FILE, "1000:1000")
    assert (repair.user, repair.network) == ("0:0", False)
    assert fake.engine.errands.index(repair) < fake.engine.errands.index(_runs(fake)[0])


def test_a_flavor_without_a_login_has_a_volume_to_repair_all_the_same() -> None:
    fake = FakeKitchen()
    renewing.repair(fake.kitchen, KNOWN["demo"], "mc-demo-auth", "1000:1000")
    (errand,) = fake.engine.errands
    assert errand.argv[-2:] == (".", "1000:1000")


def test_a_flavor_without_a_login_is_not_looked_for() -> None:
    fake = FakeKitchen()
    with pytest.raises(CredentialsError, match="demo needs no login"):
        finding.find(fake.kitchen, KNOWN["demo"], Auth(), ca_bundle=None)
