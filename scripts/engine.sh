#!/bin/sh
# Ends with a Docker engine that answers and Compose v2 in the docker client, or with one line
# that says what to install. Touches the network only when a package is missing.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=scripts/lib.sh
. "$here/lib.sh"

MIN_ENGINE=20.10
MIN_COMPOSE=2.20
ENGINE_LOG=${MULTICOOKER_ENGINE_LOG:-/var/log/multicooker-dockerd.log}
START_SECONDS=60
SOURCE=/etc/apt/sources.list.d/multicooker-trixie.sources
PIN=/etc/apt/preferences.d/multicooker-trixie
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

at_least() { # at_least 2.26.1-4 2.20: compares major and minor
    printf '%s\n' "${1#v}" | awk -F'[.]' -v min="$2" '
        { split(min, m, "."); exit !($1 + 0 > m[1] + 0 || ($1 + 0 == m[1] + 0 && $2 + 0 >= m[2] + 0)) }'
}

engine_version() { docker version --format '{{.Server.Version}}' 2>/dev/null; }
compose_version() { docker compose version --short 2>/dev/null; }
engine_answers() { have docker && version=$(engine_version) && at_least "$version" "$MIN_ENGINE"; }
compose_works() { have docker && version=$(compose_version) && at_least "$version" "$MIN_COMPOSE"; }
buildx_works() { have docker && docker buildx version >/dev/null 2>&1; }
tools_work() { compose_works && buildx_works; }
report() { say "engine: Docker $(engine_version), Compose $(compose_version)"; }

# Someone else's engine (another host, another context) is not ours to start.
engine_is_local() {
    case "${DOCKER_HOST:-unix:///var/run/docker.sock}" in
        unix:///var/run/docker.sock | unix:///run/docker.sock) ;;
        *) return 1 ;;
    esac
    ! have docker || [ -n "${DOCKER_HOST:-}" ] || [ "$(docker context show 2>/dev/null || echo default)" = default ]
}

refuse() {
    die "multicooker needs Docker Engine >= $MIN_ENGINE with Compose >= $MIN_COMPOSE and buildx: $1." \
        "Install them (macOS: Docker Desktop, OrbStack or colima; Linux: your distribution's or Docker's" \
        "packages), start the engine and run this again."
}

# ---- install -------------------------------------------------------------------------------

debian_mirrors() { # every URI this machine takes its own release from, deb822 and one-line files alike
    codename=$(os_release VERSION_CODENAME)
    # shellcheck disable=SC2016  # the $(…) are apt's own placeholders
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        awk -v codename="$codename" '($2 == codename || $2 == "stable") && $3 == "main" && !seen[$1]++ { print $1 }'
}

write_source() { # write_source <mirror URI>
    cat >"$SOURCE" <<END
# Written by multicooker's scripts/engine.sh: Debian 12 has no Compose v2, Debian 13 does.
Types: deb
URIs: $1
Suites: trixie
Components: main
Signed-By: $KEYRING
END
    # 100: nothing comes from there unless asked for by name, but what did is kept up to date.
    cat >"$PIN" <<END
Package: *
Pin: release n=trixie
Pin-Priority: 100
END
}

# Debian's signature decides which of the machine's sources is a Debian mirror, not its name.
add_trixie() {
    for uri in $(debian_mirrors); do
        write_source "$uri"
        if apt_run update --error-on=any -o Dir::Etc::sourcelist="$SOURCE" -o Dir::Etc::sourceparts=- \
            -o APT::Get::List-Cleanup=0 >>"$SETUP_LOG" 2>&1 </dev/null; then
            return 0
        fi
    done
    rm -f "$SOURCE" "$PIN"
    return 1
}

