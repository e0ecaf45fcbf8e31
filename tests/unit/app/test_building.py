"""What an image is built with."""

from __future__ import annotations

from dataclasses import replace

from multicooker.app.building import ensure_images
from multicooker.app.results import BuiltImage
from multicooker.domain.flavor import KnownFlavor
from multicooker.ports import BuildRequest, Downloads
from tests.fakes.kitchen import FakeKitchen
from tests.known_flavors import ACME, DEMO

OWN = Downloads(ca_bundle="/etc/own.pem", ca_origin="SSL_CERT_FILE", npmrc="/home/me/.npmrc")
NOTHING = Downloads()


def built_in(known: KnownFlavor) -> KnownFlavor:
    """Return a flavor as if it came with multicooker."""
    return replace(known, folder=f"/templates/cook/participants/{known.flavor.name}")


def build(
    known: KnownFlavor, *, downloads: Downloads = NOTHING, ca_bundle: str | None = None
) -> tuple[BuildRequest, BuiltImage]:
    fake = FakeKitchen()
    kitchen = replace(fake.kitchen, downloads=downloads)
    (image,) = ensure_images(kitchen, [known], ca_bundle=ca_bundle, rebuild=False)
    (request,) = fake.engine.builds
    return request, image


def test_the_version_of_the_cli_is_a_build_argument() -> None:
    assert build(ACME)[0].args == {"VERSION": "1.2.3"}
    assert build(ACME.at("1.3.0"))[0].args == {"VERSION": "1.3.0"}


def test_a_flavor_without_a_version_is_built_without_one() -> None:
    assert build(DEMO)[0].args == {}


def test_another_version_is_another_image() -> None:
    assert build(ACME)[0].tag != build(ACME.at("1.3.0"))[0].tag


def test_downloads_trust_what_the_users_own_do_and_that_is_told() -> None:
    request, image = build(ACME, downloads=OWN)
    assert request.ca_bundle == "/etc/own.pem"
    assert image.how[0] == "downloads trust /etc/own.pem, too: SSL_CERT_FILE names it"


def test_what_the_cook_says_of_authorities_goes_before_the_environment() -> None:
    request, image = build(ACME, downloads=OWN, ca_bundle="/cook/ca.pem")
    assert request.ca_bundle == "/cook/ca.pem"
    assert not any("trust" in line for line in image.how)


def test_npms_settings_reach_the_flavors_that_come_with_multicooker() -> None:
    request, image = build(built_in(ACME), downloads=OWN)
    assert request.npmrc == "/home/me/.npmrc"
    assert "npm downloads as /home/me/.npmrc says" in image.how


def test_a_dockerfile_of_somebody_elses_never_sees_the_users_npm_token() -> None:
    strangers = replace(ACME, folder="/cooks/landing/flavors/acme", source="built-in")
    request, image = build(strangers, downloads=OWN)
    assert request.npmrc is None
    assert not any("npm" in line for line in image.how)


def test_an_image_that_downloads_nothing_is_told_nothing_of_downloads() -> None:
    assert build(built_in(DEMO), downloads=OWN)[1].how == ("base busybox:stable: made up",)


def test_a_machine_without_settings_builds_without_them() -> None:
    request, image = build(built_in(ACME))
    assert (request.ca_bundle, request.npmrc) == (None, None)
    assert image.how == ("base node:22-slim: made up",)
