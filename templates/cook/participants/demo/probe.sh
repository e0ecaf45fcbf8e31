# Tries what a cell must not be able to do, and what it must; run by entrypoint.sh.
# out/probe.txt has one line a try: `name: refused` or `name: allowed`.
# shellcheck shell=sh disable=SC2016

report=/work/out/probe.txt
: >"$report"

try() { # try NAME COMMAND…
    name=$1
    shift
    if timeout 5 "$@" >/dev/null 2>&1 </dev/null; then found=allowed; else found=refused; fi
    echo "$name: $found"
    echo "$name: $found" >>"$report"
}

try write-root touch /probe
try write-etc touch /etc/probe
try write-cell touch /opt/cell/probe
try write-in touch /work/in/probe
try write-brief sh -c 'echo x >>/work/BRIEF.md'
try write-raw touch /work/raw/probe
try write-submissions touch /work/submissions/probe
try read-shadow cat /etc/shadow
try mount mount -t tmpfs none /mnt
try unshare unshare -U true
try become-root su -c true
try kernel-log dmesg
try device mknod /tmp/probe.dev b 8 0
try clock sh -c 'date -s "2001-01-01 00:00:00"; test "$(date +%Y)" = 2001'
try chroot chroot / true
try change-owner sh -c 'touch /tmp/probe.own && chown 0:0 /tmp/probe.own'
try engine-socket test -e /var/run/docker.sock
try other-processes sh -c 'for p in /proc/[0-9]*; do case $(cat "$p/comm") in dockerd | containerd) exit 0 ;; esac; done; exit 1'
try metadata nc -w 2 169.254.169.254 80
try internet nc -w 2 1.1.1.1 443
try names nslookup example.com
try gateway sh -c 'ip route | grep -q default'
try listen sh -c 'nc -l -p 8080 & sleep 0.2; kill $!'
try write-home sh -c 'echo x >"$HOME/probe"'
try write-tmp sh -c 'echo x >/tmp/probe'
try write-out sh -c 'echo x >/work/out/probe.out'
try read-brief test -s /work/BRIEF.md
