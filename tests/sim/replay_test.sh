#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The same seed gives the same history, byte for byte; another seed another one.
set -eu
sim=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
run() { "$sim" --seed "$1" --steps 3000 --trace | sed '$d'; } # the last line tells how long it took
run 7 >"$folder/first"
run 7 >"$folder/second"
run 8 >"$folder/other"
[ "$(wc -l <"$folder/first")" -gt 1000 ]
cmp "$folder/first" "$folder/second"
! cmp -s "$folder/first" "$folder/other"
day() { "$sim" --day --visits 30 --seed "$1" --trace | sed '$d'; }
day 7 >"$folder/first"
day 7 >"$folder/second"
day 8 >"$folder/other"
[ "$(wc -l <"$folder/first")" -gt 1000 ]
cmp "$folder/first" "$folder/second"
! cmp -s "$folder/first" "$folder/other"
