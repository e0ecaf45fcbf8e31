"""What makes a folder a flavor, and how somebody who writes one is told what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from multicooker.app.flavor.check import check_flavor
from multicooker.app.flavor.dockerfile import instructions
from multicooker.app.results import Check, FlavorCheckResult, Level

PLAIN = "ARG BASE=x\nFROM ${BASE}\n"
GOOD: Mapping[str, str] = {
    "flavor.yaml": """\
name: acme
summary: a CLI with an account
family: acme
roles: [participant, judge]
base: {name: "node:22-slim", debian: [nodejs]}
version: 1.2.3
version_command: [acme, --version]
login: acme login
login_command: [acme, login]
hosts: [api.acme.example]
state: [/root/.acme]
sessions: /root/.acme/sessions
dialect: acme
credential:
  provider: acme
  sources: ["file:~/.acme/auth.json"]
  target: /root/.acme/auth.json
  modes: [snapshot, volume]
  keep: [/session/token, /plan]
  fill: {/session/renewed: $now}
  token: /session/token
  refresh: /session/refresh
""",
    "Dockerfile.base": (
        "# syntax=docker/dockerfile:1\nARG BASE=node:22-slim\nFROM ${BASE}\nARG VERSION=1.2.3\n"
    ),
    "entrypoint.sh": '#!/bin/sh\nunset ACME_API_KEY\nexec acme --role "$MULTICOOKER_ROLE"\n',
    "README.md": "# acme\n\nLog in with `acme login`.\n",
}


def checks(folder: Path, changes: Mapping[str, str | None]) -> dict[str, Check]:
    """Write the good flavor with these files changed (None removes) and check it, by name."""
    flavor = folder / "acme"
    flavor.mkdir()
    for path, text in {**GOOD, **changes}.items():
        if text is not None:
            (flavor / path).write_text(text)
    return {check.name: check for check in again(flavor).checks}


def again(flavor: Path) -> FlavorCheckResult:
    return check_flavor(str(flavor), dialects=("acme",))


def changed(path: str, old: str, new: str) -> dict[str, str | None]:
    """Return a file of the good flavor with something replaced in it."""
    assert old in GOOD[path]
    return {path: GOOD[path].replace(old, new)}


def failed(found: Mapping[str, Check]) -> list[str]:
    return [name for name, check in found.items() if check.level is Level.FAIL]


def test_a_good_flavor_passes_every_check(tmp_path: Path) -> None:
    found = checks(tmp_path, {})
    assert failed(found) == []
    assert list(found) == [
        "four files",
        "flavor.yaml",
        "name",
        "base",
        "nothing copied",
        "no secrets",
        "version",
        "scripts",
        "roles",
        "login",
        "credential",
        "api keys",
        "sessions",
        "dialect",
    ]
    assert {check.level for check in found.values()} == {Level.OK}


@pytest.mark.parametrize("path", GOOD)
def test_a_missing_file_is_named(tmp_path: Path, path: str) -> None:
    found = checks(tmp_path, {path: None})
    assert "four files" in failed(found)
    assert found["four files"].detail == f"{path} missing"


def test_a_folder_that_cannot_be_read_is_the_only_thing_told(tmp_path: Path) -> None:
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "extra").symlink_to("/etc/hostname")
    result = check_flavor(str(tmp_path / "acme"))
    assert [check.name for check in result.checks] == ["folder"]
    assert not result.healthy


def test_a_mistake_in_the_yaml_is_told_with_its_place(tmp_path: Path) -> None:
    text = GOOD["flavor.yaml"].replace("summary:", "sumary:")
    found = checks(tmp_path, {"flavor.yaml": text})
    assert failed(found) == ["flavor.yaml"]
    assert "acme/flavor.yaml" in found["flavor.yaml"].detail
    assert "sumary" in found["flavor.yaml"].detail


def test_a_yaml_that_is_no_text_is_told(tmp_path: Path) -> None:
    checks(tmp_path, {})
    (tmp_path / "acme" / "flavor.yaml").write_bytes(b"name: \xff")
    found = {check.name: check for check in again(tmp_path / "acme").checks}
    assert found["flavor.yaml"].detail == "is not UTF-8 (byte 6)"


def test_another_name_than_the_folders_is_told(tmp_path: Path) -> None:
    text = GOOD["flavor.yaml"].replace("name: acme", "name: acne", 1)
    found = checks(tmp_path, {"flavor.yaml": text})
    assert failed(found) == ["name"]
    assert "'acne'" in found["name"].detail


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FROM node:22-slim\n",
        "ARG BASE=x\nFROM node:22-slim\n",
        "FROM ${BASE}\n",
        "ARG OTHER\nFROM ${BASE}\n",
    ],
)
def test_an_image_that_does_not_start_from_the_base_is_told(tmp_path: Path, text: str) -> None:
    assert "base" in failed(checks(tmp_path, {"Dockerfile.base": text}))


def test_a_second_stage_from_a_registry_is_a_warning(tmp_path: Path) -> None:
    found = checks(tmp_path, {"Dockerfile.base": "ARG BASE\nFROM ${BASE}\nFROM golang:1\n"})
    assert found["base"].level is Level.WARN
    assert "golang:1 needs a registry" in found["base"].detail


def test_stages_that_all_start_from_the_base_are_fine(tmp_path: Path) -> None:
    text = "ARG BASE\nFROM ${BASE} AS cli\nRUN true\nFROM ${BASE}\n"
    assert checks(tmp_path, {"Dockerfile.base": text})["base"].level is Level.OK


def test_a_stage_that_starts_from_one_before_it_is_fine(tmp_path: Path) -> None:
    text = "ARG BASE\nFROM ${BASE} AS Tools\nFROM tools as cli\nFROM tools\nCOPY --from=cli /a /\n"
    assert checks(tmp_path, {"Dockerfile.base": text})["base"].level is Level.OK


def test_a_stage_that_only_comes_later_is_a_registrys(tmp_path: Path) -> None:
    text = "ARG BASE\nFROM ${BASE} AS cli\nFROM tools\nFROM cli AS tools\n"
    found = checks(tmp_path, {"Dockerfile.base": text})["base"]
    assert "Dockerfile.base:3: FROM tools" in found.detail


@pytest.mark.parametrize("line", ["COPY . /opt", "ADD tool.tar /", "copy a.sh \\\n  /opt/a.sh"])
def test_files_copied_into_the_image_are_told_with_the_line(tmp_path: Path, line: str) -> None:
    text = f"{GOOD['Dockerfile.base']}{line}\n"
    found = checks(tmp_path, {"Dockerfile.base": text})
    assert failed(found) == ["nothing copied"]
    assert "Dockerfile.base:5" in found["nothing copied"].detail


@pytest.mark.parametrize(
    "line",
    [
        "ENV ACME_API_KEY=abc",
        "ENV PATH=/opt/bin \\\n    ACME_TOKEN=abc",
        "ENV NPM_TOKEN abc",
        "ARG GITHUB_TOKEN",
        "arg PASSWORD=x",
        "COPY --from=cli /root/.acme/credentials.json /root/",
        "ADD https://acme.example/auth.json /root/",
    ],
)
def test_a_secret_in_the_image_is_told(tmp_path: Path, line: str) -> None:
    text = f"{GOOD['Dockerfile.base']}{line}\n"
    assert failed(checks(tmp_path, {"Dockerfile.base": text})) == ["no secrets"]


@pytest.mark.parametrize(
    "line",
    [
        "RUN --mount=type=secret,id=ca_bundle npm install --global acme",
        'ENV NOTE="this token is a word" LANG=C.UTF-8',
        "# ENV ACME_API_KEY=abc",
        "RUN <<EOF\nCOPY nothing really\nENV API_KEY=x\nEOF",
        "RUN true \\\n  # ENV API_KEY=x\n  && true",
        "ADD https://acme.example/acme.tar.gz /opt/",
        "COPY --from=cli /opt/acme /opt/acme",
    ],
)
def test_what_is_no_secret_and_no_copy_is_not_told(tmp_path: Path, line: str) -> None:
    text = f"{GOOD['Dockerfile.base']}{line}\n"
    assert failed(checks(tmp_path, {"Dockerfile.base": text})) == []


ROLES = 'unset ACME_API_KEY\necho "$MULTICOOKER_ROLE"\n'


@pytest.mark.parametrize("path", ["entrypoint.sh", "lib.sh"])
def test_a_script_with_a_syntax_error_is_told(tmp_path: Path, path: str) -> None:
    found = checks(tmp_path, {path: f"{ROLES}if true; then\n"})
    assert failed(found) == ["scripts"]
    assert found["scripts"].detail.startswith(f"{path}: ")


def test_an_entrypoint_of_two_roles_must_look_at_its_role(tmp_path: Path) -> None:
    text = "unset ACME_API_KEY; exec acme\n"
    assert failed(checks(tmp_path, {"entrypoint.sh": text})) == ["roles"]


def test_the_role_may_be_looked_at_in_a_file_beside_the_entrypoint(tmp_path: Path) -> None:
    found = checks(tmp_path, {"entrypoint.sh": ". /opt/cell/lib.sh\n", "lib.sh": ROLES})
    assert failed(found) == []


SHORT = "unset ACME_API_KEY\nexec acme"


def test_a_judge_must_write_ballots(tmp_path: Path) -> None:
    text = GOOD["flavor.yaml"].replace("[participant, judge]", "[judge]")
    files = {"flavor.yaml": text.replace("dialect: acme\n", ""), "entrypoint.sh": f"{SHORT}\n"}
    assert failed(checks(tmp_path, files)) == ["roles"]
    (tmp_path / "acme" / "entrypoint.sh").write_text(f"{SHORT} > /work/out/ballot.json\n")
    assert again(tmp_path / "acme").healthy


def test_a_judge_with_a_dialect_may_say_its_ballot(tmp_path: Path) -> None:
    text = GOOD["flavor.yaml"].replace("[participant, judge]", "[judge]")
    assert failed(checks(tmp_path, {"flavor.yaml": text, "entrypoint.sh": f"{SHORT}\n"})) == []


def test_a_participant_alone_needs_no_branch(tmp_path: Path) -> None:
    text = GOOD["flavor.yaml"].replace("[participant, judge]", "[participant]")
    assert failed(checks(tmp_path, {"flavor.yaml": text, "entrypoint.sh": f"{SHORT}\n"})) == []


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("README.md", "acme login", "acme logout"),
        ("flavor.yaml", "login: acme login\n", ""),
    ],
)
def test_a_login_that_is_not_explained_is_told(
    tmp_path: Path, path: str, before: str, after: str
) -> None:
    assert failed(checks(tmp_path, {path: GOOD[path].replace(before, after)})) == ["login"]


def test_a_flavor_without_a_login_must_say_that_none_is_needed(tmp_path: Path) -> None:
    text = GOOD["flavor.yaml"].partition("version:")[0]
    files = {"flavor.yaml": text, "README.md": "# acme\n", "Dockerfile.base": PLAIN}
    found = checks(tmp_path, files)
    assert failed(found) == ["login"]
    assert not {"version", "credential", "api keys", "sessions", "dialect"} & set(found)
    (tmp_path / "acme" / "README.md").write_text("It needs no account.\n")
    assert again(tmp_path / "acme").healthy


@pytest.mark.parametrize(
    ("dockerfile", "detail"),
    [
        ("ARG VERSION=1.2.4", "Dockerfile.base:3: ARG VERSION=1.2.4, but flavor.yaml says 1.2.3"),
        ('ARG VERSION="1.2.3"\nFROM ${BASE}\nARG VERSION=2', "Dockerfile.base:5: ARG VERSION=2"),
        ("ARG VERSION", "flavor.yaml says 1.2.3, but no ARG VERSION in Dockerfile.base does"),
        ("RUN true", "flavor.yaml says 1.2.3, but no ARG VERSION in Dockerfile.base does"),
    ],
)
def test_a_version_that_is_another_one_in_the_image_is_told(
    tmp_path: Path, dockerfile: str, detail: str
) -> None:
    found = checks(tmp_path, {"Dockerfile.base": f"{PLAIN}{dockerfile}\n"})
    assert failed(found) == ["version"]
    assert detail in found["version"].detail


def test_a_version_of_the_image_alone_is_told(tmp_path: Path) -> None:
    found = checks(tmp_path, changed("flavor.yaml", "version: 1.2.3\n", ""))
    assert failed(found) == ["version"]
    assert found["version"].detail.endswith("but flavor.yaml says none")


def test_a_version_that_nothing_tells_is_a_warning(tmp_path: Path) -> None:
    found = checks(tmp_path, changed("flavor.yaml", "version_command: [acme, --version]\n", ""))
    assert found["version"].level is Level.WARN
    assert failed(found) == []


@pytest.mark.parametrize(
    ("old", "new", "detail"),
    [
        ("[/session/token, /plan]", "[/session]", "credential.keep: holds /session/refresh"),
        (
            "[/session/token, /plan]",
            "[/session/token, /session/refresh]",
            "credential.keep: holds /session/refresh",
        ),
        ("/session/renewed:", "/session/token/at:", "credential.fill: /session/token/at would"),
        ("/session/renewed:", "/session:", "credential.fill: /session would"),
        ("hosts: [api.acme.example]\n", "", "hosts: there are none"),
    ],
)
def test_a_login_that_could_not_work_is_told(
    tmp_path: Path, old: str, new: str, detail: str
) -> None:
    found = checks(tmp_path, changed("flavor.yaml", old, new))
    assert failed(found) == ["credential"]
    assert any(detail in check.detail for check in again(tmp_path / "acme").checks)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  keep: [/session/token, /plan]\n", ""),
        ("  token: /session/token\n  refresh: /session/refresh\n", ""),
        ("/session/renewed:", "/session/refresh:"),
        ("/session/renewed:", "/session/token-kind:"),
    ],
)
def test_a_login_may_keep_all_or_tell_little(tmp_path: Path, old: str, new: str) -> None:
    assert failed(checks(tmp_path, changed("flavor.yaml", old, new))) == []


def test_without_a_volume_there_need_be_no_login_in_the_image(tmp_path: Path) -> None:
    text = GOOD["flavor.yaml"].replace("[snapshot, volume]", "[snapshot]")
    text = text.replace("login_command: [acme, login]\n", "").replace("state: [/root/.acme]\n", "")
    assert failed(checks(tmp_path, {"flavor.yaml": text})) == []


def test_all_that_is_wrong_with_a_login_is_told_at_once(tmp_path: Path) -> None:
    text = GOOD["flavor.yaml"].replace("hosts: [api.acme.example]\n", "")
    checks(tmp_path, {"flavor.yaml": text.replace("/session/renewed:", "/session:")})
    found = [check.name for check in again(tmp_path / "acme").checks if check.level is Level.FAIL]
    assert found == ["credential", "credential"]


@pytest.mark.parametrize("line", ["", "unset ACME_TOKEN", "echo ACME_API_KEY"])
def test_a_key_that_could_be_billed_by_use_must_be_unset(tmp_path: Path, line: str) -> None:
    found = checks(tmp_path, changed("entrypoint.sh", "unset ACME_API_KEY", line))
    assert failed(found) == ["api keys"]


@pytest.mark.parametrize("folder", ["/root/sessions", "/root/.acme", "/root/.acme2/sessions"])
def test_sessions_must_lie_below_what_the_cli_may_write_to(tmp_path: Path, folder: str) -> None:
    found = checks(
        tmp_path, changed("flavor.yaml", "sessions: /root/.acme/sessions", f"sessions: {folder}")
    )
    assert failed(found) == ["sessions"]


def test_sessions_need_no_login(tmp_path: Path) -> None:
    text = GOOD["flavor.yaml"].partition("credential:")[0]
    assert failed(checks(tmp_path, {"flavor.yaml": text})) == []


def test_a_dialect_that_nobody_speaks_is_told(tmp_path: Path) -> None:
    found = checks(tmp_path, changed("flavor.yaml", "dialect: acme", "dialect: acne"))
    assert failed(found) == ["dialect"]
    assert "take acme" in found["dialect"].fix


def test_the_dialects_that_come_with_the_program_are_known(tmp_path: Path) -> None:
    checks(tmp_path, changed("flavor.yaml", "dialect: acme", "dialect: claude"))
    assert check_flavor(str(tmp_path / "acme")).healthy


def test_a_dockerfile_cut_short_in_a_continued_line_is_read_to_its_end() -> None:
    assert [entry.text for entry in instructions("RUN a \\")] == ["a"]
    assert [entry.text for entry in instructions("RUN a \\\n# b")] == ["a"]
    assert [entry.name for entry in instructions("RUN <<EOF\nnever closed")] == ["RUN"]
