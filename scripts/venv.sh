#!/bin/sh
# Ends with .venv/ holding multicooker (editable) and the development tools. Where they came from,
# company CA, mirrors and proxies, is pip's own configuration of this machine.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=scripts/lib.sh
. "$here/lib.sh"
root=$(dirname "$here")
venv=$root/.venv
stamp=$venv/.multicooker-installed

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if have "$candidate" && new_enough "$candidate"; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}

can_make_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

install_python() { # install_python <package>...
    can_apt || return 1
    say "installing $*: multicooker is Python and lives in its own .venv"
    apt_update
    apt_install "$@"
}

# The folder is in it because scripts in .venv/bin carry absolute paths.
fingerprint() { { printf '%s\n' "$root"; "$venv/bin/python" -VV; cat "$root/pyproject.toml"; } | cksum; }
works() { new_enough "$venv/bin/python" && "$venv/bin/python" -m pip --version >/dev/null 2>&1; }

if [ -r "$stamp" ] && [ -x "$venv/bin/multicooker" ] && [ "$(cat "$stamp")" = "$(fingerprint)" ]; then exit 0; fi
take_lock

if ! find_python >/dev/null && ! have python3; then install_python python3 python3-venv || true; fi
python=$(find_python) ||
    die "multicooker needs Python >= 3.11 as python3; name another with PYTHON=/path/to/python make …"
if ! can_make_venv "$python"; then install_python python3-venv || true; fi
can_make_venv "$python" ||
    die "$python cannot make virtual environments: install the venv module that belongs to it (python3-venv)"

if ! works; then
    say "making .venv with $("$python" -V)"
    "$python" -m venv --clear "$venv"
fi
say "installing multicooker and its development tools into .venv (pip, about 100 MB)"
if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --editable "${root}[dev]" >"$venv/pip.log" 2>&1 </dev/null; then
    tail -n 15 "$venv/pip.log" >&2
    die "pip could not install them (all of it: $venv/pip.log); mirrors and CAs are pip's own configuration"
fi
fingerprint >"$stamp"
