"""A sandbox sees one folder, has its login, and leaves what was said in the inbox."""

from __future__ import annotations

import dataclasses
import json
import re
from datetime import timedelta

import pytest

from multicooker.app.sandbox.exporting import note_name
from multicooker.app.sandbox.verbs import sandbox, sandbox_list, sandbox_stop, visit_sandbox
from multicooker.app.sandbox.wish import SandboxEnd, SandboxReady, SandboxWish
from multicooker.domain.cook import AuthMode, NetworkMode
from multicooker.domain.flavor import KnownFlavor, LongToken
from multicooker.domain.reading import Conversation
from multicooker.errors import BadInputError, CredentialsError, EngineError
from multicooker.ports import Errand, Visit
from tests.fakes.cell_scripts import Does
from tests.fakes.dialects import FakeDialect
from tests.fakes.kitchen import FakeKitchen
from tests.fakes.workspace import LINK, FakeWorkspace, Node
from tests.known_flavors import ACME, DEMO

FOLDER = "/home/you/bakery"
SOURCE = "file:~/.acme/auth.json"
VOLUME = "mc-acme-auth"
INBOX = "/home/you/.local/share/multicooker/inbox/bakery"
TOKEN = "MCCANARY-token-0123456789"  # noqa: S105  # made up, to be looked for
REFRESH = "MCCANARY-refresh-0123456789"
EMAIL = "owner@acme.example"
SHELL = {"shell": True}


def acme(name: str = "acme") -> KnownFlavor:
    """Return a flavor with an account and with sessions."""
    credential = ACME.flavor.credential
    assert credential is not None
    credential = dataclasses.replace(
        credential,
        modes=(AuthMode.SNAPSHOT, AuthMode.VOLUME, AuthMode.PIPE, AuthMode.TOKEN),
        sources=(f"file:~/.{name}/auth.json",),
        long_token=LongToken(login="acme make-token", form='{"access": "$token"}'),
    )
    flavor = dataclasses.replace(
        ACME.flavor,
        name=name,
        credential=credential,
        login=f"{name} login",
        sessions="/root/.acme/talks",
        dialect="acme",
        ca_variables=("ACME_CA",),
    )
    return dataclasses.replace(ACME, flavor=flavor, fingerprint=name[0] * 64)


def login(*, minutes: float = 600, **changes: object) -> bytes:
    """Return acme's file; its token lives from the fake clock's beginning on."""
    ends = (FakeKitchen().clock.now() + timedelta(minutes=minutes)).timestamp()
    document = {"access": TOKEN, "refresh": REFRESH, "expires": ends, "plan": "max"}
    return json.dumps({**document, "email": EMAIL, **changes}).encode()


def reads(errand: Errand) -> Does:
    """Do what errands do here: show the login, or make the volume the user's."""
    if "cat" in errand.argv:
        return Does(shows=errand.argv[-1])
    return Does()


@pytest.fixture
def fake() -> FakeKitchen:
    """Return a kitchen whose user is logged in to acme, on this host alone."""
    made = FakeKitchen()
    made.credentials.held[SOURCE] = login()
    made.resources = dataclasses.replace(made.resources, known={"demo": DEMO, "acme": acme()})
    made.dialects.readers["acme"] = FakeDialect()
    made.engine.errand_script = reads
    return made


def ready(fake: FakeKitchen, **wish: object) -> SandboxReady:
    return sandbox(fake.kitchen, wish=SandboxWish(**wish))  # type: ignore[arg-type]  # of a test's


def visited(fake: FakeKitchen, **wish: object) -> SandboxEnd:
    return visit_sandbox(fake.kitchen, ready(fake, **wish))


def told(fake: FakeKitchen) -> str:
    return "\n".join(fake.progress.notes)


def desk(fake: FakeKitchen) -> FakeWorkspace:
    (found,) = fake.home.desks.values()
    return found


def inbox(fake: FakeKitchen) -> FakeWorkspace:
    return fake.home.inboxes[INBOX]


