"""Runs the demo flavor's own scripts on this machine: plain `sh` and awk, no container."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

from multicooker.adapters.folder.files import as_text
from multicooker.domain.ballot import Ballot, BallotRejected, Seal, Submission
from multicooker.domain.cook import CookSpec, Dimension, Rubric
from multicooker.domain.outcome import FileEntry
from multicooker.errors import BadInputError
from multicooker.pipeline import load
from multicooker.pipeline.judge import ballot_schema, read_ballot
from multicooker.pipeline.judge.evidence import TextOf
from multicooker.pipeline.plan import default_spec
from multicooker.pipeline.render import judge_inputs
from tests.known_flavors import KNOWN

REPO = Path(__file__).parents[3]
TEMPLATES = REPO / "templates"
DEMO = TEMPLATES / "cook" / "participants" / "demo"
LANDING = REPO / "cooks" / "landing"
STYLES = ("careful", "quick", "flashy")
MAX_QUOTED = 1024**2
RUBRIC = Rubric(
    dimensions=(
        Dimension(name="completeness", means="Everything is there.", anchors={"10": "All."}),
        Dimension(name="zest", means="## not a heading\n- 3: and no anchor"),
    )
)


def template(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def landing_spec() -> CookSpec:
    text = (LANDING / "cook.yaml").read_text(encoding="utf-8")
    return load.cook_spec(text, place="cook.yaml", defaults=default_spec(KNOWN, {}))


def run(script: str, *args: str, tmp: Path) -> str:
    """Run one of the demo's scripts and return its log; CalledProcessError where it fails."""
    done = subprocess.run(
        ["sh", str(DEMO / script), *args],
        env={"PATH": os.environ["PATH"], "TMPDIR": str(tmp)},
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == b""
    return done.stdout.decode()


def cook(style: str, out: Path, *, brief: Path = LANDING / "BRIEF.md", raw: Path) -> str:
    """Make a page into `out`, which is created, and return the log."""
    out.mkdir(parents=True)
    return run("participant.sh", style, str(brief), str(raw), str(out), tmp=out.parent)


def pages(work: Path) -> Path:
    """Make the three styles of the example brief as submissions A, B and C; return `work`."""
    for label, style in zip("ABC", STYLES, strict=True):
        cook(style, work / "submissions" / label, raw=LANDING / "raw")
    return work


def judge(
    model: str, work: Path, *, rubric: Rubric = RUBRIC
) -> tuple[Ballot | BallotRejected, str]:
    """Judge `work/submissions` and read the ballot the way multicooker does; also the log."""
    write_inputs(work, rubric)
    if not (work / "BRIEF.md").exists():
        (work / "BRIEF.md").write_bytes((LANDING / "BRIEF.md").read_bytes())
        (work / "raw").symlink_to(LANDING / "raw")
    log = run("judge.sh", model, str(work), str(work), tmp=work)
    return read(work, work / "ballot.json", rubric=rubric), log


def write_inputs(work: Path, rubric: Rubric) -> None:
    """Write what a judge finds in `/work/in` into `work/in`."""
    labels = tuple(sorted(path.name for path in (work / "submissions").iterdir()))
    spec = CookSpec(participants=landing_spec().participants, judges=(), rubric=rubric)
    inputs = judge_inputs(
        spec,
        labels=labels,
        judge_brief="",
        ballot_schema=ballot_schema(labels, rubric),
        answers_in_message=False,
        template=template,
    )
    (work / "in").mkdir(exist_ok=True)
    for name, text in inputs.items():
        (work / "in" / name).write_text(text, encoding="utf-8")


def read(work: Path, ballot: Path, *, rubric: Rubric) -> Ballot | BallotRejected:
    """Read a ballot the way multicooker does: against the rubric and the very submissions."""
    seal = _seal(work / "submissions")
    labels = tuple(submission.label for submission in seal.submissions)
    text_of = _text_of(work)
    return read_ballot(
        ballot.read_bytes(), labels=labels, rubric=rubric, seal=seal, text_of=text_of
    )


def submit(work: Path, label: str, files: Mapping[str | bytes, str | bytes]) -> None:
    """Write a submission; names and contents may be any bytes."""
    top = os.fsencode(work / "submissions" / label)
    os.makedirs(top, exist_ok=True)  # noqa: PTH103  # names of bytes, which Path refuses
    for name, content in files.items():
        path = os.path.join(top, os.fsencode(name))  # noqa: PTH118  # as above
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120  # as above
        with open(path, "wb") as stream:  # noqa: PTH123  # as above
            stream.write(content.encode() if isinstance(content, str) else content)


def _seal(submissions: Path) -> Seal:
    return Seal(
        round=1,
        made="2026-01-01T00:00:00Z",
        submissions=tuple(
            Submission(label=folder.name, files=tuple(_entries(folder)))
            for folder in sorted(submissions.iterdir())
        ),
    )


def _entries(folder: Path) -> list[FileEntry]:
    found = []
    for top, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(top, name)  # noqa: PTH118  # may hold surrogates
            with open(path, "rb") as stream:  # noqa: PTH123  # as above
                data = stream.read()
            relative = os.path.relpath(path, folder)
            digest = hashlib.sha256(data).hexdigest()
            found.append(FileEntry(path=relative, size=len(data), sha256=digest))
    return found


def _text_of(work: Path) -> TextOf:
    def text_of(label: str, path: str) -> str | None:
        with open(f"{work}/submissions/{label}/{path}", "rb") as stream:  # noqa: PTH123  # as above
            data = stream.read(MAX_QUOTED + 1)
        try:
            return as_text(path, data) if len(data) <= MAX_QUOTED else None
        except BadInputError:
            return None

    return text_of


class Page(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)

    def values(self, attribute: str) -> list[str]:
        """Return every value of an attribute, in order."""
        return [attrs[attribute] or "" for _, attrs in self.tags if attribute in attrs]
