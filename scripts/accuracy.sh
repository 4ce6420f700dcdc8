#!/usr/bin/env bash
# Measures the engine and writes the tables of docs/accuracy: scripts/accuracy.sh SEED. With BLUSH_DATA set, recordings too;
# without it their tables stay. Takes about 20 minutes on two idle cores. scripts/accuracy.sh SEED FOLDER SCANS writes them to another
# folder, from SCANS scans of each case; with SECONDS after that, each simulated scan takes that long, whatever its table is called.
set -euo pipefail
seed=${1:-} repository=$(cd "$(dirname "$0")/.." && pwd)
out=${2:-$repository/docs/accuracy} scans=${3:-} length=${4:-}
[[ $seed =~ ^[0-9]{4,}$ && $# -ne 2 && $# -le 4 && $scans =~ ^([1-9][0-9]*)?$ && $length =~ ^([1-9][0-9]*)?$ ]] || { echo "usage: scripts/accuracy.sh SEED [FOLDER SCANS [SECONDS]], with a seed from 1000 on that was never used before" >&2; exit 2; }
mkdir -p "$out"
programs=$(mktemp -d)
trap 'rm -r "$programs"' EXIT
CGO_ENABLED=0 go build -C "$repository" -ldflags=-w -o "$programs/blush" ./cmd/blush

# table NAME ARGUMENTS writes one report, without the heading that they all have.
table() {
  local name=$1
  shift
  "$programs/blush" validate "$@" | sed '1,4d' | sed "s#${BLUSH_DATA:-/nowhere}#\$BLUSH_DATA#g" > "$out/$name.md"
  echo "$name" >&2
}

suite() { table "$1-$2" --suite "$1" --seconds "${length:-$2}" --scans "${scans:-$3}" --seed "$seed"; }
suite easy 30 50
suite hard 30 100
suite hard 60 60
suite real 30 100
suite real 60 50
suite tone 30 150
suite tone 60 75
suite refuse 30 500
suite dead 30 500
suite single 30 40
suite fingers 30 60
suite rates 30 60
suite colours 30 60
suite hrv 60 60
suite hrv 120 25
suite rhythms 60 40
suite resp 60 40
if [ -n "${BLUSH_DATA:-}" ]; then
  recordings() { table "$1-$2" "$BLUSH_DATA/$1" --seconds "$2"; }
  recordings welltory 0
  recordings welltory 60
  recordings oximetry 30
  recordings oximetry 60
  recordings rhesus 30
  recordings bias-eval 10
  recordings hschn58 30
  recordings vitallens 30
fi

# One row for each report.
{
  echo "# All reports"
  echo
  echo "How to read the columns: [accuracy](../accuracy.md#how-to-read-the-figures)."
  echo
  echo "| | scans | MAE bpm | within 5 | P95 bpm | coverage | accepted MAE | accepted within 5 | ECE | 90 % interval holds |"
  echo "|---|---|---|---|---|---|---|---|---|---|"
  for f in easy-30 hard-30 hard-60 real-30 real-60 tone-30 tone-60 rates-30 colours-30 fingers-30 single-30 rhythms-60 hrv-60 hrv-120 resp-60 refuse-30 dead-30 \
    welltory-0 welltory-60 oximetry-30 oximetry-60 rhesus-30 bias-eval-10 hschn58-30 vitallens-30; do
    if [ -f "$out/$f.md" ]; then sed -n "s#^| blush |#| [\`$f\`]($f.md) |#p" "$out/$f.md" | head -1; fi
  done
} > "$out/summary.md"
