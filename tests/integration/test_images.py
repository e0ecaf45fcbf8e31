"""The images of the real CLIs, built as README and multicooker build them, on the real engine.

What these tests make stays on the engine: they take a minute on a fresh one and seconds after that.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from multicooker.adapters.docker import DockerEngine
from multicooker.adapters.images.bases import Bases
from multicooker.adapters.images.downloads import own_downloads
from multicooker.domain.flavor import BaseImage
from multicooker.errors import BuildError
from multicooker.ports import BuildRequest

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parents[2]
PARTICIPANTS = ROOT / "templates/cook/participants"
FLAVORS = ("claude", "codex", "gemini")
CANARY = f"canary-{uuid4().hex}"
HARDENED = (
    *("--network=none", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"),
    *("--user=501:20", "--env=HOME=/root", "--tmpfs=/root:uid=501,gid=20,mode=700", "--tmpfs=/tmp"),
)
_CHUNK = 1024**2


def run(*argv: str) -> subprocess.CompletedProcess[str]:
    """Run a docker command where README says to run it."""
    return subprocess.run(
        ["docker", *argv], check=False, capture_output=True, text=True, timeout=570, cwd=ROOT
    )


def docker(*argv: str) -> str:
    ran = run(*argv)
    assert ran.returncode == 0, ran.stderr[-2000:]
    return ran.stdout.strip()


def dockerfile(flavor: str) -> str:
    return (PARTICIPANTS / flavor / "Dockerfile.base").read_text(encoding="utf-8")


def declared(pattern: str, flavor: str) -> str:
    found = re.search(pattern, dockerfile(flavor), re.MULTILINE)
    assert found is not None
    return found[1]


def version(flavor: str) -> str:
    return declared(r"^ARG VERSION=(.+)$", flavor)


def image_of(flavor: str) -> str:
    return f"mc-{flavor}-base"


@pytest.fixture(scope="module")
def base() -> str:
    """Return the base of all three, which goes by its declared name from then on."""
    wanted = BaseImage(
        name=declared(r"^ARG BASE=(.+)$", "claude"),
        debian=tuple(declared(r'tools="(.+)"', "claude").split()),
    )
    bundle = own_downloads(os.environ).ca_bundle
    return Bases().ensure(wanted, engine=DockerEngine(), ca_bundle=bundle, tell=print)


@pytest.fixture(scope="module")
def images(base: str) -> tuple[str, ...]:
    """Return the three images, each built by the one command that README tells."""
    del base
    for flavor in FLAVORS:
        place = f"templates/cook/participants/{flavor}/Dockerfile.base"
        docker("build", "-t", image_of(flavor), "-f", place, ".")
    return tuple(image_of(flavor) for flavor in FLAVORS)


def layers(image: str) -> list[str]:
    found: list[str] = json.loads(
        docker("image", "inspect", "-f", "{{json .RootFS.Layers}}", image)
    )
    return found


def size(image: str) -> int:
    return int(docker("image", "inspect", "-f", "{{.Size}}", image))


def programs(image: str, *names: str) -> list[str]:
    looking = f"for name in {' '.join(names)}; do command -v $name || :; done"
    return docker("run", "--rm", *HARDENED, image, "sh", "-c", looking).split()


# ---- built by hand ---------------------------------------------------------------------------


@pytest.mark.parametrize("flavor", FLAVORS)
def test_the_plain_docker_command_makes_an_image_with_the_pinned_cli(
    flavor: str, images: tuple[str, ...]
) -> None:
    del images
    said = docker("run", "--rm", image_of(flavor), flavor, "--version")
    assert version(flavor) in said.split()


@pytest.mark.parametrize("flavor", FLAVORS)
def test_the_cli_runs_as_a_user_that_the_image_does_not_know(
    flavor: str, images: tuple[str, ...]
) -> None:
    del images
    said = docker("run", "--rm", *HARDENED, image_of(flavor), flavor, "--version")
    assert version(flavor) in said.split()


@pytest.mark.parametrize("flavor", FLAVORS)
def test_an_image_has_the_tools_that_agents_reach_for(flavor: str, images: tuple[str, ...]) -> None:
    del images
    names = ("curl", "git", "jq", "less", "ps", "python3", "rg", "bash")
    assert len(programs(image_of(flavor), *names)) == len(names)


def test_an_image_tells_which_cli_it_holds(images: tuple[str, ...]) -> None:
    labels = [
        docker("image", "inspect", "-f", '{{index .Config.Labels "dev.multicooker.cli"}}', image)
        for image in images
    ]
    assert labels == [
        f"@anthropic-ai/claude-code@{version('claude')}",
        f"@openai/codex@{version('codex')}",
        f"@google/gemini-cli@{version('gemini')}",
    ]


def test_the_images_share_all_but_their_clis(images: tuple[str, ...]) -> None:
    claude, codex, gemini = (layers(image) for image in images)
    assert claude[:-1] == codex[:-1] == gemini[: len(claude) - 1]
    assert len(gemini) == len(claude) + 1  # node


def test_claude_is_one_binary_without_node_in_a_small_image(images: tuple[str, ...]) -> None:
    assert size(images[0]) <= 650_000_000
    assert programs(images[0], "claude", "node", "npm") == ["/usr/local/bin/claude"]


def test_codex_brings_all_it_needs_without_node(images: tuple[str, ...]) -> None:
    assert size(images[1]) <= 650_000_000
    assert programs(images[1], "codex", "node", "npm") == ["/usr/local/bin/codex"]
    looked = run("run", "--rm", *HARDENED, images[1], "codex", "doctor").stdout  # 1: not logged in
    assert "file exists (bundled, `/opt/codex/codex-path/rg`)" in looked


def test_gemini_has_node_without_npm(images: tuple[str, ...]) -> None:
    assert size(images[2]) <= 450_000_000
    assert programs(images[2], "gemini", "node", "npm") == [
        "/usr/local/bin/gemini",
        "/usr/bin/node",
    ]


@pytest.mark.parametrize("flavor", FLAVORS)
def test_no_cache_and_no_package_list_is_left_in_an_image(
    flavor: str, images: tuple[str, ...]
) -> None:
    del images
    looking = "find /root /tmp /var/lib/apt/lists /var/cache/apt /cli -type f -size +0 2>/dev/null"
    found = docker("run", "--rm", image_of(flavor), "sh", "-c", f"{looking} || :")
    assert [path for path in found.split() if not path.startswith("/root/.")] == []


# ---- built by multicooker --------------------------------------------------------------------


@pytest.fixture(scope="module")
def untried(base: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return a base that no build has seen, so that none of its steps comes from a cache."""
    folder = tmp_path_factory.mktemp("untried")
    name = f"mc-test-untried-{uuid4().hex[:12]}:1"
    text = f"ARG BASE\nFROM ${{BASE}}\nLABEL dev.multicooker.test={uuid4().hex}\n"
    (folder / "Dockerfile.base").write_text(text)
    DockerEngine().build(BuildRequest(tag=name, folder=str(folder), base=base, labels={}))
    yield name
    DockerEngine().remove_images([name])


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Return (bundle, settings of npm): this machine's own, each with a canary in it."""
    folder = tmp_path_factory.mktemp("settings")
    own = own_downloads(os.environ).ca_bundle
    bundle, npmrc = folder / "ca.pem", folder / "npmrc"
    bundle.write_text(f"# {CANARY}\n{Path(own).read_text() if own else ''}")
    npmrc.write_text(f"fund=false\n//registry.example/:_authToken={CANARY}\n")
    return str(bundle), str(npmrc)


