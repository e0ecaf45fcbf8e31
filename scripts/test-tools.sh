#!/bin/sh
# The programs from Debian that tests start: chromium looks at report.html as a browser does,
# mmdebstrap makes a base image where no registry answers, openssl the certificates of stand-in providers.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=scripts/lib.sh
. "$here/lib.sh"

missing_tools() {
    have chromium || have chromium-browser || have google-chrome || echo chromium
    have mmdebstrap || echo mmdebstrap
    have openssl || echo openssl
}

# shellcheck disable=SC2046  # one name per word
set -- $(missing_tools)
if [ $# = 0 ]; then exit 0; fi
can_apt || die "the tests need $*: install them (only root on Debian or Ubuntu gets them from here)"
take_lock
say "installing $* for the tests (chromium is about 100 MB)"
apt_update
apt_install "$@" || die "they could not be installed (see $SETUP_LOG)"
