"""Hypothesis strategies for whole specs and for the records we write, and small helpers."""

from __future__ import annotations

import json
from collections.abc import Mapping

from hypothesis import strategies as st

from multicooker.domain.ballot import Seal, Submission
from multicooker.domain.cook import (
    Auth,
    AuthMode,
    CookSpec,
    Dimension,
    Judge,
    Limits,
    Network,
    NetworkMode,
    Outputs,
    Participant,
    Resources,
    Rubric,
)
from multicooker.domain.flavor import Role
from multicooker.domain.outcome import (
    CellState,
    CellStatus,
    CookState,
    CookStatus,
    Event,
    ExitClass,
    FileEntry,
)
from multicooker.domain.usage import Usage

SPEC = CookSpec(
    participants=(Participant(name="saffron", flavor="demo"),),
    judges=(Judge(name="north", flavor="demo"),),
    rubric=Rubric(dimensions=(Dimension(name="craft", means="Well made."),)),
)
"""A small valid spec, used as the defaults."""

_UNFIT = "\x7f\u2028\u2029\ufeff\ufffe\uffff"

names = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,12}", fullmatch=True).filter(
    lambda name: name not in {"con", "prn", "aux", "nul"}
)
texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=_UNFIT)
    | st.sampled_from("\n\t"),
    max_size=40,
)
options = st.dictionaries(texts.filter(bool), texts, max_size=3)
hundredths = st.integers(10, 25600).map(lambda number: number / 100)
timeouts = st.none() | st.integers(1, 7 * 86400)
resources = st.builds(
    Resources,
    memory=st.integers(16 * 1024**2, 1024**4),
    cpus=hundredths,
    pids=st.integers(16, 65536),
)
auths = st.builds(Auth, mode=st.none() | st.sampled_from(AuthMode)) | st.builds(
    Auth,
    mode=st.none() | st.sampled_from([AuthMode.VOLUME, AuthMode.TOKEN, AuthMode.PIPE]),
    profile=names,
)
networks = st.builds(
    Network,
    mode=st.sampled_from(NetworkMode),
    resolve=st.dictionaries(
        st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?", fullmatch=True),
        st.ip_addresses().map(str).filter(lambda address: "%" not in address),
        max_size=2,
    ),
)
versions = st.from_regex(r"[0-9]{1,3}\.[0-9]{1,3}(-beta\.[0-9])?", fullmatch=True)
participants = st.builds(
    Participant,
    name=names.filter(lambda name: not name.startswith("x-")),
    flavor=names,
    model=st.none() | texts,
    effort=st.none() | texts,
    timeout=timeouts,
    resources=st.none() | resources,
    network=st.none() | st.sampled_from(NetworkMode),
    auth=st.none() | auths,
    version=st.none() | versions,
    options=options,
)
judges = st.builds(
    Judge,
    name=names,
    flavor=names,
    model=st.none() | texts,
    timeout=timeouts,
    auth=st.none() | auths,
    version=st.none() | versions,
)
dimensions = st.builds(
    Dimension,
    name=names,
    means=texts,
    weight=hundredths,
    anchors=st.dictionaries(st.integers(1, 10).map(str), texts, max_size=3),
)
limits = st.builds(
    Limits,
    timeout=st.integers(1, 7 * 86400),
    grace=st.integers(0, 600),
    output_bytes=st.integers(1, 2**50),
    jobs=st.none() | st.integers(1, 1000),
)
specs = st.builds(
    CookSpec,
    participants=st.lists(participants, min_size=1, max_size=3, unique_by=lambda p: p.name).map(
        tuple
    ),
    judges=st.lists(judges, max_size=2, unique_by=lambda judge: judge.name).map(tuple),
    rubric=st.builds(
        Rubric,
        dimensions=st.lists(dimensions, min_size=1, max_size=3, unique_by=lambda d: d.name).map(
            tuple
        ),
    ),
    outputs=st.builds(Outputs, required=st.lists(names, max_size=2).map(tuple)),
    limits=limits,
    network=networks,
    auth=auths,
    ca_bundle=st.none() | texts,
)

# Names of files that no encoding holds come with low surrogates, as `os.fsdecode` makes them.
file_names = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).flatmap(
    lambda text: st.sampled_from([text, f"{text}\udcff", f"\udc80{text}"])
)
counts = st.integers(0, 2**40)
seconds = st.floats(0, 1e6, allow_nan=False)
seals = st.builds(
    Seal,
    round=counts,
    made=texts,
    submissions=st.lists(
        st.builds(
            Submission,
            label=st.sampled_from(["A", "B", "AA"]),
            files=st.lists(
                st.builds(
                    FileEntry, path=file_names, size=counts, sha256=texts, executable=st.booleans()
                ),
                max_size=3,
            ).map(tuple),
            partial=st.booleans(),
        ),
        max_size=3,
    ).map(tuple),
)
usages = st.builds(
    Usage,
    input_tokens=st.none() | counts,
    cost_usd=st.none() | seconds,
    turns=st.none() | counts,
    models=st.lists(texts, max_size=2).map(tuple),
    cli_version=texts,
)
statuses = st.builds(
    CookStatus,
    task=names,
    project=names,
    state=st.sampled_from(CookState),
    round=counts,
    started=texts,
    updated=texts,
    pid=counts,
    fingerprint=texts,
    cells=st.lists(
        st.builds(
            CellStatus,
            name=names,
            role=st.sampled_from(Role),
            owner=names,
            flavor=names,
            state=st.sampled_from(CellState),
            exit_class=st.none() | st.sampled_from(ExitClass),
            exit_code=st.none() | st.integers(-1, 255),
            seconds=seconds,
            detail=file_names,
            credential=texts,
            resets_at=texts,
            usage=st.none() | usages,
        ),
        max_size=3,
    ).map(tuple),
)
events = st.builds(
    Event,
    seq=counts,
    time=texts,
    event=texts,
    data=st.dictionaries(texts, file_names | counts | seconds | st.booleans(), max_size=4),
)


def as_yaml(value: object, indent: str = "") -> str:
    """Return plain data as block YAML with every text and key in double quotes."""
    if isinstance(value, Mapping) and value:
        return "".join(
            f"\n{indent}{_quoted(str(key))}:{as_yaml(entry, indent + '  ')}"
            for key, entry in value.items()
        )
    if isinstance(value, list) and value:
        return "".join(f"\n{indent}-{as_yaml(entry, indent + '  ')}" for entry in value)
    return f" {_quoted(value)}"


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
