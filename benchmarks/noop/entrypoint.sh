#!/bin/sh
echo hi >/work/out/index.html
