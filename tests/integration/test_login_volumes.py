"""Logins in volumes on the real engine: read whoever made them, renewed once, and never lost."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from multicooker.adapters.credentials import HostCredentials
from multicooker.app import building
from multicooker.app.kitchen import Kitchen
from multicooker.app.logins.auth import auth_status
from multicooker.app.logins.checking import check
from multicooker.app.logins.login import LoginReady, login, login_ready, logout
from multicooker.app.opening import open_cook
from multicooker.domain.credential import Logins, login_volume
from multicooker.errors import CredentialsError
from tests.integration.kitchens import kitchen_in, make_cook

pytestmark = pytest.mark.docker

TOKEN = "MCCANARY-old-token-11"  # noqa: S105  # made up, to be looked for
FRESH = "MCCANARY-new-token-22"
REFRESH = "MCCANARY-refresh-33"
HOUR = 3600

FLAVOR = """\
name: {name}
summary: a CLI that is a shell script
family: acme
roles: [participant]
base: {{name: "busybox:stable", debian: [busybox-static], bare: true}}
credential:
  provider: acme
  sources: ["file:~/.acme/auth.json"]
  target: /root/.acme/auth.json
  modes: [snapshot, volume]
  keep: [/access, /expires]
  token: /access
  refresh: /refresh
  expires: /expires
login: acme login
login_command: [acme, login]
renew: [acme, ok]
hosts: [api.acme.example]
state: [/root/.acme]
"""
CLI = """\
#!/bin/sh
# Renews an expired login as the real ones do, and counts how often it did.
file=$HOME/.acme/auth.json
echo "$(id -u) $HOME $*" >>"$HOME/.acme/ran"
[ "$1" != login ] || {{ printf '%s' '{login}' >"$file"; exit; }}
grep -q '"refresh": "{refresh}"' "$file" || exit 1
expires=$(sed -n 's/.*"expires": \\([0-9]*\\).*/\\1/p' "$file")
[ "$expires" -lt "$(date +%s)" ] || exit 0
sleep 1
{ends}
"""
RENEWS = "printf '%s' '{login}' >\"$file\""
DOCKERFILE = """\
ARG BASE=busybox:stable
FROM ${{BASE}}
RUN mkdir -p /usr/local/bin && printf '%s' '{cli}' | base64 -d >/usr/local/bin/acme \\
    && chmod 755 /usr/local/bin/acme
ENV PATH=/usr/local/bin:/usr/bin:/bin
"""


def data(*, seconds: float = 8 * HOUR, token: str = TOKEN) -> str:
    document = {"access": token, "refresh": REFRESH, "expires": int(time.time() + seconds)}
    return json.dumps(document)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A cook whose one participant has its login in a volume."""

    kitchen: Kitchen
    flavor: str
    user: str

    @property
    def volume(self) -> str:
        return login_volume(self.flavor, None)

    @property
    def image(self) -> str:
        return self.kitchen.resources.flavor(self.flavor, self._folder()).image

    def _folder(self) -> str:
        return self.kitchen.cooks.open("task").folder

    def check(self) -> Logins:
        opened = open_cook(self.kitchen, "task")
        return check(self.kitchen, opened, opened.round.cells)

    def ready(self) -> LoginReady:
        return login_ready(self.kitchen, flavor=self.flavor, profile=None, task=None, attended=True)

    def run(self, script: str, *, user: str = "0:0") -> str:
        """Run a line of shell on the volume, as the plain docker commands do."""
        argv = ["docker", "run", "--rm", "--network=none", f"--user={user}"]
        argv += ["-v", f"{self.volume}:/root/.acme", self.image, "sh", "-c", script]
        ran = subprocess.run(argv, check=True, capture_output=True, text=True, timeout=60)
        return ran.stdout


def place_in(folder: Path, ends: str, home: Path) -> Place:
    """Make a flavor whose CLI ends a renewal in some way, and a cook that uses it."""
    name = f"acme{uuid4().hex[:8]}"
    spec = f"participants: [{{name: saffron, flavor: {name}}}]\njudges: []\nauth: volume\n"
    cook = make_cook(folder / "cooks", "task", spec)
    flavor = folder / "flavors" / name
    flavor.mkdir(parents=True)
    (flavor / "flavor.yaml").write_text(FLAVOR.format(name=name))
    fresh = data(token=FRESH)
    cli = CLI.format(login=fresh, refresh=REFRESH, ends=ends.format(login=fresh))
    (flavor / "Dockerfile.base").write_text(DOCKERFILE.format(cli=b64encode(cli.encode()).decode()))
    for beside in ("entrypoint.sh", "README.md"):
        (flavor / beside).touch()
    kitchen = dataclasses.replace(
        kitchen_in(cook.parent), credentials=HostCredentials(home=str(home), environment={})
    )
    return Place(kitchen=kitchen, flavor=name, user=kitchen.cooks.user("task"))


@pytest.fixture
def made() -> Iterator[list[Place]]:
    """Return a list to put places into, of which nothing is left when the test ends."""
    places: list[Place] = []
    yield places
    for place in places:
        place.kitchen.engine.remove_volumes([place.volume])
        place.kitchen.engine.remove_images([place.image])


@pytest.fixture
def place(tmp_path: Path, made: list[Place]) -> Place:
    return _placed(tmp_path, made, RENEWS)


