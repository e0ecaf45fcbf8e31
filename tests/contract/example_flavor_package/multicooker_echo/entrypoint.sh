#!/bin/sh
set -eu
cat /opt/cell/greeting.txt /work/BRIEF.md > /work/out/RESULT.md
