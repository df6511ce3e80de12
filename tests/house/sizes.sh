#!/usr/bin/env bash
# One class a file pair; a file over 500 lines has become two things.
. "$(dirname "$0")/common.sh"
complain "over 500 lines" "$(sources config routes providers gateway tests bench | xargs wc -l | awk '$2 != "total" && $1 > 500 { print $2 ": " $1 }')"
finish
