#!/usr/bin/env bash
# Pushes the chart to a registry if its version is another than at an earlier commit: publish-chart.sh COMMIT oci://HOST/PATH
# Name and digest of what it pushed go to GITHUB_OUTPUT, what is in it to the file sbom.json of this folder.
set -euo pipefail
before=$1 target=$2
chart=charts/ml-platform

version() { sed -n 's/^version: *//p'; }
new=$(version < "$chart/Chart.yaml")
# The commit is unknown after a forced push, and on a new branch: then nobody has published yet.
old=$(git show "$before:$chart/Chart.yaml" 2> /dev/null | version || true)
if [ "$new" = "$old" ]; then
  echo "the version is $new as before: nothing to publish"
  exit 0
fi

folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
helm package "$chart" --destination "$folder"
helm push "$folder/ml-platform-$new.tgz" "$target" 2>&1 | tee "$folder/log"
digest=$(sed -n 's/^Digest: *//p' "$folder/log")
[[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || { echo "helm push named no digest" >&2; exit 1; }

name=${target#oci://}/ml-platform
helm template sbom "$folder/ml-platform-$new.tgz" | node .github/scripts/chart-sbom.mjs "$name" "$new" "$digest" > sbom.json
echo "name=$name" >> "$GITHUB_OUTPUT"
echo "digest=$digest" >> "$GITHUB_OUTPUT"
