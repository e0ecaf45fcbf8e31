"""Spec + flavors → round."""

from __future__ import annotations

import dataclasses

import pytest

from multicooker.domain.cook import (
    CookSpec,
    Dimension,
    Judge,
    Limits,
    NetworkMode,
    Participant,
    Resources,
    Rubric,
)
from multicooker.domain.round import Project, Round
from multicooker.errors import BadInputError
from multicooker.pipeline.plan import decide_jobs, default_spec, plan
from multicooker.ports import EngineInfo
from tests.known_flavors import ACME, KNOWN

PROJECT = Project(name="mc-t-0", folder="/cooks/t", task="t")
RUBRIC = Rubric(dimensions=(Dimension(name="craft", means="well made"),))


def planned(spec: CookSpec, *, has_raw: bool = True) -> Round:
    return plan(spec, known=KNOWN, project=PROJECT, number=1, user="1000:1000", has_raw=has_raw)


def spec_of(*participants: Participant, judges: tuple[Judge, ...] = ()) -> CookSpec:
    return CookSpec(participants=participants, judges=judges, rubric=RUBRIC)


def engine(*, cpus: int = 4, gib: float = 64) -> EngineInfo:
    return EngineInfo(
        version="26.1",
        compose_version="2.26",
        context="default",
        cpus=cpus,
        memory=int(gib * 1024**3),
        storage_driver="overlay2",
    )


def test_without_a_login_the_default_is_three_demo_cooks_and_two_demo_judges() -> None:
    spec = default_spec(KNOWN, ())
    assert [entry.flavor for entry in spec.participants] == ["demo"] * 3
    assert len({entry.model for entry in spec.participants}) == 3
    assert [entry.flavor for entry in spec.judges] == ["demo"] * 2


def test_with_a_login_the_default_is_the_flavors_logged_in() -> None:
    spec = default_spec(KNOWN, ("acme",))
    assert [entry.name for entry in spec.participants] == ["acme"]
    assert [entry.name for entry in spec.judges] == ["acme"]


def test_the_default_spec_plans() -> None:
    assert len(planned(default_spec(KNOWN, ())).cells) == 5


def test_a_cell_without_hosts_to_reach_gets_no_network_whatever_the_cook_says() -> None:
    round_ = planned(spec_of(Participant(name="a", flavor="demo", network=NetworkMode.OPEN)))
    assert round_.participants[0].network is NetworkMode.NONE


def test_a_participant_can_be_cut_off_by_itself() -> None:
    round_ = planned(
        spec_of(
            Participant(name="a", flavor="acme"),
            Participant(name="b", flavor="acme", network=NetworkMode.NONE),
        )
    )
    assert [cell.network for cell in round_.participants] == [NetworkMode.OPEN, NetworkMode.NONE]


def test_its_own_timeout_wins_over_the_cooks() -> None:
    round_ = planned(
        dataclasses.replace(
            spec_of(
                Participant(name="a", flavor="demo"),
                Participant(name="b", flavor="demo", timeout=5),
                judges=(Judge(name="j", flavor="demo"),),
            ),
            limits=Limits(timeout=60, judge_timeout=30),
        )
    )
    assert [cell.timeout for cell in round_.cells] == [60, 5, 30]


def test_a_judge_sees_submissions_and_nothing_of_the_participants() -> None:
    round_ = planned(
        spec_of(Participant(name="a", flavor="demo"), judges=(Judge(name="j", flavor="demo"),))
    )
    judge = round_.judges[0]
    assert "submissions" in [mount.source for mount in judge.mounts]
    assert not any(mount.source.startswith("work") for mount in judge.mounts)
    assert [mount.target for mount in judge.mounts if not mount.read_only] == ["/work/out"]


def test_a_participant_sees_neither_submissions_nor_the_judges() -> None:
    round_ = planned(
        spec_of(Participant(name="a", flavor="demo"), judges=(Judge(name="j", flavor="demo"),))
    )
    sources = [mount.source for mount in round_.participants[0].mounts]
    assert not any(source.startswith(("submissions", "judging", ".seal")) for source in sources)


