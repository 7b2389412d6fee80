#!/usr/bin/env bash
# Commits to main which build of an image the environments run: bump-image.sh IMAGE TAG DIGEST ENVIRONMENT…
# TAG is the full SHA of the commit that was built. Run it in a clone of main with its whole history.
set -euo pipefail
image=$1 tag=$2 digest=$3
shift 3
attempts=8

# The tag that an environment runs.
running() { sed -n "/^$image:/,/^[^ ]/s/^ *tag: *[\"']\{0,1\}\([^\"' ]*\).*/\1/p" "environments/$1/image.yaml"; }

# A build that was overtaken by a newer one must not put the old image back.
overtaken() {
  local current
  current=$(running "$1")
  git cat-file -e "$current^{commit}" 2> /dev/null && git merge-base --is-ancestor "$tag" "$current"
}

for attempt in $(seq "$attempts"); do
  git fetch --quiet origin main
  # The edit is made anew on what main is now: a rebase of the commit could conflict with another bump.
  git reset --quiet --hard origin/main
  for environment in "$@"; do
    if overtaken "$environment"; then
      echo "$environment runs $(running "$environment"), which is not older than $tag: left as it is"
    else
      npx brolly image "$environment" "$image" --tag "$tag" --digest "$digest"
    fi
  done
  if git diff --quiet; then
    echo "nothing to commit"
    exit 0
  fi
  git commit --quiet --all --message "Run $image $tag"
  if git push --quiet origin HEAD:main; then
    echo "pushed after $attempt attempt(s)"
    exit 0
  fi
  sleep "$((attempt + RANDOM % 4))"
done
echo "main moved $attempts times while this tried to push; run the job again" >&2
exit 1
