"""cook.yaml in, compose.yaml and the plan out: each case is a folder a reader can compare."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from multicooker.domain.round import Project, Round
from multicooker.pipeline import load
from multicooker.pipeline.plan import default_spec, plan
from multicooker.pipeline.render import COMPOSE, override_stub, render
from tests.known_flavors import KNOWN

CASES = Path(__file__).parent / "cases"
TEMPLATES = Path(__file__).parents[2] / "templates"
NAMES = sorted(path.name for path in CASES.iterdir() if path.is_dir())


def template(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def rendered(case: str) -> tuple[Round, dict[str, str]]:
    spec = load.cook_spec(
        (CASES / case / "cook.yaml").read_text(encoding="utf-8"),
        place="cook.yaml",
        defaults=default_spec(KNOWN, {}),
    )
    round_ = plan(
        spec,
        known=KNOWN,
        project=Project(name=f"mc-{case}-0123abcd", folder=f"/cooks/{case}", task=case),
        number=1,
        user="1000:1000",
        has_raw="no_raw" not in case,
        locate=lambda credential: f"/owner/{credential.provider}.json",
    )
    return round_, render(round_, spec, template=template)


@pytest.mark.parametrize("case", NAMES)
def test_a_case_renders_the_golden_compose_file_and_plan(case: str, *, update_golden: bool) -> None:
    round_, files = rendered(case)
    produced = {
        "compose.yaml": files[COMPOSE],
        "round.txt": f"{round_}\n",
        "compose.override.yaml": override_stub(round_, template=template),
    }
    for name, text in produced.items():
        golden = CASES / case / name
        if update_golden:
            golden.write_text(text, encoding="utf-8")
        assert golden.read_text(encoding="utf-8") == text, f"--update-golden rewrites {golden}"


@pytest.mark.parametrize("case", NAMES)
def test_rendering_twice_changes_nothing(case: str) -> None:
    assert rendered(case)[1] == rendered(case)[1]


@pytest.mark.parametrize("case", NAMES)
def test_every_cell_carries_the_hardened_block(case: str) -> None:
    services = yaml.safe_load((CASES / case / "compose.yaml").read_text(encoding="utf-8"))[
        "services"
    ]
    for service in services.values():
        assert service["user"] == "1000:1000"
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["read_only"] is True
        assert service["privileged"] is False
        assert service["init"] is True
        assert service["restart"] == "no"
        assert service["pull_policy"] == "never"
        assert service["mem_limit"] == service["memswap_limit"]
        assert all(mount["bind"]["create_host_path"] is False for mount in service["volumes"])
        writable = [mount["target"] for mount in service["volumes"] if not mount["read_only"]]
        assert writable == ["/work/out"]


def test_no_folder_lies_among_the_cases_without_a_cook_yaml() -> None:
    assert [name for name in NAMES if not (CASES / name / "cook.yaml").exists()] == []
