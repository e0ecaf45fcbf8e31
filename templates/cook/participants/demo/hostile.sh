# An output folder made to hurt whoever collects, shows or judges it; run by entrypoint.sh.
# shellcheck shell=sh disable=SC2016

work /work/out
cd /work/out || exit 1

# Links that lead out, in circles and to each other.
ln -s /etc/shadow shadow
ln -s ../../../.auth auth
ln -s ../.. up
ln -s /etc etc
ln -s loop loop
ln -s pong ping
ln -s ping pong
mkdir -p assets
ln -s /etc/passwd assets/passwd.txt

# Things that are no files.
mkfifo pipe

# Names that break lists, terminals, shells, HTML and other systems.
hostile_name() { echo "the content of a badly named file" >"$1"; }
hostile_name "$(printf 'new\nline.txt')"
hostile_name "$(printf 'escape\033[2J.txt')"
hostile_name "$(printf 'override\342\200\256gnp.exe')"
hostile_name "$(printf 'separator\342\200\250.txt')"
hostile_name "$(printf 'bytes\377\376.txt')" || echo "this file system takes only UTF-8"
hostile_name ./-rf
hostile_name '$(id).txt'
hostile_name ' blanks around '
hostile_name 'back\slash.txt'
hostile_name 'con'
hostile_name '<img src=x onerror=alert(1)>.html'
hostile_name '"quote".md'
hostile_name 'Twin.txt'
hostile_name 'twin.txt'
hostile_name "$(printf 'caf\303\251.txt')"
hostile_name "$(printf 'cafe\314\201.txt')"
hostile_name "$(printf '%0251d.txt' 0)"

# A path longer than the system takes in one piece.
(
    deep=$(printf '%0200d' 0)
    n=0
    while [ $n -lt 30 ]; do
        mkdir "$deep" && cd -P "$deep" || break
        n=$((n + 1))
    done
    echo "down here" >bottom.txt
) 2>/dev/null || :

# Modes that lock the door, and one that would open another.
mkdir locked
echo "behind a locked door" >locked/inside.txt
chmod 000 locked
echo "a locked file" >closed.txt
chmod 000 closed.txt
printf '#!/bin/sh\nid\n' >setuid.sh
chmod 6755 setuid.sh

# One file under many names.
echo "counted once or often" >hard0.txt
seq 50 | while read -r n; do ln hard0.txt "hard$n.txt"; done

# Content that acts where it is shown as it is.
cat >hostile.html <<'PAGE'
<script>document.title = "owned"</script>
<img src=x onerror="alert(1)"><svg onload="alert(2)"></svg></script></style></textarea>
<a href="javascript:alert(3)">a link</a><img src="http://tracker.example/pixel.png">
<meta http-equiv="refresh" content="0;url=http://tracker.example/">
{{ 7 * 7 }} {% include "/etc/passwd" %} ${HOME} $(id)
PAGE
printf '# Heading\n\n<img src=x onerror=alert(4)> [x](javascript:alert(5)) ![p](http://tracker.example/p.png)\n' >hostile.md
printf '=HYPERLINK("http://tracker.example","x"),@SUM(1),+1,-1\n' >hostile.csv
printf 'screen\033[2J title\033]0;owned\007 over\rwrite bell\007\n' >hostile.log
printf 'binary\000zero \377\376 bytes' >hostile.bin
echo "made a mess"
