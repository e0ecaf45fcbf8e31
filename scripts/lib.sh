# shellcheck shell=sh
# Shared by the set-up scripts: words for the user, and apt on a Debian or Ubuntu machine.

SETUP_LOG=${MULTICOOKER_SETUP_LOG:-/var/log/multicooker-setup.log}

say() { printf '%s\n' "$*"; }

die() { # one line; 69 is EX_UNAVAILABLE of sysexits(3), which multicooker uses for it as well
    printf '%s\n' "$*" >&2
    exit 69
}

have() { command -v "$1" >/dev/null 2>&1; }

os_release() { # os_release ID -> debian; empty where the file or the key does not exist
    [ -r /etc/os-release ] || return 0
    # The file is shell syntax by definition (os-release(5)).
    # shellcheck disable=SC1091
    (. /etc/os-release && eval "printf '%s' \"\${$1:-}\"")
}

can_apt() { # root on Debian or Ubuntu: the only machines on which we install anything
    [ "$(id -u)" = 0 ] && have apt-get || return 1
    case "$(os_release ID)" in debian | ubuntu) ;; *) return 1 ;; esac
}

logged() { # run a command, its output only in the log; on failure show the end of it
    if "$@" >>"$SETUP_LOG" 2>&1 </dev/null; then return 0; fi
    printf '%s\n' "failed: $*" "the last lines of $SETUP_LOG:" >&2
    tail -n 15 "$SETUP_LOG" >&2
    return 1
}

apt_run() { # 9 is the set-up's lock: a service that a package starts must not keep it
    DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
        -o Acquire::Retries=2 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 "$@" 9>&-
}

# A third-party source that does not answer is none of our business: what counts is whether the
# packages can be installed afterwards, and apt_install tells.
apt_update() {
    apt_run update >>"$SETUP_LOG" 2>&1 </dev/null || say "  some apt sources did not answer; going on"
}

apt_install() { logged apt_run install --no-install-recommends "$@"; }

# Two set-ups at once: the second waits, and finds the work done.
take_lock() {
    [ "$(id -u)" = 0 ] && have flock || return 0
    exec 9>/run/multicooker-setup.lock
    flock 9
}
