"""What image builds take over from the user's own downloads."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from multicooker.adapters.docker.secrets import build_secrets
from multicooker.adapters.images.downloads import own_downloads
from multicooker.errors import BuildError
from multicooker.ports import BuildRequest, Downloads

# ---- found in the environment --------------------------------------------------------------


def file(path: Path, text: str = "x") -> str:
    path.write_text(text)
    return str(path)


def test_a_machine_without_any_settings_has_none(tmp_path: Path) -> None:
    assert own_downloads({}) == Downloads()
    assert own_downloads({"HOME": str(tmp_path)}) == Downloads()


@pytest.mark.parametrize("name", ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"])
def test_authorities_come_from_the_variable_that_names_them(name: str, tmp_path: Path) -> None:
    bundle = file(tmp_path / "ca.pem")
    assert own_downloads({name: bundle}) == Downloads(ca_bundle=bundle, ca_origin=name)


def test_npms_own_variable_goes_before_the_general_one(tmp_path: Path) -> None:
    npms, general = file(tmp_path / "npm.pem"), file(tmp_path / "all.pem")
    found = own_downloads({"SSL_CERT_FILE": general, "NODE_EXTRA_CA_CERTS": npms})
    assert found.ca_bundle == npms


@pytest.mark.parametrize("value", ["", "/nowhere/ca.pem", "/", "\udcff", "x" * 5000, "a\0b"])
def test_a_variable_that_names_no_file_is_passed_over(value: str, tmp_path: Path) -> None:
    general = file(tmp_path / "all.pem")
    found = own_downloads({"NODE_EXTRA_CA_CERTS": value, "SSL_CERT_FILE": general})
    assert found == Downloads(ca_bundle=general, ca_origin="SSL_CERT_FILE")


def test_npms_settings_are_the_home_folders_or_those_npm_is_told(tmp_path: Path) -> None:
    own, other = file(tmp_path / ".npmrc"), file(tmp_path / "other")
    assert own_downloads({"HOME": str(tmp_path)}).npmrc == own
    told = {"HOME": str(tmp_path), "npm_config_userconfig": other}
    assert own_downloads(told).npmrc == other
    assert own_downloads({**told, "npm_config_userconfig": "/nowhere"}).npmrc is None


def test_a_path_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert own_downloads({"SSL_CERT_FILE": "ca.pem"}).ca_bundle is None
    bundle = file(tmp_path / "ca.pem")
    assert own_downloads({"SSL_CERT_FILE": "ca.pem"}).ca_bundle == bundle


# ---- passed into a build --------------------------------------------------------------------


def secrets(
    tmp_path: Path,
    *,
    ca_bundle: str | None = None,
    npmrc: str | None = None,
    environ: dict[str, str] | None = None,
) -> dict[str, Path]:
    request = BuildRequest(
        tag="x:1", folder="/x", base="b:1", labels={}, ca_bundle=ca_bundle, npmrc=npmrc
    )
    folder = tmp_path / "private"
    folder.mkdir(mode=0o700)
    return build_secrets(request, folder=folder, environ=environ or {})


def test_a_build_without_secrets_gets_none(tmp_path: Path) -> None:
    assert secrets(tmp_path) == {}


def test_files_are_passed_as_they_are(tmp_path: Path) -> None:
    bundle, npmrc = file(tmp_path / "ca.pem"), file(tmp_path / ".npmrc", "fund=false\n")
    found = secrets(tmp_path, ca_bundle=bundle, npmrc=npmrc)
    assert found == {"ca_bundle": Path(bundle), "npmrc": Path(npmrc)}


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    file(tmp_path / "ca.pem")
    assert secrets(tmp_path, ca_bundle="~/ca.pem") == {"ca_bundle": tmp_path / "ca.pem"}


def test_variables_that_npm_would_fill_in_are_filled_in_a_private_copy(tmp_path: Path) -> None:
    text = "//a.example/:_authToken=${TOKEN}\nx=\\${TOKEN}\ny=${OTHER}\n"
    npmrc = file(tmp_path / ".npmrc", text)
    copy = secrets(tmp_path, npmrc=npmrc, environ={"TOKEN": "abc=="})["npmrc"]
    assert copy.read_text() == "//a.example/:_authToken=abc==\nx=\\${TOKEN}\ny=${OTHER}\n"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert Path(npmrc).read_text() == text


def test_what_cannot_be_read_is_told_before_anything_is_built(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"the ca_bundle /nowhere/ca\.pem cannot be read") as told:
        secrets(tmp_path, ca_bundle="/nowhere/ca.pem")
    assert "cook.yaml: ca_bundle" in told.value.hint


def test_settings_of_npm_that_are_gone_are_told_too(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"npm settings file /nowhere/\.npmrc cannot be read"):
        secrets(tmp_path, npmrc="/nowhere/.npmrc")
