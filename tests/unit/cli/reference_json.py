"""docs/reference/json-output.md, made from the results' types and from sample results."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import re
from collections.abc import Iterator

from multicooker.app.results import CompletionScript
from multicooker.cli import envelope
from multicooker.cli.browser import Review
from multicooker.cli.envelope import Failure
from tests.unit.cli import samples
from tests.unit.cli.reference import MADE

VERBS: dict[str, object] = {
    "overview": samples.OVERVIEW,
    "new": samples.NEW,
    "cook": samples.COOK,
    "cook --dry-run": samples.PLAN,
    "review": Review(task="landing", report=samples.REPORT, opened=False),
    "status": samples.STATUS,
    "logs": {"cell": "saffron", "line": "reading the brief"},
    "cancel": samples.CANCEL,
    "judge": samples.COOK,
    "report": samples.COOK,
    "render": samples.RENDER,
    "build": samples.BUILD,
    "doctor": samples.DOCTOR,
    "clean": samples.CLEAN,
    "auth status": samples.AUTH,
    "login": samples.LOGIN_TOKEN,
    "logout": samples.LOGOUT,
    "sandbox": samples.SANDBOXES,
    "sandbox --stop": samples.SANDBOX_STOPPED,
    "flavor list": samples.FLAVORS,
    "flavor show": samples.FLAVOR,
    "flavor new": samples.FLAVOR_NEW,
    "flavor check": samples.FLAVOR_CHECK,
    "completion": CompletionScript(  # noqa: S604  # the name of a shell, not a request for one
        shell="bash", script="_multicooker_completion() {…}"
    ),
}
"""What `data` holds, by verb."""

_WORDS = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "None": "null",
}


def json_page() -> str:
    """Return docs/reference/json-output.md."""
    return "".join([_intro(), *_verbs(), "\n## Types\n", *_types()])


def _intro() -> str:
    good = envelope.success("cancel", samples.CANCEL)
    bad = envelope.failure(
        "cook",
        Failure(code=2, kind="bad_input", message="cook.yaml: judges: is no list", hint="…"),
    )
    return f"""# JSON output

{MADE}
`--json`, before or after the command's name, prints one object on one line of stdout, ASCII only.
`logs` prints one such line per line of log. Nothing else goes to stdout, and there is no progress.

```json
{good}
{bad}
```

- `version` is 1; it grows when a key changes its meaning or goes. New keys may come at any time.
- `verb` is the command; bare `multicooker` is `overview`; it is empty where no command was found.
- `ok` tells whether there is `data` or an `error`. `doctor` and `flavor check` are `ok` when they
  could look; whether all is well is `data.healthy` and the exit code.
- `error.code` is the [exit code](exit-codes.md), `error.kind` a word to switch on.

## Verbs
"""


def _verbs() -> Iterator[str]:
    for verb, result in VERBS.items():
        if dataclasses.is_dataclass(result):
            name = type(result).__name__
            yield f"\n### {verb}\n\n`data` is of type [{name}](#{name.lower()}).\n"
        else:
            yield f"\n### {verb}\n\n`data` is `cell` and `line`, the line raw.\n"
        sample = json.loads(envelope.success(verb.split(" --")[0], result))
        yield f"\n```json\n{json.dumps(sample['data'], indent=2)}\n```\n"


def _types() -> Iterator[str]:
    seen: set[type] = set()
    queue = [type(result) for result in VERBS.values() if dataclasses.is_dataclass(result)]
    while queue:
        kind = queue.pop(0)
        if kind in seen:
            continue
        seen.add(kind)
        told = (kind.__doc__ or "").splitlines()[0]
        yield f"\n### {kind.__name__}\n\n{told}\n\n"
        yield "| key | type | what it is |\n| --- | --- | --- |\n"
        for name, annotation, meaning in _keys(kind):
            yield f"| `{name}` | {_linked(annotation, kind, queue)} | {meaning} |\n"


def _keys(kind: type) -> Iterator[tuple[str, str, str]]:
    """Yield (name, annotation, meaning) of fields and computed properties."""
    (body,) = ast.parse(inspect.getsource(kind)).body
    assert isinstance(body, ast.ClassDef)
    for at, node in enumerate(body.body):
        if isinstance(node, ast.AnnAssign) and "ClassVar" not in ast.unparse(node.annotation):
            after = body.body[at + 1] if at + 1 < len(body.body) else None
            yield ast.unparse(node.target), ast.unparse(node.annotation), _docstring(after)
        elif isinstance(node, ast.FunctionDef) and node.decorator_list and node.returns:
            yield node.name, ast.unparse(node.returns), ast.get_docstring(node) or ""


def _docstring(node: ast.stmt | None) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return " ".join(str(node.value.value).split())
    return ""


def _linked(annotation: str, kind: type, queue: list[type]) -> str:
    """Return a type in words, linked where it has a section, which is then queued."""
    told = re.sub(r"tuple\[(\w+), \.\.\.\]", r"list of \1", annotation)
    told = re.sub(r"Mapping\[str, ([\w |]+)\]", r"object of \1", told).replace("|", "or")
    for python, word in _WORDS.items():
        told = re.sub(rf"\b{python}\b", word, told)
    for name in re.findall(r"\b[A-Z]\w+", told):
        found = vars(inspect.getmodule(kind)).get(name)
        if dataclasses.is_dataclass(found) and isinstance(found, type):
            queue.append(found)
            told = told.replace(name, f"[{name}](#{name.lower()})")
        elif isinstance(found, type):
            values = ", ".join(f"`{member.value}`" for member in found)  # type: ignore[attr-defined]  # the rest are enums
            told = told.replace(name, values)
    return told