def _placed(tmp_path: Path, made: list[Place], ends: str) -> Place:
    place = place_in(tmp_path, ends, tmp_path / "home")
    made.append(place)
    (refused,) = place.check().refused.values()  # builds nothing: there is no volume
    assert refused.reason == f"there is no volume {place.volume}"
    return place


def _log_in_by_hand(place: Place, login_file: str) -> None:
    """Make the volume as the plain docker commands do: all of it is root's."""
    known = place.kitchen.resources.flavor(place.flavor, None)
    building.ensure_images(place.kitchen, (known,), ca_bundle=None, rebuild=False)
    place.run(f"umask 077; printf '%s' '{login_file}' >/root/.acme/auth.json")


def test_a_login_that_root_made_is_read_and_stays_as_it_is(place: Place) -> None:
    _log_in_by_hand(place, data())
    before = place.run("stat -c '%u:%g %a %Y' /root/.acme /root/.acme/auth.json")
    found = place.check()
    assert found.refused == {}
    (given,) = found.files.values()
    assert json.loads(given).keys() == {"access", "expires"}
    assert place.run("stat -c '%u:%g %a %Y' /root/.acme /root/.acme/auth.json") == before
    assert place.run("ls /root/.acme") == "auth.json\n"


def test_a_login_of_roots_that_ends_soon_is_renewed_by_the_cells_user(place: Place) -> None:
    _log_in_by_hand(place, data(seconds=600))
    found = place.check()
    assert found.refused == {}
    (given,) = found.files.values()
    assert json.loads(given)["access"] == FRESH
    uid = place.user.partition(":")[0]
    assert place.run("cat /root/.acme/ran") == f"{uid} /tmp ok\n"
    owners = place.run("stat -c '%u:%g' /root/.acme /root/.acme/auth.json").split()
    assert owners == [place.user, place.user]
    assert REFRESH in place.run("cat /root/.acme/auth.json")


def test_cooks_that_start_together_renew_a_login_once(place: Place) -> None:
    _log_in_by_hand(place, data(seconds=600))
    found: list[Logins] = []
    threads = [threading.Thread(target=lambda: found.append(place.check())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert [one.refused for one in found] == [{}, {}, {}]
    assert all(FRESH.encode() in given for one in found for given in one.files.values())
    assert len(place.run("cat /root/.acme/ran").splitlines()) == 1


@pytest.mark.parametrize(
    "ends",
    ["exit 1", "exit 0", 'printf "{{}}" >"$file"', 'rm "$file"', 'printf half >"$file"; kill $$'],
)
def test_a_renewal_that_fails_loses_nothing(tmp_path: Path, made: list[Place], ends: str) -> None:
    place = _placed(tmp_path, made, ends)
    before = data(seconds=600)
    _log_in_by_hand(place, before)
    (refused,) = place.check().refused.values()
    assert "expires in 9 min" in refused.reason
    assert refused.fix == f"multicooker login {place.flavor}"
    assert place.run("cat /root/.acme/auth.json") == before
    assert place.run("cat /root/.acme/ran").count("ok\n") == 1


def test_what_lies_in_the_place_of_a_login_reaches_nothing_else(place: Place) -> None:
    _log_in_by_hand(place, data())
    for trap in ("mkfifo", "mkdir", "truncate -s 2M", "ln -s /etc/passwd", "ln -s /nowhere"):
        place.run(f"rm -rf /root/.acme/auth.json; {trap} /root/.acme/auth.json")
        (refused,) = place.check().refused.values()
        told = "nobody logged in" if trap.startswith("ln") else "in the place of a login"
        assert told in refused.reason
        assert refused.fix == f"multicooker login {place.flavor}"


def test_a_login_is_made_where_a_sandbox_left_a_link(place: Place) -> None:
    _log_in_by_hand(place, "")
    place.run("ln -sfn /run/secrets/acme /root/.acme/auth.json")
    assert [
        row.mode for row in auth_status(place.kitchen).logins if row.flavor == place.flavor
    ] == [""]
    ready = place.ready()
    visit = dataclasses.replace(ready.visit, tty=False, input=b"")
    login(place.kitchen, dataclasses.replace(ready, visit=visit))
    assert place.check().refused == {}


def test_a_person_logs_in_is_told_and_logs_out(place: Place) -> None:
    ready = place.ready()
    visit = dataclasses.replace(ready.visit, tty=False, input=b"")
    told = login(place.kitchen, dataclasses.replace(ready, visit=visit))
    assert told.source == f"volume {place.volume}"
    rows = [row for row in auth_status(place.kitchen).logins if row.flavor == place.flavor]
    assert [(row.mode, row.used) for row in rows] == [("volume", True)]
    assert place.check().refused == {}
    gone = logout(place.kitchen, flavor=place.flavor, profile=None, token=False)
    assert gone.removed == (f"volume {place.volume}",)
    (refused,) = place.check().refused.values()
    assert "there is no volume" in refused.reason


def test_a_login_that_fails_leaves_no_volume(place: Place) -> None:
    ready = place.ready()
    visit = dataclasses.replace(ready.visit, tty=False, input=b"", argv=("false",))
    with pytest.raises(CredentialsError, match="nobody logged in"):
        login(place.kitchen, dataclasses.replace(ready, visit=visit))
    assert place.kitchen.engine.volumes([place.volume]) == ()
