"""A base image of nothing but static programs from Debian packages: made in a second.

Such a base has `/bin/<program>`, busybox's applets where busybox is among them, and the few folders
and files that every cell counts on. It needs no registry, no root and mostly no network.
"""

from __future__ import annotations

import io
import stat
import struct
import tarfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from multicooker.adapters import processes
from multicooker.adapters.images.apt import Apt
from multicooker.domain.flavor import BaseImage
from multicooker.errors import BuildError

MAX_PROGRAM_BYTES = 64 * 1024**2

_PROGRAM_FOLDERS = ("bin", "sbin", "usr/bin", "usr/sbin")
_FOLDERS = {"bin": 0o755, "etc": 0o755, "opt": 0o755, "root": 0o755, "tmp": 0o1777, "usr": 0o755,
            "var": 0o755, "var/tmp": 0o1777, "work": 0o755}  # fmt: skip
_LINKS = {"sbin": "bin", "usr/bin": "../bin", "usr/sbin": "../bin"}
_FILES = {
    "etc/passwd": b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/root:/bin/sh\n",
    "etc/group": b"root:x:0:\nnogroup:x:65534:\n",
}
_SECONDS = 60.0
_PT_INTERP = 3


def make_bare(
    base: BaseImage, *, folder: str, ca_bundle: str | None, tell: Callable[[str], None]
) -> tuple[str, str]:
    """Return (archive, how it was made); BuildError says why it cannot be made here."""
    del tell  # nothing here takes long enough to be announced
    if not Apt.there():
        raise BuildError("this machine has no apt to take packages from")
    programs: dict[str, bytes] = {}
    fetched = []
    apt = Apt(folder, ca_bundle=ca_bundle)
    for package in base.debian:
        found = _installed(package)
        if not found:
            found = _downloaded(package, apt, Path(folder))
            fetched.append(package)
        if not found:
            raise BuildError(f"the package {package} holds no static program")
        programs.update(found)
    archive = Path(folder) / "base.tar"
    write_root(archive, programs, applets=_applets(programs, Path(folder)))
    names = ", ".join(base.debian)
    how = f"downloaded {', '.join(fetched)}" if fetched else "installed here"
    return str(archive), f"from the Debian package {names} ({how})"


def write_root(archive: Path, programs: Mapping[str, bytes], *, applets: Iterable[str]) -> None:
    """Write a root file system as a tar file, byte for byte the same for the same programs."""
    links = {f"bin/{applet}": "busybox" for applet in applets if applet not in programs} | _LINKS
    if "sh" not in programs and "bin/sh" not in links:
        raise BuildError("the packages hold no shell, and every cell starts with /bin/sh")
    with tarfile.open(archive, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name, mode in _FOLDERS.items():
            _add(tar, name, kind=tarfile.DIRTYPE, mode=mode)
        for name, data in sorted(programs.items()):
            _add(tar, f"bin/{name}", mode=0o755, data=data)
        for name, target in sorted(links.items()):
            _add(tar, name, kind=tarfile.SYMTYPE, target=target)
        for name, data in _FILES.items():
            _add(tar, name, mode=0o644, data=data)


def _add(
    tar: tarfile.TarFile,
    name: str,
    *,
    kind: bytes = tarfile.REGTYPE,
    mode: int = 0o777,
    data: bytes = b"",
    target: str = "",
) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.size, entry.linkname = kind, mode, len(data), target
    tar.addfile(entry, io.BytesIO(data))


def _installed(package: str) -> dict[str, bytes]:
    """Return the static programs of a package that is installed on this machine."""
    ran = processes.run(["dpkg-query", "--listfiles", "--", package], timeout=_SECONDS)
    if not ran.ok:
        return {}
    below = {f"/{folder}" for folder in _PROGRAM_FOLDERS}
    paths = [Path(line) for line in ran.output.splitlines()]
    return _static_programs(path for path in paths if str(path.parent) in below)


def _downloaded(package: str, apt: Apt, folder: Path) -> dict[str, bytes]:
    """Return the static programs of a package that is not."""
    root = folder / "unpacked" / package
    root.mkdir(parents=True)
    deb = apt.download(package)
    ran = processes.run(["dpkg-deb", "--extract", str(deb), str(root)], timeout=_SECONDS)
    if not ran.ok:
        raise BuildError(f"{deb.name} could not be unpacked: {ran.why}")
    return _static_programs(
        path for name in _PROGRAM_FOLDERS for path in sorted((root / name).glob("*"))
    )


def _static_programs(paths: Iterable[Path]) -> dict[str, bytes]:
    programs = {}
    for path in paths:
        try:
            found = path.lstat()
        except OSError:  # listed by the package, removed by the administrator
            continue
        if not stat.S_ISREG(found.st_mode) or not 0 < found.st_size <= MAX_PROGRAM_BYTES:
            continue
        data = path.read_bytes()
        if is_static_program(data):
            programs[path.name] = data
    return programs


def is_static_program(data: bytes) -> bool:
    """Return True for an ELF executable that asks for no dynamic loader."""
    if data[:4] != b"\x7fELF" or len(data) < 64 or data[4] not in {1, 2}:  # noqa: PLR2004  # ELF
        return False
    order = "<" if data[5] == 1 else ">"
    wide = data[4] == 2  # noqa: PLR2004  # 64 bits
    (start,) = struct.unpack_from(f"{order}{'Q' if wide else 'I'}", data, 32 if wide else 28)
    size, count = struct.unpack_from(f"{order}HH", data, 54 if wide else 42)
    for number in range(count):
        at = start + number * size
        if at + 4 > len(data):
            return False
        (kind,) = struct.unpack_from(f"{order}I", data, at)
        if kind == _PT_INTERP:
            return False
    return bool(count)


def _applets(programs: Mapping[str, bytes], folder: Path) -> tuple[str, ...]:
    """Return the names that busybox answers to, asked of the very binary that goes in."""
    if "busybox" not in programs:
        return ()
    program = folder / "busybox"
    program.write_bytes(programs["busybox"])
    program.chmod(0o700)
    ran = processes.run([str(program), "--list"], timeout=_SECONDS)
    names = ran.output.split()
    if not ran.ok or not names:
        raise BuildError(f"busybox does not run on this machine: {ran.why}")
    return tuple(name for name in names if "/" not in name and name != "busybox")
