#!/usr/bin/env bash
# Lists the packages whose tests drive a browser in real time: they want the machine for themselves.
set -euo pipefail
cd "$(dirname "$0")/.."
go list -f '{{.ImportPath}}: {{join .TestImports " "}} {{join .XTestImports " "}}' ./... |
  sed -nE -e 's/^(blush\/blushtest\/browser): .*/\1/p' -e 's/^([^:]*):.* blush\/blushtest\/browser( .*)?$/\1/p'
