"""Spec + flavors → round."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import pytest

from multicooker.domain.cook import (
    Auth,
    AuthMode,
    CookSpec,
    Dimension,
    Judge,
    Limits,
    Network,
    NetworkMode,
    Participant,
    Resources,
    Rubric,
)
from multicooker.domain.flavor import KnownFlavor
from multicooker.domain.round import Cell, Mount, Project, Round
from multicooker.errors import BadInputError
from multicooker.pipeline.plan import decide_jobs, default_spec, plan
from multicooker.ports import EngineInfo
from tests.known_flavors import ACME, KNOWN

PROJECT = Project(name="mc-t-0", folder="/cooks/t", task="t")
RUBRIC = Rubric(dimensions=(Dimension(name="craft", means="well made"),))


def planned(
    spec: CookSpec,
    *,
    has_raw: bool = True,
    known: Mapping[str, KnownFlavor] = KNOWN,
) -> Round:
    return plan(
        spec,
        known=known,
        project=PROJECT,
        number=1,
        user="1000:1000",
        has_raw=has_raw,
        locate=lambda credential: f"/owner/{credential.provider}.json",
    )


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
    spec = default_spec(KNOWN, {})
    assert [entry.flavor for entry in spec.participants] == ["demo"] * 3
    assert len({entry.model for entry in spec.participants}) == 3
    assert [entry.flavor for entry in spec.judges] == ["demo"] * 2


def test_with_a_login_the_default_is_the_flavors_logged_in() -> None:
    spec = default_spec(KNOWN, {"acme": Auth(mode=AuthMode.SNAPSHOT)})
    assert [entry.name for entry in spec.participants] == ["acme"]
    assert [entry.name for entry in spec.judges] == ["acme"]


def test_the_default_spec_plans() -> None:
    assert len(planned(default_spec(KNOWN, {})).cells) == 5


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


def one(auth: Auth, **more: object) -> Cell:
    """Return the cell of one participant with a login."""
    entry = Participant(name="a", flavor="acme", auth=auth)
    return planned(dataclasses.replace(spec_of(entry), **more)).participants[0]  # type: ignore[arg-type]  # fields of CookSpec


def credential_of(cell: Cell) -> list[Mount]:
    return [mount for mount in cell.mounts if mount.target == "/root/.acme/auth.json"]


@pytest.mark.parametrize(
    ("auth", "source"),
    [
        (Auth(), ".auth/acme/auth.json"),
        (Auth(mode=AuthMode.SNAPSHOT), ".auth/acme/auth.json"),
        (Auth(mode=AuthMode.VOLUME), ".auth/acme.volume/auth.json"),
        (Auth(profile="work"), ".auth/acme.volume.work/auth.json"),
        (Auth(mode=AuthMode.BIND), "/owner/acme.json"),
    ],
)
def test_each_mode_mounts_one_file_read_only(auth: Auth, source: str) -> None:
    cell = one(auth)
    assert credential_of(cell) == [Mount(source=source, target="/root/.acme/auth.json")]
    assert cell.entrypoint == ("/bin/sh", "/opt/cell/entrypoint.sh")
    assert cell.auth == Auth(mode=auth.effective, profile=auth.profile)


def test_a_piped_credential_is_nowhere_but_in_memory() -> None:
    cell = one(Auth(mode=AuthMode.PIPE))
    assert credential_of(cell) == []
    receive = ("/bin/sh", "/opt/multicooker/receive.sh", "acme", "/root/.acme/auth.json")
    assert cell.entrypoint == receive
    secrets = [tmpfs for tmpfs in cell.tmpfs if tmpfs.target == "/run/secrets"]
    assert [(tmpfs.own, tmpfs.mode, tmpfs.executable) for tmpfs in secrets] == [
        (True, "0700", False)
    ]
    assert Mount(source=".cells/_cell", target="/opt/multicooker") in cell.mounts


def test_without_auth_a_cell_gets_no_credential() -> None:
    assert credential_of(one(Auth(mode=AuthMode.NONE))) == []


def test_the_cooks_auth_holds_where_a_participant_says_nothing() -> None:
    spec = dataclasses.replace(
        spec_of(
            Participant(name="a", flavor="acme"),
            Participant(name="b", flavor="acme", auth=Auth(mode=AuthMode.PIPE)),
            Participant(name="c", flavor="demo"),
            judges=(Judge(name="j", flavor="acme"),),
        ),
        auth=Auth(profile="work"),
    )
    assert [cell.auth.mode for cell in planned(spec).cells] == [
        AuthMode.VOLUME,
        AuthMode.PIPE,
        AuthMode.NONE,
        AuthMode.VOLUME,
    ]


def test_hosts_that_are_resolved_otherwise_reach_open_cells_only() -> None:
    network = Network(resolve={"api.acme.example": "10.0.0.1"})
    round_ = planned(
        dataclasses.replace(
            spec_of(
                Participant(name="a", flavor="acme"),
                Participant(name="b", flavor="acme", network=NetworkMode.NONE),
            ),
            network=network,
        )
    )
    assert [cell.hosts for cell in round_.participants] == [network.resolve, {}]


def test_a_ca_bundle_is_mounted_and_told_in_every_usual_variable() -> None:
    flavor = dataclasses.replace(ACME.flavor, ca_variables=("ACME_CA",))
    known = {**KNOWN, "acme": dataclasses.replace(ACME, flavor=flavor)}
    spec = dataclasses.replace(
        spec_of(Participant(name="a", flavor="acme")), ca_bundle="/etc/own.pem"
    )
    cell = planned(spec, known=known).participants[0]
    assert Mount(source=".cells/_cell", target="/opt/multicooker") in cell.mounts
    told = {name for name, value in cell.environment.items() if value == "/opt/multicooker/ca.pem"}
    assert {"ACME_CA", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "PIP_CERT"} <= told


def test_what_a_cli_keeps_of_a_conversation_is_kept_beside_its_output() -> None:
    flavor = dataclasses.replace(ACME.flavor, sessions="/root/.acme/sessions")
    known = {**KNOWN, "acme": dataclasses.replace(ACME, flavor=flavor)}
    cell = planned(spec_of(Participant(name="a", flavor="acme")), known=known).participants[0]
    kept = Mount(source="work/a/sessions", target="/root/.acme/sessions", read_only=False)
    assert kept in cell.mounts


def test_a_version_of_its_own_is_another_image() -> None:
    pinned, other = planned(
        spec_of(
            Participant(name="a", flavor="acme"),
            Participant(name="b", flavor="acme", version="1.2.4"),
        )
    ).participants
    assert (pinned.version, other.version) == ("1.2.3", "1.2.4")
    assert pinned.image != other.image
    assert pinned.image == ACME.image


@pytest.mark.parametrize(
    ("participant", "message"),
    [
        (Participant(name="a", flavor="demo", version="1.2"), "0.version: demo has no versions"),
        (
            Participant(name="a", flavor="acme", auth=Auth(mode=AuthMode.TOKEN)),
            "participants.0.auth: acme takes no token; there is snapshot, bind, volume, pipe",
        ),
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
        planned(spec, known=known)


def test_a_mode_of_the_whole_cook_that_a_flavor_does_not_take_is_told_with_its_place() -> None:
    spec = dataclasses.replace(
        spec_of(Participant(name="a", flavor="demo"), Participant(name="b", flavor="acme")),
        auth=Auth(mode=AuthMode.TOKEN),
    )
    with pytest.raises(BadInputError, match=r"^cook\.yaml: auth: acme takes no token"):
        planned(spec)


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
    lines = str(planned(default_spec(KNOWN, {}))).splitlines()
    assert lines[0] == "careful: participant demo, 1800 s, 1 CPUs, 0.25 GiB, network none"
    assert len(lines) == 5


def test_a_default_participant_says_which_login_it_uses_where_it_is_not_the_hosts() -> None:
    spec = default_spec(KNOWN, {"acme": Auth(mode=AuthMode.VOLUME), "demo": Auth()})
    found = [(entry.name, entry.auth) for entry in spec.participants]
    found += [(entry.name, entry.auth) for entry in spec.judges]
    assert found == [("acme", Auth(mode=AuthMode.VOLUME))] * 2