def notes(fake: FakeKitchen) -> dict[str, str]:
    place = inbox(fake)
    return {name: place.read_text(name, limit=10**6) for name in place.names(".")}


# --- what it sees ----------------------------------------------------------------------------


def test_it_sees_its_folder_and_files_of_ours_and_nothing_else(fake: FakeKitchen) -> None:
    visit = ready(fake).visit

    place = desk(fake).folder
    (seen,) = (name for name in desk(fake).names(".") if name.startswith("seen-"))
    assert {(mount.source, mount.target): mount.read_only for mount in visit.binds} == {
        (FOLDER, "/workspace"): False,
        (f"{place}/{seen}/cell", "/opt/cell"): True,
        (f"{place}/{seen}/shared", "/opt/multicooker"): True,
        (f"{place}/{seen}/gitconfig", "/etc/gitconfig"): True,
        (f"{place}/sessions", "/root/.acme/talks"): False,
    }
    assert visit.volumes == {VOLUME: "/root/.acme"}
    assert visit.workdir == "/workspace"
    assert visit.user == "1000:1000"
    assert visit.network is NetworkMode.OPEN


def test_of_the_hosts_environment_it_has_the_terminal_alone(fake: FakeKitchen) -> None:
    fake.home.environment = {"TERM": "xterm", "SECRET": "x", "LANG": "de", "PATH": "/bin"}

    assert ready(fake).visit.environment == {
        "HOME": "/root",
        "TMPDIR": "/tmp",
        "MULTICOOKER_ROLE": "sandbox",
        "TERM": "xterm",
    }


def test_it_knows_who_commits_and_trusts_the_folder(fake: FakeKitchen) -> None:
    ready(fake)

    (seen,) = (name for name in desk(fake).names(".") if name.startswith("seen-"))
    text = desk(fake).read_text(f"{seen}/gitconfig", limit=1000)
    assert 'name = "Ada"' in text
    assert 'email = "ada@example.com"' in text
    assert "directory = /workspace" in text


