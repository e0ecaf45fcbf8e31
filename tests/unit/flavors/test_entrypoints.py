"""The entrypoints of claude, codex and gemini tell their CLI the same things in its own words."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.unit.flavors.stage import PROMPT, SCHEMA, Stage, Told

REAL = ("claude", "codex", "gemini")
CELLS = [(flavor, role) for flavor in REAL for role in ("participant", "judge")]
SPENDS = (
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_BASE_URL",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CODEX_ACCESS_TOKEN",
    "CODEX_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_CLOUD_ACCESS_TOKEN",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
)
OWN = {
    "claude": ("ANTHROPIC_CUSTOM_HEADERS", "ANTHROPIC_UNIX_SOCKET", "CLAUDE_CODE_USE_BEDROCK"),
    "codex": ("CODEX_AGENT_IDENTITY", "OPENAI_ORGANIZATION"),
    "gemini": ("CODE_ASSIST_ENDPOINT", "GOOGLE_GENAI_USE_VERTEXAI", "GEMINI_CLI_HOME"),
}


def played(flavor: str, role: str, root: Path, *args: str, **environment: str) -> Told:
    return Stage(flavor=flavor, root=root).run(role, *args, environment=environment)


@pytest.mark.parametrize(("flavor", "role"), CELLS)
def test_the_prompt_comes_on_standard_input_and_in_no_argument(
    flavor: str, role: str, tmp_path: Path
) -> None:
    told = played(flavor, role, tmp_path / "s")
    assert told.code == 0
    assert told.input == PROMPT
    assert not any("Make a page" in argument for argument in told.args)


@pytest.mark.parametrize(("flavor", "role"), CELLS)
def test_model_and_effort_of_the_cook_reach_the_cli(flavor: str, role: str, tmp_path: Path) -> None:
    told = played(
        flavor, role, tmp_path / "s", MULTICOOKER_MODEL="big-1", MULTICOOKER_EFFORT="high"
    )
    assert told.value("--model") == "big-1"
    effort = {
        "claude": ("--effort", "high"),
        "codex": ("-c", 'model_reasoning_effort="high"'),
        "gemini": (),
    }[flavor]
    assert effort in [(), *zip(told.args, told.args[1:], strict=False)]


@pytest.mark.parametrize("flavor", ["claude", "gemini"])
def test_a_cook_without_a_model_gets_the_same_one_whatever_the_account(
    flavor: str, tmp_path: Path
) -> None:
    models = {played(flavor, "participant", tmp_path / "p").value("--model")}
    models.add(played(flavor, "judge", tmp_path / "j").value("--model"))
    assert models == {{"claude": "sonnet", "gemini": "gemini-2.5-pro"}[flavor]}


@pytest.mark.parametrize(("flavor", "role"), [*CELLS, *((flavor, "sandbox") for flavor in REAL)])
def test_no_variable_that_spends_or_redirects_reaches_the_cli(
    flavor: str, role: str, tmp_path: Path
) -> None:
    stage = Stage(flavor=flavor, root=tmp_path / "s")
    odd = {"not a name": "x", "MULTICOOKER_OPTION_TOKEN": "stays", "EDITOR": "stays"}
    given = dict.fromkeys((*SPENDS, *OWN[flavor]), "MCCANARY") | odd
    told = stage.run(role, environment=given)
    assert told.code == 0
    assert "MCCANARY" not in told.environment.values()
    assert {"MULTICOOKER_OPTION_TOKEN", "EDITOR"} <= told.environment.keys()


@pytest.mark.parametrize("flavor", REAL)
@pytest.mark.parametrize("role", ["", "cook", "refuse", "run_cell"])
def test_a_role_that_there_is_not_starts_nothing(flavor: str, role: str, tmp_path: Path) -> None:
    told = played(flavor, role, tmp_path / "s")
    assert told.code == 64
    assert told.errors == f"{flavor}: no such role: {role}\n"
    assert told.args == ()


@pytest.mark.parametrize("flavor", REAL)
def test_the_web_is_the_participants_to_use_unless_the_cook_says_no(
    flavor: str, tmp_path: Path
) -> None:
    def closed(told: Told) -> bool:
        if flavor == "gemini":
            return told.settings(".gemini/settings.json")["tools"] == {
                "exclude": ["google_web_search", "web_fetch"]
            }
        return bool({"WebSearch,WebFetch", 'web_search="disabled"'} & set(told.args))

    assert not closed(played(flavor, "participant", tmp_path / "1"))
    assert not closed(played(flavor, "participant", tmp_path / "2", MULTICOOKER_OPTION_WEB="on"))
    assert closed(played(flavor, "participant", tmp_path / "3", MULTICOOKER_OPTION_WEB="off"))
    refused = played(flavor, "participant", tmp_path / "4", MULTICOOKER_OPTION_WEB="maybe")
    assert (refused.code, refused.errors) == (64, f"{flavor}: web is on or off\n")


@pytest.mark.parametrize(("flavor", "role"), CELLS)
def test_the_code_the_cli_ends_with_is_the_cells(flavor: str, role: str, tmp_path: Path) -> None:
    told = Stage(flavor=flavor, root=tmp_path / "s").run(
        role, behaviour="echo said; echo warned >&2; exit 42"
    )
    assert (told.code, told.output, told.errors) == (42, "said\n", "warned\n")


def test_a_claude_judge_has_tools_that_read_and_loads_nothing(tmp_path: Path) -> None:
    told = played("claude", "judge", tmp_path / "s")
    assert told.value("--tools") == "Read,Glob,Grep"
    assert told.value("--add-dir") == "/work"
    assert told.value("--setting-sources") == "user"
    assert told.value("--json-schema") == SCHEMA
    assert {"--restricted", "--safe-mode", "--strict-mcp-config"} <= set(told.args)
    assert "--dangerously-skip-permissions" not in told.args


def test_a_codex_judge_answers_by_the_schema_and_reads_no_instructions(tmp_path: Path) -> None:
    told = played("codex", "judge", tmp_path / "s")
    assert told.value("--output-schema") == str(tmp_path / "s" / "in" / "ballot.schema.json")
    assert {"--ignore-user-config", "--ignore-rules", "project_doc_max_bytes=0"} <= set(told.args)
    assert 'web_search="disabled"' in told.args


def test_a_gemini_judge_has_tools_that_read_and_takes_no_file_for_instructions(
    tmp_path: Path,
) -> None:
    told = played("gemini", "judge", tmp_path / "1")
    settings = told.settings(".gemini/settings.json")
    assert settings["tools"] == {
        "core": ["glob", "grep_search", "list_directory", "read_file", "read_many_files"]
    }
    assert settings["hooksConfig"] == settings["skills"] == {"enabled": False}
    assert told.value("--approval-mode") == "default"
    assert told.value("--include-directories") == "/work"
    other = played("gemini", "judge", tmp_path / "2").settings(".gemini/settings.json")
    assert settings["context"] != other["context"], "a name that can be foreseen can be used"


def test_gemini_is_told_the_project_of_its_licence(tmp_path: Path) -> None:
    told = played("gemini", "participant", tmp_path / "s", MULTICOOKER_OPTION_PROJECT="acme-7")
    assert told.environment["GOOGLE_CLOUD_PROJECT"] == "acme-7"


@pytest.mark.parametrize("flavor", REAL)
def test_a_sandbox_passes_words_on_and_leaves_model_and_prompt_to_its_user(
    flavor: str, tmp_path: Path
) -> None:
    told = played(flavor, "sandbox", tmp_path / "s", "--resume", "two words")
    assert told.args[-2:] == ("--resume", "two words") or flavor == "codex"
    assert ("--resume", "two words") in list(zip(told.args, told.args[1:], strict=False))
    assert "--model" not in told.args
    assert "--print" not in told.args
    assert told.code == 0


@pytest.mark.parametrize("flavor", REAL)
def test_a_sandbox_in_a_script_reads_its_prompt_from_standard_input(
    flavor: str, tmp_path: Path
) -> None:
    stage = Stage(flavor=flavor, root=tmp_path / "s")
    process = stage.start(
        "sandbox",
        environment={"MULTICOOKER_PRINT": "1", "MULTICOOKER_MODEL": "big-1"},
        standard_input=subprocess.PIPE,
    )
    told = stage.finish(process, "What is here?")
    assert told.input == "What is here?"
    assert told.value("--model") == "big-1"
    plain = {"claude": {"--print"}, "codex": {"exec", "-"}, "gemini": {"--output-format", "text"}}
    assert plain[flavor] <= set(told.args)
    assert not {"--json", "stream-json"} & set(told.args)


def test_a_claude_sandbox_asks_nothing_and_keeps_what_its_owner_set(tmp_path: Path) -> None:
    stage = Stage(flavor="claude", root=tmp_path / "s")
    told = stage.run("sandbox")
    folder = str(tmp_path / "s" / "out")
    assert told.environment["CLAUDE_CONFIG_DIR"] == str(stage.home / ".claude")
    state = told.settings(".claude/.claude.json")
    assert state.pop("projects") == {folder: {"hasTrustDialogAccepted": True}}
    assert state["hasCompletedOnboarding"] is True
    assert set(state.values()) == {True}
    assert told.settings(".claude/settings.json")["skipDangerousModePermissionPrompt"] is True
    (stage.home / ".claude" / "settings.json").write_text('{"theme": "dark"}')
    (stage.home / ".claude" / ".claude.json").write_text('{"userID": "u", "projects": {"/b": {}}}')
    again = stage.run("sandbox")
    assert again.settings(".claude/settings.json") == {"theme": "dark"}
    state = again.settings(".claude/.claude.json")
    assert state["userID"] == "u"
    assert state["projects"] == {"/b": {}, folder: {"hasTrustDialogAccepted": True}}
    assert sorted(path.name for path in (stage.home / ".claude").iterdir()) == [
        ".claude.json",
        "settings.json",
    ]


@pytest.mark.parametrize(
    ("flavor", "place"), [("codex", ".codex/config.toml"), ("gemini", ".gemini/settings.json")]
)
def test_a_sandbox_writes_its_settings_once(flavor: str, place: str, tmp_path: Path) -> None:
    stage = Stage(flavor=flavor, root=tmp_path / "s")
    stage.run("sandbox")
    assert (stage.home / place).stat().st_size > 0
    (stage.home / place).write_text("the owner's")
    assert stage.run("sandbox").code == 0
    assert (stage.home / place).read_text() == "the owner's"


@pytest.mark.parametrize("words", [["--approval-mode=plan"], ["--approval-mode", "plan"], ["-y"]])
def test_a_gemini_sandbox_asks_nothing_unless_its_user_chose_a_mode(
    words: list[str], tmp_path: Path
) -> None:
    assert played("gemini", "sandbox", tmp_path / "1").value("--approval-mode") == "yolo"
    assert played("gemini", "sandbox", tmp_path / "2", *words).args[-len(words) :] == tuple(words)
    assert "yolo" not in played("gemini", "sandbox", tmp_path / "3", *words).args


@pytest.mark.parametrize("role", ["participant", "judge"])
def test_codex_tells_at_once_that_nobody_is_logged_in(role: str, tmp_path: Path) -> None:
    stage = Stage(flavor="codex", root=tmp_path / "s")
    (stage.home / ".codex/auth.json").unlink()
    told = stage.finish(stage.start(role))

    assert (told.code, told.errors) == (77, "codex: nobody is logged in\n")
    assert told.args == ()


@pytest.mark.parametrize("role", ["participant", "judge"])
def test_gemini_tells_by_its_code_that_nobody_is_logged_in(role: str, tmp_path: Path) -> None:
    stage = Stage(flavor="gemini", root=tmp_path / "s")
    assert stage.run(role, behaviour="exit 41").code == 77
