"""An inner network of the engine: this machine is on it, the internet is not."""

from __future__ import annotations

import ipaddress
import random
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

PORT = 443
_ADDRESSES = ipaddress.IPv4Network("198.18.0.0/15")
"""For tests alone (RFC 2544). From its own the engine would make networks for thirty cells."""
_BLOCK, _SHARED, _OWN = 22, 25, 29
"""Prefixes of a stage's block, of the network of all in there, of the networks of single cells."""
_TRIES = 20
_CREATE = ("network", "create", "--internal", "--label=dev.multicooker.stage=")


class StageError(RuntimeError):
    """The stage cannot be set up on this machine; its text says why and what helps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InnerNetwork:
    """A network of the engine's, at the beginning of a block of addresses that is all its own."""

    name: str
    block: ipaddress.IPv4Network

    @property
    def host(self) -> str:
        """The address of this machine."""
        return str(self.block[1])

    @property
    def subnets(self) -> tuple[str, ...]:
        """What is left of the block, for networks of single cells."""
        shared = _shared(self.block)
        rest = (each for each in self.block.subnets(new_prefix=_OWN) if not each.overlaps(shared))
        return tuple(str(each) for each in rest)


def docker(*argv: str) -> str:
    """Return what a docker command prints; StageError where it fails."""
    ran = subprocess.run(("docker", *argv), capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise StageError(f"docker {argv[0]} {argv[1]}: {ran.stderr.strip()}")
    return ran.stdout.strip()


@contextmanager
def inner_network() -> Iterator[InnerNetwork]:
    """Make a network, and remove it in the end."""
    name = f"mc-stage-{uuid4().hex[:8]}"
    block = _made(name)
    try:
        yield InnerNetwork(name=name, block=block)
    finally:
        docker("network", "rm", name)


def _made(name: str) -> ipaddress.IPv4Network:
    """Make the network where no other stage has its own, and return the block."""
    blocks = list(_ADDRESSES.subnets(new_prefix=_BLOCK))
    random.shuffle(blocks)
    for block in blocks[:_TRIES]:
        try:
            docker(*_CREATE, f"--subnet={_shared(block)}", f"--gateway={block[1]}", name)
        except StageError as error:
            if "overlaps" not in str(error):
                raise
        else:
            return block
    raise StageError(f"other networks have all of {_ADDRESSES}")


def _shared(block: ipaddress.IPv4Network) -> ipaddress.IPv4Network:
    return next(block.subnets(new_prefix=_SHARED))


@contextmanager
def relay(network: InnerNetwork, port: int, *, image: str) -> Iterator[str]:
    """Pass on port 443 of an address on the network to a port of this machine; yield the address.

    For users who may not listen on port 443 themselves. `image` has busybox's nc.
    """
    address, name = str(network.block[2]), f"{network.name}-relay"
    docker(
        *("run", "--detach", "--rm", "--init", f"--name={name}"),
        *(f"--network={network.name}", f"--ip={address}", image),
        *("nc", "-ll", "-p", str(PORT), "-e", "nc", network.host, str(port)),
    )
    try:
        yield address
    finally:
        docker("rm", "--force", name)
