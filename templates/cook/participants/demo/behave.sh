# What a cell can do wrong, one behaviour per branch; run by entrypoint.sh, which sets
# role, behave, amount, work and the exit codes.
# shellcheck shell=sh disable=SC2154

page() { printf '<!doctype html><html lang="en"><title>%s</title>\n<h1>%s</h1>\n' "$1" "$1"; }

# Memory that the kernel cannot give back: grown in steps, so that the limit is met on the way.
eat_memory() {
    exec awk 'BEGIN {
        block = "x"; while (length(block) < 1048576) block = block block
        for (i = 0; i < 16384; i++) hold[i] = block i
        print "16 GiB and still alive"; exit 1
    }'
}

megabytes() { # megabytes COUNT CHARACTER, in big blocks
    tr '\0' "$2" </dev/zero | dd bs=64k count=$(($1 * 16)) iflag=fullblock 2>/dev/null
}

wait_for_ever() {
    echo "waiting for ever"
    exec sleep 2147483647
}

case $behave in
    nothing) echo "nothing to see here" ;;
    missing)
        echo "I wrote some notes instead of the page." >/work/out/notes.txt
        echo "wrote notes.txt"
        ;;
    partial)
        page "Half a page" >/work/out/index.html
        echo "wrote half of index.html"
        wait_for_ever
        ;;
    fail)
        page "Before the crash" >/work/out/index.html
        echo "something went wrong after the first file" >&2
        exit 1
        ;;
    hang) wait_for_ever ;;
    stubborn)
        trap '' TERM INT HUP
        echo "waiting for ever, and deaf to every polite signal"
        while :; do sleep 3600 || :; done
        ;;
    slow)
        left=${amount:-30}
        while [ "$left" -gt 0 ]; do
            echo "$left seconds to go"
            sleep 1
            left=$((left - 1))
        done
        work /work/out
        ;;
    daemon) # leaves a process behind that swaps a folder for a link as fast as it can
        work /work/out
        mkdir /work/out/swap
        setsid sh -c 'cd /work/out; while :; do
            mv swap held; ln -s /etc swap; rm swap; mv held swap; done' </dev/null >/dev/null 2>&1 &
        echo "left something running"
        ;;
    rate-limit)
        echo "reading the brief"
        echo "usage limit reached: try again later" >&2
        exit "$RATE_LIMITED"
        ;;
    auth-expired)
        echo "reading the brief"
        echo "the login has expired" >&2
        exit "$AUTH_EXPIRED"
        ;;
    memory)
        echo "eating memory"
        eat_memory
        ;;
    memory-child)
        echo "letting a child eat memory"
        (eat_memory) || echo "the child is gone, the parent carries on"
        work /work/out
        ;;
    forkbomb)
        echo "forking until something says no"
        (
            n=0
            while [ $n -lt 20000 ]; do
                sleep 600 &
                n=$((n + 1))
            done
        ) 2>/dev/null || :
        echo "no more processes to be had"
        exit 1
        ;;
    fill)
        echo "filling the output folder"
        megabytes "${amount:-1024}" x >/work/out/fill.bin
        ;;
    many-files)
        echo "writing ${amount:-10000} files"
        cd /work/out || exit 1
        seq "${amount:-10000}" | xargs -n 500 touch
        ;;
    sparse)
        page "Very large, mostly holes" >/work/out/index.html
        truncate -s 8192G /work/out/hole.bin || seq 16 | while read -r n; do
            truncate -s 1G "/work/out/hole$n.bin"
        done
        ;;
    flood)
        work /work/out
        yes "flood: this line comes again and again, and nobody wants to keep all of it" |
            dd bs=64k count=$((${amount:-300} * 16)) iflag=fullblock 2>/dev/null
        ;;
    oneline)
        work /work/out
        megabytes "${amount:-300}" x
        ;;
    noisy)
        printf '\033[2J\033[H\033[31mred, after clearing your screen\033[0m\n'
        printf '\033]0;a title of my own\007\033]52;c;cm0gLXJmIH4=\007in your clipboard now\n'
        printf '\033]8;;http://tracker.example/\033\\a link\033]8;;\033\\\n'
        printf 'all is well\rall is LOST\n'
        printf 'bell \007 backspace \010\010\010 eight-bit \233 31m vertical \013 form \014 delete \177\n'
        printf 'zero \000 byte, not text \377\376, a right-to-left override \342\200\256 gnp.exe\n'
        printf '\033Pdevice control\033\\ \033[?1049h\033[6n\n'
        echo "|table|breaker| <script>alert(1)</script> [red]markup[/red] {{ 7 * 7 }} \$HOME"
        work /work/out
        ;;
    env)
        {
            env | sort
            printf '\n# id\n%s\n' "$(id)"
            printf '\n# status\n'
            cat /proc/self/status
            printf '\n# mounts\n'
            cat /proc/self/mountinfo
        } >/work/out/env.txt
        echo "wrote env.txt"
        ;;
    echo-prompt)
        cat /work/in/PROMPT.md
        cp /work/in/PROMPT.md /work/out/prompt.md
        ;;
    *) refuse "a $role cannot behave as $behave" ;;
esac