def test_raw_is_mounted_only_where_it_is() -> None:
    spec = spec_of(Participant(name="a", flavor="demo"))
    with_raw = planned(spec).participants[0].mounts
    without = planned(spec, has_raw=False).participants[0].mounts
    assert {mount.target for mount in with_raw} - {mount.target for mount in without} == {
        "/work/raw"
    }


def test_a_credential_is_one_read_only_file_inside_a_folder_in_memory() -> None:
    cell = planned(spec_of(Participant(name="a", flavor="acme"))).participants[0]
    mounts = [mount for mount in cell.mounts if mount.source.startswith(".auth")]
    assert [(mount.target, mount.read_only) for mount in mounts] == [
        ("/root/.acme/auth.json", True)
    ]
    assert "/root/.acme" in [tmpfs.target for tmpfs in cell.tmpfs]


def test_another_flavors_credential_is_not_mounted() -> None:
    round_ = planned(
        spec_of(Participant(name="a", flavor="demo"), Participant(name="b", flavor="acme"))
    )
    assert not any(mount.source.startswith(".auth") for mount in round_.participants[0].mounts)


@pytest.mark.parametrize(
    ("participant", "message"),
    [
        (Participant(name="a", flavor="dmeo"), "participants.0.flavor: no flavor is named 'dmeo'"),
        (Participant(name="a", flavor="demo", model="carefull"), "did you mean 'careful'?"),
        (Participant(name="a", flavor="acme", effort="huge"), "acme has no effort 'huge'"),
        (Participant(name="a", flavor="demo", options={"behav": "x"}), "did you mean 'behave'?"),
        (Participant(name="a", flavor="demo", options={"behave": "hnag"}), "'hang'"),
    ],
)
def test_what_a_flavor_does_not_have_is_refused_with_its_place(
    participant: Participant, message: str
) -> None:
    with pytest.raises(BadInputError) as caught:
        planned(spec_of(participant))
    assert message in str(caught.value)


def test_a_flavor_in_a_role_it_does_not_have_is_refused() -> None:
    flavor = dataclasses.replace(ACME.flavor, roles=ACME.flavor.roles[:1])
    known = {**KNOWN, "acme": dataclasses.replace(ACME, flavor=flavor)}
    spec = spec_of(Participant(name="a", flavor="demo"), judges=(Judge(name="j", flavor="acme"),))
    with pytest.raises(BadInputError, match=r"judges\.0\.flavor: acme cannot be a judge"):
        plan(spec, known=known, project=PROJECT, number=1, user="1:1", has_raw=False)


def test_every_misfit_is_told_at_once() -> None:
    with pytest.raises(BadInputError) as caught:
        planned(spec_of(Participant(name="a", flavor="x"), Participant(name="b", flavor="y")))
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("info", "from_spec", "asked", "count", "why"),
    [
        (engine(), None, 7, 7, "--jobs"),
        (engine(), 3, None, 3, "limits.jobs"),
        (engine(), 3, 7, 7, "--jobs"),
        (engine(cpus=2), None, None, 4, "2 CPUs"),
        (engine(cpus=32, gib=10), None, None, 2, "memory"),
        (engine(cpus=1, gib=0.5), None, None, 1, "memory"),
    ],
)
def test_how_many_cells_run_at_once_and_why(
    info: EngineInfo, from_spec: int | None, asked: int | None, count: int, why: str
) -> None:
    cells = planned(
        spec_of(Participant(name="a", flavor="demo", resources=Resources(memory=4 * 1024**3)))
    ).participants
    decided = decide_jobs(cells, engine=lambda: info, from_spec=from_spec, asked=asked)
    assert decided.count == count
    assert why in decided.why


def test_the_plan_prints_one_line_per_cell() -> None:
    lines = str(planned(default_spec(KNOWN, ()))).splitlines()
    assert lines[0] == "careful: participant demo, 1800 s, 1 CPUs, 0.25 GiB, network none"
    assert len(lines) == 5
