"""A whole minimal Debian root as a base image, for machines that reach no registry.

`mmdebstrap` fills it from the mirror that this machine takes its own packages from.
"""

from __future__ import annotations

import os
import shlex
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from multicooker.adapters import processes
from multicooker.adapters.images.apt import Apt, Mirror
from multicooker.domain.flavor import BaseImage
from multicooker.errors import BuildError

PREFERRED = "trixie"
"""The Debian release that bases are made of where a mirror has it: Node 20, Python 3.13."""

_SECONDS = 900.0
_COMPONENTS = {"Debian": "main", "Ubuntu": "main universe"}
_KEYRINGS = {
    "Debian": "/usr/share/keyrings/debian-archive-keyring.gpg",
    "Ubuntu": "/usr/share/keyrings/ubuntu-archive-keyring.gpg",
}
OWN_AUTHORITIES = "/usr/local/share/ca-certificates"
"""Where an administrator of Debian or Ubuntu puts those that the distribution does not know."""
_LEFT_OUT = ("doc", "man", "info", "locale", "lintian", "groff")
_PASSED_ON = ("acquire::http", "acquire::https", "acquire::check-")
"""apt settings of the machine that its downloads depend on: proxies, dates of old mirrors."""


def bootstrap(
    base: BaseImage, *, folder: str, ca_bundle: str | None, tell: Callable[[str], None]
) -> tuple[str, str]:
    """Return (archive, how it was made); BuildError says why it cannot be made here."""
    if not Apt.there() or os.geteuid() != 0:
        raise BuildError("one can be made from packages only by root on Debian or Ubuntu")
    apt = Apt(folder, ca_bundle=ca_bundle)
    if shutil.which("mmdebstrap") is None:
        tell("installing mmdebstrap: it makes base images from this machine's packages")
        apt.install("mmdebstrap")
    tell(
        f"making a base like {base.name} from Debian packages: no registry gave it, takes a minute"
    )
    mirrors = apt.mirrors()
    failures = []
    for suite in suites(mirrors):
        lines = source_lines(suite, mirrors, offers=apt.offers)
        if not lines:
            failures.append(f"no mirror of this machine has {suite}")
            continue
        begun = time.monotonic()
        archive = Path(folder) / f"{suite}.tar"
        ran = processes.run(
            _argv(base.debian, suite, lines, archive, options=_options(apt)),
            timeout=_SECONDS,
            folder=folder,
        )
        if ran.ok:
            seconds = time.monotonic() - begun
            return str(archive), f"from {suite} packages in {seconds:.0f} s"
        archive.unlink(missing_ok=True)
        failures.append(f"{suite}: {ran.why}")
        if ran.code == processes.TIMED_OUT:  # the next would take as long
            break
    raise BuildError(f"mmdebstrap made none: {'; '.join(failures) or 'apt knows no mirror here'}")


def suites(mirrors: Iterable[Mirror]) -> tuple[str, ...]:
    """Return the releases to try, best first: Debian's preferred one, then the machine's own."""
    plain = [mirror for mirror in mirrors if mirror.codename and "-" not in mirror.codename]
    first = [PREFERRED] if any(mirror.origin == "Debian" for mirror in plain) else []
    return tuple(dict.fromkeys([*first, *(mirror.codename for mirror in plain)]))


def source_lines(
    suite: str, mirrors: Iterable[Mirror], *, offers: Callable[[str, str], bool]
) -> tuple[str, ...]:
    """Return the sources.list lines for a suite: its first mirror, and its security updates."""
    mains: list[str] = []
    securities: list[str] = []
    for mirror in dict.fromkeys(mirrors):
        security = mirror.codename.endswith("-security")
        if mirror.component != "main" or ("-" in mirror.codename and not security):
            continue
        lines, wanted = (securities, f"{suite}-security") if security else (mains, suite)
        if not lines and offers(mirror.uri, wanted):
            lines.append(_source_line(mirror, wanted))
    return (*mains, *securities) if mains else ()


def bring_authorities(folder: str) -> str:
    """Return the hook that copies a folder's authorities into the root `$1`, all in one place.

    An image's build downloads on the networks that this machine downloads on. Only that build looks
    there: no list of what the base trusts names them.
    """
    wanted = "-name '*.crt' -type f -perm -o=r"
    return (
        f'mkdir -p "$1{OWN_AUTHORITIES}" && if [ -d {shlex.quote(folder)} ]; then'
        f" find -L {shlex.quote(folder)} {wanted} -exec install -m 644 -t"
        f' "$1{OWN_AUTHORITIES}" {{}} +; fi'
    )


def _source_line(mirror: Mirror, suite: str) -> str:
    keyring = _KEYRINGS[mirror.origin]
    signed = f"[signed-by={keyring}] " if Path(keyring).is_file() else ""
    return f"deb {signed}{mirror.uri} {suite} {_COMPONENTS[mirror.origin]}"


def _options(apt: Apt) -> list[str]:
    """Return the machine's own download settings, because mmdebstrap reads none of them."""
    ran = processes.run(["apt-config", "dump", "--no-empty"], timeout=30)
    # _apt cannot enter a private folder.
    kept = ['APT::Sandbox::User "root";']
    kept += [line for line in ran.output.splitlines() if line.lower().startswith(_PASSED_ON)]
    if apt.trusted:
        kept.append(f'Acquire::https::CAInfo "{apt.trusted}";')
    return kept


def _argv(
    packages: Sequence[str], suite: str, lines: Sequence[str], archive: Path, *, options: list[str]
) -> list[str]:
    return [
        # Its own mounts: whatever becomes of it, no /proc stays mounted in a folder we remove.
        *("unshare", "--mount", "--propagation=private", "--"),
        *("env", f"TMPDIR={archive.parent}"),  # whatever it leaves is removed with our folder
        *("mmdebstrap", "--mode=root", "--variant=minbase", "--format=tar"),
        f"--include={','.join(packages)}",
        *(f"--aptopt={option}" for option in options),
        *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in _LEFT_OUT),
        "--dpkgopt=path-include=/usr/share/doc/*/copyright",
        "--dpkgopt=force-unsafe-io",
        f"--customize-hook={bring_authorities(OWN_AUTHORITIES)}",
        # The options are this machine's business (a proxy may hold a password): not in the image.
        '--customize-hook=rm -f "$1/etc/apt/apt.conf.d/99mmdebstrap"',
        suite,
        str(archive),
        *lines,
    ]