def test_the_hosts_it_is_told_of_and_the_authority_it_trusts_reach_it(fake: FakeKitchen) -> None:
    fake.resources = dataclasses.replace(fake.resources, bundles={"/ca.pem": b"PEM"})

    visit = ready(fake, resolve={"api.acme.example": "192.0.2.7"}, ca_bundle="/ca.pem").visit

    assert visit.hosts == {"api.acme.example": "192.0.2.7"}
    for name in ("ACME_CA", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"):
        assert visit.environment[name] == "/opt/multicooker/ca.pem"
    (seen,) = (name for name in desk(fake).names(".") if name.startswith("seen-"))
    assert desk(fake).read_bytes(f"{seen}/shared/ca.pem", limit=10) == b"PEM"


def test_what_others_see_who_run_is_not_changed_under_them(fake: FakeKitchen) -> None:
    fake.engine.visit_script = lambda _: Does(stays=True)
    visited(fake, detach=True)
    fake.home.git = ("Bob", "bob@example.com")

    ready(fake, **SHELL)
    both = [name for name in desk(fake).names(".") if name.startswith("seen-")]
    sandbox_stop(fake.kitchen, wish=SandboxWish())
    ready(fake)
    one = [name for name in desk(fake).names(".") if name.startswith("seen-")]

    assert len(both) == 2
    assert len(one) == 1
    assert set(one) < set(both)


def test_most_of_the_engine_is_its_own_but_never_all(fake: FakeKitchen) -> None:
    found = ready(fake).visit.resources

    assert found.cpus == fake.engine.engine_info.cpus
    assert 0.5 < found.memory / fake.engine.engine_info.memory < 1


def test_a_volume_is_made_its_users_before_it_starts(fake: FakeKitchen) -> None:
    ready(fake)

    own = fake.engine.errands[-1]
    assert own.argv[-4:] == ("/login", "talks", "auth.json", "1000:1000")
    assert own.volumes == {VOLUME: "/login"}
    assert not own.read_only


def test_a_folder_that_the_sandbox_may_not_write_is_told(fake: FakeKitchen) -> None:
    fake.home.owner = "0:0"

    ready(fake)

    assert "uid 1000" in told(fake)
    assert f"chown -R 1000:1000 {FOLDER}" in told(fake)


# --- how it is held --------------------------------------------------------------------------


def test_gvisor_holds_it_where_it_works(fake: FakeKitchen) -> None:
    fake.engine.engine_info = dataclasses.replace(
        fake.engine.engine_info, runtimes=("runc", "runsc")
    )

    assert ready(fake).visit.runtime == "runsc"
    assert "held by runsc (gVisor)" in told(fake)


def test_where_gvisor_is_listed_and_does_not_work_the_reason_is_told(fake: FakeKitchen) -> None:
    fake.engine.engine_info = dataclasses.replace(
        fake.engine.engine_info, runtimes=("runc", "runsc")
    )
    fake.engine.broken_runtimes = {"runsc": "cannot run with network enabled"}

    assert ready(fake).visit.runtime == ""
    assert "runsc does not work: cannot run with network enabled" in told(fake)


def test_without_gvisor_it_says_so(fake: FakeKitchen) -> None:
    assert ready(fake).visit.runtime == ""
    assert "it has no runsc" in told(fake)


# --- its login -------------------------------------------------------------------------------


def test_the_hosts_login_is_given_into_memory_without_its_refresh_token(fake: FakeKitchen) -> None:
    visit = ready(fake).visit

    assert list(visit.gifts) == ["/run/secrets/acme"]
    given = json.loads(visit.gifts["/run/secrets/acme"])
    assert given["access"] == TOKEN
    assert "refresh" not in given
    assert visit.argv == (
        *("/bin/sh", "/opt/multicooker/receive.sh", "acme", "/root/.acme/auth.json", "--"),
        *("/bin/sh", "/opt/cell/entrypoint.sh"),
    )
    (secrets,) = (folder for folder in visit.tmpfs if folder.target == "/run/secrets")
    assert (secrets.own, secrets.mode, secrets.executable) == (True, "0700", False)


def test_the_login_is_in_nothing_but_the_gift(fake: FakeKitchen) -> None:
    made = ready(fake)

    without = dataclasses.replace(made.visit, gifts={})
    everything = (repr(made), repr(without), told(fake), *map(repr, fake.engine.errands))
    assert not any("MCCANARY" in text for text in everything)
    files = [node.data for node in _files(desk(fake).root)]
    assert files
    assert not any(b"MCCANARY" in data for data in files)


def _files(node: Node) -> list[Node]:
    below = [file for child in node.children.values() for file in _files(child)]
    return [node] if node.kind == "file" else below


def test_a_login_in_the_volume_goes_first_and_stays_there(fake: FakeKitchen) -> None:
    fake.engine.volume_files[VOLUME] = {"auth.json": login()}

    visit = ready(fake).visit

    assert visit.gifts == {}
    assert visit.argv == ("/bin/sh", "/opt/cell/entrypoint.sh")
    assert f"volume {VOLUME} (max)" in told(fake)


def test_a_login_in_the_volume_that_expired_is_the_clis_to_renew(fake: FakeKitchen) -> None:
    fake.engine.volume_files[VOLUME] = {"auth.json": login(minutes=-5)}

    assert ready(fake).visit.gifts == {}


def test_a_login_in_the_volume_that_nobody_can_renew_is_passed_over(fake: FakeKitchen) -> None:
    fake.engine.volume_files[VOLUME] = {"auth.json": login(minutes=-5, refresh="")}

    assert list(ready(fake).visit.gifts) == ["/run/secrets/acme"]


def test_the_hosts_login_is_taken_anew_where_that_is_wished(fake: FakeKitchen) -> None:
    fake.engine.volume_files[VOLUME] = {"auth.json": login()}

    assert list(ready(fake, fresh_login=True).visit.gifts) == ["/run/secrets/acme"]


def test_an_expired_login_of_the_hosts_is_refused_with_its_fix(fake: FakeKitchen) -> None:
    fake.credentials.held[SOURCE] = login(minutes=-90)

    with pytest.raises(CredentialsError, match="expired 1 h 30 min ago") as caught:
        ready(fake, flavor="acme")

    assert caught.value.hint == "acme login"


def test_a_profile_is_never_the_hosts_own_login(fake: FakeKitchen) -> None:
    with pytest.raises(CredentialsError, match="profile work") as caught:
        ready(fake, flavor="acme", profile="work")

    assert caught.value.hint == "multicooker login acme --profile work"


def test_a_profile_has_a_volume_and_a_token_of_its_own(fake: FakeKitchen) -> None:
    fake.credentials.tokens_held["acme.work"] = "MCCANARY-long-0123456789"

    visit = ready(fake, flavor="acme", profile="work").visit

    assert visit.volumes == {"mc-acme-auth-work": "/root/.acme"}
    given = json.loads(visit.gifts["/run/secrets/acme"])
    assert given == {"access": "MCCANARY-long-0123456789"}


def test_a_shell_opens_without_any_login(fake: FakeKitchen) -> None:
    fake.credentials.held.clear()

    visit = ready(fake, flavor="acme", **SHELL).visit

    assert visit.argv[:2] == ("/bin/sh", "-c")
    assert "nobody is logged in" in told(fake)


def test_a_flavor_without_accounts_needs_no_login(fake: FakeKitchen) -> None:
    plain = dataclasses.replace(acme().flavor, credential=None)
    fake.resources = dataclasses.replace(
        fake.resources, known={"acme": dataclasses.replace(ACME, flavor=plain)}
    )

    assert ready(fake).visit.gifts == {}


# --- probe and skip --------------------------------------------------------------------------


def test_the_first_flavor_somebody_is_logged_in_to_is_taken_and_others_are_told(
    fake: FakeKitchen,
) -> None:
    known = {"abel": acme("abel"), "acme": acme(), "zeta": acme("zeta"), "demo": DEMO}
    fake.resources = dataclasses.replace(fake.resources, known=known)

    assert ready(fake).place.flavor == "acme"

    assert re.search(r"skipped abel: .*; to add it: abel login", told(fake))
    assert re.search(r"skipped zeta: .*; to add it: zeta login", told(fake))
    assert "demo" not in told(fake)


def test_a_login_that_turns_out_to_be_no_good_is_skipped(fake: FakeKitchen) -> None:
    fake.resources = dataclasses.replace(
        fake.resources, known={"abel": acme("abel"), "acme": acme()}
    )
    fake.credentials.held["file:~/.abel/auth.json"] = b"no json"

    assert ready(fake).place.flavor == "acme"
    assert "skipped abel" in told(fake)


def test_where_nobody_is_logged_in_every_way_in_is_told(fake: FakeKitchen) -> None:
    fake.resources = dataclasses.replace(
        fake.resources, known={"abel": acme("abel"), "acme": acme(), "demo": DEMO}
    )
    fake.credentials.held = {SOURCE: b"no json"}

    with pytest.raises(CredentialsError, match="nobody is logged in") as caught:
        ready(fake)

    assert "abel login; acme login" in caught.value.hint


def test_a_flavor_without_a_home_has_no_sandbox(fake: FakeKitchen) -> None:
    with pytest.raises(BadInputError, match="demo has no sandbox"):
        ready(fake, flavor="demo")


# --- what it refuses -------------------------------------------------------------------------


def test_it_does_not_start_beside_a_github_token(fake: FakeKitchen) -> None:
    fake.home.environment = {"GITHUB_TOKEN": "ghp_canary", "GH_ENTERPRISE_TOKEN": ""}

    with pytest.raises(BadInputError, match="GITHUB_TOKEN is set here") as caught:
        ready(fake)

    assert "env -u GITHUB_TOKEN multicooker sandbox" in caught.value.hint
    assert "canary" not in caught.value.message + caught.value.hint
    assert fake.engine.calls == []


def test_it_does_not_start_beside_what_its_user_forbids(fake: FakeKitchen) -> None:
    fake.home.environment = {"BANK_PROD_KEY": "1", "SHOP_PROD_KEY": "1", "OTHER": "1"}
    fake.home.config = 'sandbox:\n  refuse: ["*_PROD_*"]\n'

    with pytest.raises(BadInputError, match="BANK_PROD_KEY, SHOP_PROD_KEY are set here"):
        ready(fake)


@pytest.mark.parametrize(
    "config",
    ["sandbox: {refuse: '*'}\n", "sandbox: {every: 2d}\n", "sanbox: {}\n", "sandbox: {every: 0}\n"],
)
def test_settings_that_are_not_understood_are_told_with_their_place(
    fake: FakeKitchen, config: str
) -> None:
    fake.home.config = config

    with pytest.raises(BadInputError, match=re.escape("/.config/multicooker/config.yaml:1: s")):
        ready(fake)


def test_a_broad_folder_is_refused(fake: FakeKitchen) -> None:
    fake.home.folders = ("/home/you",)

    with pytest.raises(BadInputError, match="it is your home folder"):
        ready(fake)


# --- print -----------------------------------------------------------------------------------


def test_a_prompt_goes_in_by_standard_input_and_nowhere_else(fake: FakeKitchen) -> None:
    visit = ready(fake, prompt="what is this?", args=("--model", "x")).visit

    assert visit.input == b"what is this?"
    assert not visit.tty
    assert visit.environment["MULTICOOKER_PRINT"] == "1"
    assert visit.argv[-2:] == ("--model", "x")
    assert "what is this?" not in visit.argv
    assert visit.name.endswith("-print-4711")


def test_a_prompt_may_come_from_the_users_own_standard_input(fake: FakeKitchen) -> None:
    assert ready(fake, prompt="-").visit.input is None


def test_its_exit_code_is_the_clis(fake: FakeKitchen) -> None:
    fake.engine.visit_script = lambda _: Does(code=3)

    assert visited(fake, prompt="x") == SandboxEnd(code=3, running=False, exported=0)


# --- attach, list, stop ----------------------------------------------------------------------


def test_one_that_runs_is_come_back_to(fake: FakeKitchen) -> None:
    fake.engine.visit_script = lambda _: Does(stays=True)
    assert visited(fake, detach=True).running
    errands = len(fake.engine.errands)
    fake.credentials.held.clear()

    assert visited(fake).running

    first, second = fake.engine.attended
    assert first.name == second.name
    assert not any("own" in errand.argv for errand in fake.engine.errands[errands:])
    assert "back to acme" in told(fake)
    assert "goes on in" in told(fake)


@pytest.mark.parametrize("wish", [{"rebuild": True}, {"fresh_login": True}, {"args": ("-c",)}])
def test_one_that_runs_cannot_become_another(fake: FakeKitchen, wish: dict[str, object]) -> None:
    fake.engine.visit_script = lambda _: Does(stays=True)
    visited(fake, detach=True)

    with pytest.raises(BadInputError, match="runs in /home/you/bakery already"):
        ready(fake, **wish)


def test_another_profile_or_a_prompt_is_another_container(fake: FakeKitchen) -> None:
    fake.engine.visit_script = lambda _: Does(stays=True)
    fake.credentials.tokens_held["acme.work"] = "MCCANARY-long-0123456789"
    visited(fake, detach=True)

    names = {
        ready(fake).visit.name,
        ready(fake, profile="work").visit.name,
        ready(fake, prompt="x").visit.name,
        ready(fake, **SHELL).visit.name,
    }

    assert len(names) == 4


def test_the_list_tells_of_each_what_and_where(fake: FakeKitchen) -> None:
    assert sandbox_list(fake.kitchen).sandboxes == ()
    fake.engine.visit_script = lambda _: Does(stays=True)
    visited(fake, detach=True)
    fake.engine.attend(
        Visit(name="a-login", image="x", argv=("x",), user="1:1", detach=True, labels={})
    )

    (row,) = sandbox_list(fake.kitchen).sandboxes

    assert (row.folder, row.flavor, row.profile, row.kind) == (FOLDER, "acme", "", "cli")
    assert row.running


def test_a_stop_ends_those_of_its_folder_and_exports(fake: FakeKitchen) -> None:
    fake.home.folders = (FOLDER, "/home/you/cafe")
    fake.engine.visit_script = lambda _: Does(stays=True)
    visited(fake, detach=True)
    visited(fake, detach=True, folder="/home/you/cafe")
    next(iter(fake.home.desks.values())).write("sessions/one.jsonl", "said")

    stopped = sandbox_stop(fake.kitchen, wish=SandboxWish())

    assert [row.folder for row in stopped.stopped] == [FOLDER]
    assert [row.folder for row in sandbox_list(fake.kitchen).sandboxes] == ["/home/you/cafe"]
    assert len(notes(fake)) == 1


def test_a_stop_of_another_flavor_or_profile_ends_nothing(fake: FakeKitchen) -> None:
    fake.engine.visit_script = lambda _: Does(stays=True)
    visited(fake, detach=True)

    for wish in (SandboxWish(flavor="demo"), SandboxWish(profile="work")):
        assert sandbox_stop(fake.kitchen, wish=wish).stopped == ()


def test_a_stop_of_a_flavor_that_is_gone_ends_it_all_the_same(fake: FakeKitchen) -> None:
    fake.engine.visit_script = lambda _: Does(stays=True)
    visited(fake, detach=True)
    fake.resources = dataclasses.replace(fake.resources, known={})

    assert len(sandbox_stop(fake.kitchen, wish=SandboxWish()).stopped) == 1


# --- the inbox -------------------------------------------------------------------------------


def says(fake: FakeKitchen, path: str, text: str) -> None:
    """Let the CLI keep what was said, as it does while it runs."""
    desk(fake).write(f"sessions/{path}", text)


def test_what_was_said_is_a_note_when_it_ends(fake: FakeKitchen) -> None:
    made = ready(fake)
    says(fake, "one.jsonl", "hello")

    assert visit_sandbox(fake.kitchen, made).exported == 1

    ((name, text),) = notes(fake).items()
    assert name.startswith("2026-11-21-one-jsonl-")
    assert 'project: "bakery"' in text
    assert 'flavor: "acme"' in text
    assert "## assistant\n\nhello\n" in text
    assert f"1 conversation in {INBOX}" in told(fake)


def test_it_looks_for_new_conversations_as_often_as_it_was_told(fake: FakeKitchen) -> None:
    fake.home.config = "sandbox: {every: 5m}\n"

    visited(fake)
    visited(fake, every=30)

    assert fake.home.intervals == [300.0, 30.0]


def test_what_a_killed_time_left_is_exported_at_the_next_start(fake: FakeKitchen) -> None:
    made = ready(fake)
    says(fake, "one.jsonl", "last words")
    fake.engine.down = "the engine is gone"

    with pytest.raises(EngineError):
        visit_sandbox(fake.kitchen, made)

    assert len(notes(fake)) == 1


def test_a_note_comes_again_only_where_its_conversation_grew(fake: FakeKitchen) -> None:
    made = ready(fake)
    says(fake, "one.jsonl", "one")
    says(fake, "two.jsonl", "two")
    visit_sandbox(fake.kitchen, made)
    for name in notes(fake):
        inbox(fake).remove(name)

    says(fake, "two.jsonl", "two and more")
    assert visit_sandbox(fake.kitchen, made).exported == 1

    ((_, text),) = notes(fake).items()
    assert "two and more" in text


def test_tokens_and_accounts_are_in_no_note(fake: FakeKitchen) -> None:
    made = ready(fake)
    says(fake, "one.jsonl", f"my token is {TOKEN}, of {EMAIL}")

    visit_sandbox(fake.kitchen, made)

    ((_, text),) = notes(fake).items()
    assert "my token is" in text
    assert TOKEN not in text
    assert EMAIL not in text


def test_who_comes_back_or_ends_it_hides_tokens_as_well(fake: FakeKitchen) -> None:
    fake.engine.visit_script = lambda _: Does(stays=True)
    visited(fake, detach=True)
    says(fake, "one.jsonl", f"of {EMAIL}")
    visited(fake)
    says(fake, "two.jsonl", f"{TOKEN} of {EMAIL}")
    sandbox_stop(fake.kitchen, wish=SandboxWish())

    texts = notes(fake).values()
    assert len(texts) == 2
    assert not any(EMAIL in text or TOKEN in text for text in texts)


def test_links_among_the_sessions_lead_nowhere(fake: FakeKitchen) -> None:
    made = ready(fake)
    desk(fake).plant("sessions/evil.jsonl", Node(kind=LINK, target="/home/you/.ssh/id"))

    assert visit_sandbox(fake.kitchen, made).exported == 0
    assert notes(fake) == {}


def test_sessions_that_are_a_link_themselves_are_told(fake: FakeKitchen) -> None:
    made = ready(fake)
    desk(fake).remove("sessions")
    desk(fake).plant("sessions", Node(kind=LINK, target="/home/you"))

    visit_sandbox(fake.kitchen, made)

    assert "no export" in told(fake)


def test_a_conversation_in_which_nothing_was_said_is_no_note(fake: FakeKitchen) -> None:
    class Silent(FakeDialect):
        def conversations(self, files: object) -> tuple[Conversation, ...]:
            del files
            return (Conversation(id="silent"),)

    fake.dialects.readers["acme"] = Silent()
    made = ready(fake)
    says(fake, "one.jsonl", "hello")

    assert visit_sandbox(fake.kitchen, made).exported == 0


def test_a_folder_of_ones_own_is_the_inbox(fake: FakeKitchen) -> None:
    fake.home.config = "sandbox: {inbox: ~/notes}\n"

    assert ready(fake).inbox.folder == "/home/you/notes"
    assert ready(fake, inbox="/elsewhere").inbox.folder == "/elsewhere"


def test_an_export_that_fails_stops_nothing_and_is_told(fake: FakeKitchen) -> None:
    made = ready(fake)
    says(fake, "one.jsonl", "hello")
    desk(fake).write("exported.json", "broken")

    assert visit_sandbox(fake.kitchen, made).code == 0

    assert f"no export to {INBOX}" in told(fake)
    assert "exported.json" in told(fake)


def test_a_dialect_that_breaks_stops_nothing_and_is_told(fake: FakeKitchen) -> None:
    class Broken(FakeDialect):
        def conversations(self, files: object) -> tuple[Conversation, ...]:
            raise ValueError(files)

    fake.dialects.readers["acme"] = Broken()
    made = ready(fake)
    says(fake, "one.jsonl", f"secret {TOKEN}")

    visit_sandbox(fake.kitchen, made)

    assert "no export" in told(fake)
    assert "ValueError" in told(fake)
    assert TOKEN not in told(fake)


def test_a_flavor_nobody_understands_exports_nothing(fake: FakeKitchen) -> None:
    fake.dialects.readers.clear()
    made = ready(fake)
    says(fake, "one.jsonl", "hello")

    assert visit_sandbox(fake.kitchen, made).exported == 0


@pytest.mark.parametrize(
    ("conversation", "name"),
    [
        (Conversation(id="abc-1", started="2026-11-21T08:00:00Z"), "2026-11-21-abc-1.md"),
        (Conversation(id="abc-1", started="yesterday"), "undated-abc-1.md"),
        (Conversation(id="../../x", started=""), r"undated-x-[0-9a-f]{8}.md"),
        (Conversation(id="", started=""), r"undated-conversation-[0-9a-f]{8}\.md"),
        (Conversation(id="a" * 200, started=""), r"undated-a{60}-[0-9a-f]{8}\.md"),
    ],
)
def test_a_note_has_a_plain_name_whatever_its_conversation_calls_itself(
    conversation: Conversation, name: str
) -> None:
    assert re.fullmatch(name, note_name(conversation))
