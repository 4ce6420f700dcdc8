#!/usr/bin/env bash
# Runs the demo. Go says nothing while it compiles, so a line comes first.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v go >/dev/null 2>&1; then
  echo "The demo needs Go 1.26 or newer: https://go.dev/doc/install" >&2
  exit 1
fi
echo "Fetching libraries and compiling. The first time, this takes a few minutes."
exec go run ./cmd/blush demo "$@"
