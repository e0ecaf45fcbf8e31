# Tries what a cell must not be able to do, and what it must. out/probe.txt gets a line a try:
# name|exit code|last line of its complaint.
# shellcheck shell=sh disable=SC2016

secret=/root/.shell/token
cp /bin/sh /tmp/sh && cp /bin/sh /root/sh || exit 1

try() { # try NAME COMMAND
    said=$(timeout 5 sh -c "$2" 2>&1 >/dev/null </dev/null)
    echo "$1|$?|$(echo "$said" | tail -n 1)" >>/work/out/probe.txt
}

try home 'echo x >/root/x && test "$HOME" = /root && /root/sh -c true'
try tmp 'echo x >/tmp/x && test "$TMPDIR" = /tmp && /tmp/sh -c true'
try out 'echo x >/work/out/x && test "$PWD" = /work/out'
try read-secret "test -s $secret"
try read-brief 'test -s /work/BRIEF.md && test -s /work/in/PROMPT.md && test -s /work/raw/menu.txt'

try write-root 'echo x >/x'
try write-etc 'echo x >>/etc/passwd'
try write-brief 'echo x >>/work/BRIEF.md'
try write-raw 'echo x >/work/raw/x'
try write-in 'echo x >/work/in/x'
try write-cell 'echo x >/opt/cell/entrypoint.sh'
try write-kernel 'echo 1 >/proc/sys/kernel/panic'
try write-sys 'echo 1 >/sys/kernel/uevent_seqnum'
try chmod-brief 'chmod 777 /work/BRIEF.md'
try move-brief 'mv /work/BRIEF.md /work/out/'
try mount 'mount -t tmpfs none /tmp'
try umount 'umount /work/in'
try unshare 'unshare -U true'
try unshare-mounts 'unshare -m true'
try chroot 'chroot / true'
try device 'mknod /tmp/sda b 8 0'
try clock 'date -s "2001-01-01 00:00:00"'
try hostname 'hostname other'
try kernel-log dmesg
try chown 'touch /tmp/mine && chown 0:0 /tmp/mine'
try more-files 'ulimit -n 1000000'
try cores 'ulimit -c unlimited'
try su 'su -c true'

try secret-write "echo x >$secret"
try secret-append "echo x >>$secret"
try secret-remove "rm -f $secret"
try secret-replace "mv /root/x $secret"
try secret-chmod "chmod 644 $secret"
try secret-link "ln $secret /tmp/token"
try secret-folder "mv /root/.shell /root/elsewhere"

cp /proc/self/status /proc/self/mountinfo /proc/self/limits /work/out/
cat /proc/1/comm >/work/out/init
cat /proc/self/oom_score_adj >/work/out/oom
sha256sum <"$secret" >/work/out/secret.sha256
ls /sys/class/net >/work/out/interfaces
sed 1d /proc/net/route >/work/out/routes
