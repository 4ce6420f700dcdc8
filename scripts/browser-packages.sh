#!/usr/bin/env bash
# Lists the packages whose tests drive a browser.
set -euo pipefail
cd "$(dirname "$0")/.."
kit=$(go list ./blushtest/browser)
go list -f '{{.ImportPath}} {{join .TestImports " "}} {{join .XTestImports " "}} ' ./... |
  awk -v kit="$kit" '{ for (i = 1; i <= NF; i++) if ($i == kit) { print $1; next } }'
