#!/usr/bin/env bash
# Puts the locked SDKs and the Node they run on beside these tests, through npm. Without the package
# registry the conformance test is skipped, and the summary says so.
set -euo pipefail
cd "$(dirname "$0")"

stamp=node_modules/.locked
cmp -s package-lock.json "$stamp" && exit 0
echo "fetching the SDKs of the conformance test (npm ci)"
if ! npm ci --no-audit --no-fund --loglevel=error; then
  echo "npm could not fetch them: the conformance test will not run" >&2
  rm -rf node_modules
  exit 0
fi
cp package-lock.json "$stamp"