def holds_canary(*argv: str) -> bool:
    """Look for the canary in what a docker command writes, however much that is."""
    wanted, kept = CANARY.encode(), b""
    with subprocess.Popen(["docker", *argv], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while chunk := process.stdout.read(_CHUNK):
            if wanted in kept + chunk:
                process.kill()
                return True
            kept = chunk[-len(wanted) :]
    assert process.returncode == 0
    return False


def request(flavor: str, base: str, settings: tuple[str, str], **more: str) -> BuildRequest:
    return BuildRequest(
        tag=f"mc-test-image-{flavor}:1",
        folder=str(PARTICIPANTS / flavor),
        base=base,
        labels={},
        args=more,
        ca_bundle=settings[0],
        npmrc=settings[1],
    )


@pytest.mark.parametrize("flavor", FLAVORS)
def test_no_layer_and_no_history_holds_a_secret_of_the_build(
    flavor: str, untried: str, settings: tuple[str, str]
) -> None:
    wanted = request(flavor, untried, settings)
    try:
        DockerEngine().build(wanted)
        assert not holds_canary("save", wanted.tag)
        assert not holds_canary("history", "--no-trunc", wanted.tag)
        # The layers of the stages before stay in the engine's build cache.
        docker("build", "-q", "-t", wanted.tag, "--target=cli", f"--build-arg=BASE={untried}",
               "-f", f"{wanted.folder}/Dockerfile.base", ".")  # fmt: skip
        assert not holds_canary("save", wanted.tag)
    finally:
        DockerEngine().remove_images([wanted.tag])


def test_a_canary_in_a_layer_would_be_found(tmp_path: Path, base: str) -> None:
    tag = "mc-test-image-canary:1"
    text = f"ARG BASE\nFROM ${{BASE}}\nRUN echo {CANARY} >/x\nRUN rm /x\n"
    (tmp_path / "Dockerfile.base").write_text(text)
    try:
        DockerEngine().build(BuildRequest(tag=tag, folder=str(tmp_path), base=base, labels={}))
        assert holds_canary("save", tag)
        assert holds_canary("history", "--no-trunc", tag)
    finally:
        DockerEngine().remove_images([tag])


def test_another_version_is_installed_when_a_cook_names_it(
    untried: str, settings: tuple[str, str]
) -> None:
    wanted = request("gemini", untried, settings, VERSION="0.60.0")
    try:
        DockerEngine().build(wanted)
        assert docker("run", "--rm", wanted.tag, "gemini", "--version") == "0.60.0"
    finally:
        DockerEngine().remove_images([wanted.tag])


def test_npm_downloads_as_the_users_own_settings_say(
    untried: str, settings: tuple[str, str], tmp_path: Path
) -> None:
    npmrc = tmp_path / "npmrc"
    npmrc.write_text("registry=http://127.0.0.1:9/mirror/\nfetch-retries=0\n")
    wanted = request("gemini", untried, (settings[0], str(npmrc)), VERSION="0.0.1")
    with pytest.raises(BuildError, match=r"127\.0\.0\.1:9"):
        DockerEngine().build(wanted)
