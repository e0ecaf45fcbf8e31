"""What a stand-in's model does: turns and faults in a vocabulary that knows no provider.

A scenario is a list of talks; a conversation plays the first talk that fits it. As YAML
(`scenario_file.load_scenario`):

    talks:
      - when: /work/submissions      # a regular expression, searched in all prompts; absent: any
        provider: anthropic          # anthropic, openai or google; absent: any
        model: opus                  # a regular expression, searched in the model; absent: any
        turns:
          - ballot: {base: 5, likes: {"<h2>": 2}}
      - turns:
          - say: I look around first.
            run: ls -la
          - fault: {status: 529, times: 2}
          - write: {path: index.html, content: "<h1>Bakery</h1>"}
          - say: Done.
            delay: 0.2

A turn is one answer of the model: what it says, and at most one tool call (`run`, `write`). When
the turns are used up, the model says `Done.` A `fault` befalls the requests for the turn after it:
`times` of them in each conversation, or all where `times` is absent. `ballot` reads the submissions
and scores them; it comes last. Each provider's dialect puts this into its own words: `run` is the
tool Bash, exec_command or run_shell_command, and so on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Provider(StrEnum):
    """Whose interface a request came in by."""

    ANTHROPIC = "anthropic"
    OPENAI = "openai"
    GOOGLE = "google"


class FaultKind(StrEnum):
    """What goes wrong; each provider has its own shape for it."""

    STATUS = "status"
    """A plain HTTP error with the fault's status."""
    USAGE_LIMIT = "usage_limit"
    """The subscription's own limit is reached; it resets after `resets_in` seconds."""
    MALFORMED = "malformed"
    """The answer holds something that is no JSON, then ends as HTTP wants it."""
    CUT = "cut"
    """The connection is reset in mid-answer."""
    HANG = "hang"
    """The request is taken and never answered, until the client leaves or the stand-in stops."""
    REFUSAL = "refusal"
    """The model declines, in the way the provider's interface says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One answer of the model.

    `run` is a shell command, `write` a path (relative to where the CLI works) and a content.
    `delay` is the pause in seconds before each piece of the answer.
    """

    say: str = ""
    run: str = ""
    write: tuple[str, str] | None = None
    delay: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that goes wrong instead of an answer.

    `status` counts for `kind: status` alone; `times` None means always; `resets_in` is in seconds
    (Anthropic: above five hours it is the weekly limit); `message` replaces the provider's usual
    words.
    """

    kind: FaultKind = FaultKind.STATUS
    status: int = 500
    times: int | None = None
    resets_in: int = 3600
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """A judge's whole conduct: read every submission, then score it with quotes from what was read.

    A score is `base` plus, for each regular expression in `likes` that is found in the submission,
    its points; it is kept between the bounds the prompt names. `tastes` are likes that count in one
    dimension alone, by its name. The first `misquotes` conversations
    with the same provider, model and prompt end in quotes of words that stand nowhere, so that a
    judge's repair turn can be seen to work.
    """

    base: int = 5
    likes: Mapping[str, int] = field(default_factory=dict)
    tastes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    misquotes: int = 0


Act = Turn | Fault | Ballot


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What happens in the conversations that fit all of `when`, `provider` and `model`."""

    turns: tuple[Act, ...]
    when: str = ""
    provider: Provider | None = None
    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Talks, tried in order."""

    talks: tuple[Talk, ...]

    @staticmethod
    def of(*turns: Act) -> Scenario:
        """Return the scenario of one talk for everybody."""
        return Scenario(talks=(Talk(turns=turns),))


JUDGING = r"/work/submissions\b"
"""Stands in the prompt of every judge and of no participant."""

JUDGES = Talk(when=JUDGING, turns=(Ballot(),))
"""Judges who find everything equally good."""

DEFAULT = Scenario(
    talks=(
        JUDGES,
        Talk(turns=(Turn(write=("index.html", "<h1>Bakery</h1>\n")), Turn(say="Done."))),
    )
)
"""Participants write a page, judges score what they find."""