from_trixie() { # Debian 12: engine and plugins of Debian 13; containerd, runc, iptables stay 12's
    say "  from Debian 13 (trixie) at this machine's own Debian mirror, pinned at 100: $SOURCE"
    if ! add_trixie; then
        # Either apt has no lists yet, so that it names no mirror, or this early Debian 12 has a
        # keyring from before trixie's keys.
        apt_update
        apt_install debian-archive-keyring || refuse "debian-archive-keyring could not be installed"
        add_trixie || refuse "no Debian mirror of this machine offers trixie (see $SETUP_LOG)"
    fi
    apt_update
    wanted=
    for package in "$@"; do wanted="$wanted $package/trixie"; done
    # shellcheck disable=SC2086  # a list of package names
    apt_install $wanted
}

missing_packages() { # the names differ only for Compose on Ubuntu
    if ! have dockerd && ! engine_answers; then echo docker.io; fi
    if [ "$(os_release ID)" = debian ] && ! [ -x /usr/bin/docker ]; then echo docker-cli; fi
    if ! compose_works; then
        if [ "$(os_release ID)" = ubuntu ]; then echo docker-compose-v2; else echo docker-compose; fi
    fi
    if ! buildx_works; then echo docker-buildx; fi
}

install_packages() {
    can_apt || refuse "they are missing here, and only root on Debian or Ubuntu gets them installed"
    # shellcheck disable=SC2046  # one package name per word
    set -- $(missing_packages)
    say "installing $* (about 100 MB): multicooker cooks in containers, and this machine has no" \
        "engine with Compose v2"
    if [ "$(os_release VERSION_CODENAME)" = bookworm ]; then
        from_trixie "$@" || refuse "they could not be installed (see $SETUP_LOG)"
    else
        apt_update
        apt_install "$@" || refuse "they could not be installed (see $SETUP_LOG)"
    fi
}

# ---- start ---------------------------------------------------------------------------------

drop_stale_pid() { # after a crash the number may belong to another program, and dockerd would wait for it
    for pair in dockerd:/var/run/docker.pid containerd:/var/run/docker/containerd/containerd.pid; do
        file=${pair#*:}
        [ -s "$file" ] || continue
        [ "$(cat "/proc/$(cat "$file")/comm" 2>/dev/null)" = "${pair%%:*}" ] || rm -f "$file"
    done
}

engine_alive() { # the engine's own pid file names a living process
    [ -s /var/run/docker.pid ] && [ -d "/proc/$(cat /var/run/docker.pid)" ]
}

start_dockerd() {
    say "starting the engine: dockerd, log in $ENGINE_LOG"
    drop_stale_pid
    # Its own session, no inherited lock: it outlives this script and the make that called it.
    setsid nohup dockerd --host unix:///var/run/docker.sock >>"$ENGINE_LOG" 2>&1 </dev/null 9>&- &
}

start_engine() {
    if version=$(engine_version) && [ -n "$version" ]; then refuse "this engine is $version"; fi
    if ! engine_is_local; then refuse "the engine that DOCKER_HOST or the docker context names does not answer"; fi
    if ! have dockerd || [ "$(id -u)" != 0 ]; then
        refuse "no engine answers to $(id -un), and only root can start one here"
    fi
    if [ -d /run/systemd/system ]; then
        say "starting the engine: systemctl start docker"
        systemctl start docker || die "the engine did not start: systemctl status docker has the reason"
    else
        start_dockerd
    fi
    waited=0
    until engine_answers; do
        sleep 1
        waited=$((waited + 1))
        if [ "$waited" -lt "$START_SECONDS" ] && { [ "$waited" -lt 10 ] || engine_alive; }; then continue; fi
        if [ -r "$ENGINE_LOG" ]; then tail -n 15 "$ENGINE_LOG" >&2; fi
        die "dockerd did not come up in $waited s: the reason is in its log (above, or journalctl -u docker)"
    done
}

if engine_answers && tools_work; then
    report
    exit 0
fi
take_lock
if ! tools_work || { ! engine_answers && ! have dockerd && engine_is_local; }; then install_packages; fi
if ! engine_answers; then start_engine; fi
tools_work || refuse "the docker client at $(command -v docker) does not find Compose or buildx"
report
