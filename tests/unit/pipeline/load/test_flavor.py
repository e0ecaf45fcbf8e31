"""What a `flavor.yaml` says."""

from __future__ import annotations

from pathlib import Path

import pytest

from multicooker.domain.cook import AuthMode
from multicooker.domain.flavor import BaseImage, Credential, Flavor, LongToken, Role
from multicooker.errors import BadInputError
from multicooker.pipeline import load

ROOT = Path(__file__).parents[4]

WHOLE = """\
name: acme
summary: The Acme CLI
family: acme
roles: [participant, judge]
base:
  name: node:22-slim
  debian: [nodejs, ca-certificates]
version: 1.2.3
version_command: [acme, --version]
credential:
  provider: acme
  sources: ["keychain:Acme", "file:${ACME_HOME:-~/.acme}/auth.json"]
  target: /root/.acme/auth.json
  modes: [snapshot, token]
  keep: [/access, /expires]
  fill: {/renewed: $now}
  token: /access
  refresh: /refresh
  expires: /access/@jwt/exp
  account: /plan
  identity: [/email]
  long_token: {login: acme token, form: '{"access": "$token"}'}
login: acme login
login_command: [acme, login]
notice: Accounts of the house only.
hosts: [api.acme.example]
ca_variables: [ACME_CA]
state: [/root/.acme]
sessions: /root/.acme/sessions
dialect: acme
models: [small, "3.10"]
options:
  search: ["on", "off"]
  memory: []
"""


def refused(text: str) -> str:
    with pytest.raises(BadInputError) as caught:
        load.flavor(text, place="flavors/acme/flavor.yaml")
    return caught.value.message


def test_a_whole_flavor_is_read() -> None:
    assert load.flavor(WHOLE, place="flavor.yaml") == Flavor(
        name="acme",
        summary="The Acme CLI",
        family="acme",
        roles=(Role.PARTICIPANT, Role.JUDGE),
        base=BaseImage(name="node:22-slim", debian=("nodejs", "ca-certificates")),
        version="1.2.3",
        version_command=("acme", "--version"),
        credential=Credential(
            provider="acme",
            sources=("keychain:Acme", "file:${ACME_HOME:-~/.acme}/auth.json"),
            target="/root/.acme/auth.json",
            modes=(AuthMode.SNAPSHOT, AuthMode.TOKEN),
            keep=("/access", "/expires"),
            fill={"/renewed": "$now"},
            token="/access",  # noqa: S106  # where a token would be
            refresh="/refresh",
            expires="/access/@jwt/exp",
            account="/plan",
            identity=("/email",),
            long_token=LongToken(login="acme token", form='{"access": "$token"}'),
        ),
        login="acme login",
        login_command=("acme", "login"),
        notice="Accounts of the house only.",
        hosts=("api.acme.example",),
        ca_variables=("ACME_CA",),
        state=("/root/.acme",),
        sessions="/root/.acme/sessions",
        dialect="acme",
        models=("small", "3.10"),
        options={"search": ("on", "off"), "memory": ()},
    )


SHIPPED = ROOT / "templates/cook/participants"


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("[a-z]*/flavor.yaml")))
def test_every_flavor_that_ships_loads_and_is_named_as_its_folder(path: Path) -> None:
    assert load.flavor(path.read_text("utf-8"), place=str(path)).name == path.parent.name


def test_the_flavor_that_new_ones_start_from_loads_with_a_name_put_in() -> None:
    text = (SHIPPED / "_skeleton/flavor.yaml").read_text("utf-8")

    assert load.flavor(text.replace("__NAME__", "acme"), place="flavor.yaml").name == "acme"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("summary: The Acme CLI\n", "", "flavors/acme/flavor.yaml:1: summary: is missing"),
        (
            "summary:",
            "sumary:",
            'flavors/acme/flavor.yaml:2: sumary: unknown key; did you mean "summary"?',
        ),
        (
            "participant, judge",
            "participant, juge",
            (
                "flavors/acme/flavor.yaml:4: roles.1: participant or judge is expected, not 'juge';"
                ' did you mean "judge"?'
            ),
        ),
        (
            "target: /root/.acme/auth.json",
            "target: /etc/passwd",
            (
                "flavors/acme/flavor.yaml:13: credential.target: credential target '/etc/passwd'"
                " must lie below /root/"
            ),
        ),
        (
            "refresh: /refresh",
            "refresh: refresh",
            (
                "flavors/acme/flavor.yaml:18: credential.refresh: 'refresh' is not a JSON pointer:"
                " it starts with /"
            ),
        ),
        (
            "[snapshot, token]",
            "[snapshot, tokens]",
            (
                "flavors/acme/flavor.yaml:14: credential.modes.1: snapshot or bind or volume or"
                " pipe or token or none is expected, not 'tokens'; did you mean \"token\"?"
            ),
        ),
        (
            "/root/.acme/sessions",
            "/etc",
            ("flavors/acme/flavor.yaml:29: sessions: state folder '/etc' must lie below /root/"),
        ),
        (
            '"on", "off"',
            "on, off",
            "\n".join(
                f"flavors/acme/flavor.yaml:33: options.search.{at}: YAML readers differ over what"
                f' {word} is: quote it ("{word}") or write true or false'
                for at, word in enumerate(("on", "off"))
            ),
        ),
        (
            "debian: [nodejs, ca-certificates]",
            "bare: 1",
            "flavors/acme/flavor.yaml:7: base.bare: true or false is expected, not 1",
        ),
    ],
)
def test_a_wrong_flavor_is_refused_with_the_place(old: str, new: str, message: str) -> None:
    assert old in WHOLE

    assert refused(WHOLE.replace(old, new)) == message
