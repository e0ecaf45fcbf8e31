"""What was said in a sandbox → Markdown in the inbox, one file per conversation.

The session files are the CLI's, in a folder that the sandbox writes to: what is read there is a
stranger's. What is exported already is kept on the desk, so that a note its owner moved or threw
away does not come back; only one that grew is written again.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

from multicooker.app.kitchen import Kitchen
from multicooker.app.sandbox.visiting import SESSIONS
from multicooker.domain.display import display_line
from multicooker.domain.flavor import Flavor
from multicooker.domain.mask import Mask
from multicooker.domain.outcome import FileEntry
from multicooker.domain.reading import Conversation
from multicooker.domain.sandbox import Exported, Place
from multicooker.errors import BadInputError, MulticookerError
from multicooker.pipeline import load
from multicooker.pipeline.collect.scrub import scrubbed
from multicooker.pipeline.collect.transcript import to_markdown
from multicooker.ports import Dialect, Inbox, Workspace

STATE = "exported.json"
_MOST_STATE = 64 * 1024**2
_MOST_SESSION = 64 * 1024**2
_MOST_NAME = 80
_KEPT = (".jsonl", ".json")


@dataclass(slots=True, kw_only=True)
class Exporter:
    """Exports one sandbox's conversations whenever it is asked to; never raises."""

    kitchen: Kitchen
    place: Place
    flavor: Flavor
    desk: Workspace
    inbox: Inbox
    owner: str
    """`uid:gid` of the notes, where root invokes."""
    mask: Mask = field(default_factory=Mask)
    problem: str = ""
    """Why the last time did not work, in one line."""
    _names: set[str] = field(default_factory=set)

    @property
    def count(self) -> int:
        """Return how many notes were written so far."""
        return len(self._names)

    def run(self) -> None:
        """Write the conversations that are new or longer."""
        dialect = self.kitchen.dialects.named(self.flavor.dialect) if self.flavor.dialect else None
        if dialect is None or not self.desk.exists(SESSIONS):
            return
        try:
            self._export(dialect)
        except MulticookerError as error:
            self.problem = display_line(error.message, 200)
        except Exception as error:  # noqa: BLE001  # a stranger's files in a thread beside the work
            self.problem = f"{type(error).__name__} while reading the session files"
        else:
            self.problem = ""

    def _export(self, dialect: Dialect) -> None:
        known = dict(self._exported().sessions)
        changed = {}
        for file in self._files():
            key = hashlib.sha256(file.path.encode("utf-8", "surrogateescape")).hexdigest()
            if known.get(key) != file.sha256:
                changed[file.path] = self._read(file)
                known[key] = file.sha256
        if not changed:
            return
        for conversation in dialect.conversations(changed):
            if conversation.said:
                self._write(conversation)
        self.desk.write(STATE, load.to_json(Exported(sessions=known)))

    def _exported(self) -> Exported:
        if not self.desk.exists(STATE):
            return Exported()
        place = f"{self.desk.folder}/{STATE}"
        return load.exported(self.desk.read_text(STATE, limit=_MOST_STATE), place=place)

    def _files(self) -> list[FileEntry]:
        found = self.desk.survey(SESSIONS)
        if found.refused:
            raise BadInputError(f"{SESSIONS}: {found.refused}")
        return [
            file for file in found.files if file.path.endswith(_KEPT) and file.size <= _MOST_SESSION
        ]

    def _read(self, file: FileEntry) -> bytes:
        data = self.desk.read_bytes(f"{SESSIONS}/{file.path}", limit=2 * _MOST_SESSION)
        return scrubbed(data, self.mask)

    def _write(self, conversation: Conversation) -> None:
        facts = {
            "project": self.place.project,
            "folder": self.place.folder,
            "flavor": self.place.flavor,
        }
        name = note_name(conversation)
        text = self.mask.text(to_markdown(conversation, facts))
        self.inbox.write(name, text.encode("utf-8", "backslashreplace"), owner=self.owner)
        self._names.add(name)


def note_name(conversation: Conversation) -> str:
    """Return `<date>-<id>.md`, whatever the conversation calls itself."""
    found = re.match(r"\d{4}-\d{2}-\d{2}", conversation.started, re.ASCII)
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", conversation.id).strip("-")
    if not plain or plain != conversation.id or len(plain) > _MOST_NAME:
        digest = hashlib.sha256(conversation.id.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        plain = f"{plain[:60] or 'conversation'}-{digest}"
    return f"{found[0] if found else 'undated'}-{plain}.md"
