"""The machine's own apt: packages and mirrors, without changing its lists.

No host is named here: everything comes from where the machine takes its own packages. Sources of
third parties that do not answer are none of our business: what counts is whether the package came.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from multicooker.adapters import processes
from multicooker.adapters.processes import Ran
from multicooker.errors import BuildError

_HELPER = "/usr/lib/apt/apt-helper"
_SYSTEM_CAS = "/etc/ssl/certs/ca-certificates.crt"
_SECONDS = 180.0
_PROBE_SECONDS = 30.0
_TARGET_FORMAT = "$(REPO_URI)\t$(CODENAME)\t$(COMPONENT)\t$(ORIGIN)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """One suite that the machine takes packages from, as its signed Release file tells it."""

    uri: str
    codename: str
    component: str
    origin: str


class Apt:
    """apt with its working files in a private folder, so that it serves normal users too."""

    def __init__(self, folder: str, *, ca_bundle: str | None) -> None:
        """Use `folder` (private, removed by the caller); `ca_bundle` is trusted in addition."""
        self._folder = Path(folder)
        self._refreshed = False
        self._options = [
            "-o=Acquire::Retries=1",
            "-o=Acquire::http::Timeout=20",
            "-o=Acquire::https::Timeout=20",
            "-o=Acquire::Languages=none",
            "-o=APT::Sandbox::User=root",  # _apt cannot enter a private folder
            "-o=Dpkg::Use-Pty=0",
        ]
        self.trusted = _joined_bundles(self._folder, ca_bundle)
        if self.trusted:
            self._options.append(f"-o=Acquire::https::CAInfo={self.trusted}")

    @staticmethod
    def there() -> bool:
        """Return True where this machine has Debian's tools."""
        return all(shutil.which(tool) for tool in ("apt-get", "dpkg-deb", "dpkg-query"))

    def download(self, package: str) -> Path:
        """Return a package's .deb file in the private folder; BuildError where none came."""
        into = self._folder / "debs" / package
        into.mkdir(parents=True, exist_ok=True)
        ran = self._again_with_fresh_lists(["download", "--", package], folder=str(into))
        found = sorted(into.glob("*.deb"))
        if not ran.ok or not found:
            raise BuildError(f"apt could not download {package}: {ran.why}")
        return found[0]

    def install(self, package: str) -> None:
        """Install a package on this machine; needs root."""
        argv = ["install", "--yes", "--no-install-recommends", "-o=DPkg::Lock::Timeout=120"]
        ran = self._again_with_fresh_lists([*argv, "--", package])
        if not ran.ok:
            raise BuildError(f"apt could not install {package}: {ran.why}")

    def mirrors(self) -> tuple[Mirror, ...]:
        """Return what this machine's Debian and Ubuntu sources offer, each once."""
        found = self._targets()
        if not found:  # fresh machine: what was never fetched has no origin yet
            self._refresh()
            found = self._targets()
        return found

    def offers(self, uri: str, suite: str) -> bool:
        """Return True where a mirror has a suite."""
        url = f"{uri.rstrip('/')}/dists/{suite}/InRelease"
        probe = self._folder / "probe"
        argv = [_HELPER, *self._options, "download-file", url, str(probe)]
        return processes.run(argv, timeout=_PROBE_SECONDS).ok

    def _again_with_fresh_lists(self, arguments: Sequence[str], folder: str | None = None) -> Ran:
        """Run apt-get; where it fails, once more with lists fetched into the private folder."""
        ran = self._get(arguments, folder)
        if ran.ok or self._refreshed:
            return ran
        self._refresh()
        return self._get(arguments, folder)

    def _get(self, arguments: Sequence[str], folder: str | None = None) -> Ran:
        argv = ["apt-get", *self._options, *arguments]
        return processes.run(argv, timeout=_SECONDS, folder=folder)

    def _refresh(self) -> None:
        lists, cache = self._folder / "lists", self._folder / "cache"
        (lists / "partial").mkdir(parents=True, exist_ok=True)
        (cache / "archives" / "partial").mkdir(parents=True, exist_ok=True)
        self._options += [f"-o=Dir::State::lists={lists}", f"-o=Dir::Cache={cache}"]
        self._refreshed = True
        self._get(["update"])  # a source of a third party may fail; see the module's docstring

    def _targets(self) -> tuple[Mirror, ...]:
        ran = self._get(["indextargets", "--format", _TARGET_FORMAT, "Created-By: Packages"])
        rows = [line.split("\t") for line in ran.output.splitlines()]
        found = [
            Mirror(uri=row[0], codename=row[1], component=row[2], origin=row[3])
            for row in rows
            if len(row) == len(fields(Mirror)) and row[3] in {"Debian", "Ubuntu"}
        ]
        return tuple(dict.fromkeys(found))


def _joined_bundles(folder: Path, ca_bundle: str | None) -> str:
    """Return a file with the machine's authorities and the user's; '' where the user has none.

    Joined, because apt then trusts only that file, and a company's bundle may hold only its own.
    """
    if ca_bundle is None:
        return ""
    joined = folder / "ca.pem"
    try:
        parts = [Path(ca_bundle).expanduser().read_bytes()]
        if os.path.isfile(_SYSTEM_CAS):  # noqa: PTH113  # a constant
            parts.append(Path(_SYSTEM_CAS).read_bytes())
        joined.write_bytes(b"\n".join(parts))
    except OSError as error:
        raise BuildError(
            f"the ca_bundle {ca_bundle} cannot be read: {error.strerror}",
            hint="cook.yaml: ca_bundle: name a PEM file on this machine",
        ) from error
    return str(joined)
