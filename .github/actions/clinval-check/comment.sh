#!/usr/bin/env bash
# Post the comments of a check on its pull request, each in the place of an earlier one about the same network.
#
#     comment.sh DIRECTORY      every comment.md below it
#
# What lies there was written by the code of a pull request, perhaps a fork's: it is data.  Nothing of it is
# run, sourced, or put into a command; which pull request it belongs to is asked of GitHub (HEAD_SHA,
# HEAD_OWNER and HEAD_BRANCH are of the event), never of the data; nobody can be notified by it.
set -euo pipefail
: "${GITHUB_REPOSITORY:?}" "${HEAD_SHA:?}" "${HEAD_OWNER:?}" "${HEAD_BRANCH:?}" "${RUN_URL:?}"
most_comments=8
most_bytes=262144        # 60,000 characters, and no more than so many bytes
marker='^<!-- clinval [[:alnum:]_.]{1,100} -->$'

[[ $HEAD_SHA =~ ^[0-9a-f]{40,64}$ ]] || { echo "no commit: $HEAD_SHA" >&2; exit 2; }
number=$(gh api --method GET "repos/$GITHUB_REPOSITORY/pulls" -f state=open -f "head=$HEAD_OWNER:$HEAD_BRANCH" \
  --jq '.[] | select(.head.sha == env.HEAD_SHA) | .number' | sed -n 1p)
[[ $number =~ ^[0-9]+$ ]] || { echo "no open pull request has $HEAD_SHA as its head: nothing to comment on"; exit 0; }

body=$(mktemp)
trap 'rm -f "$body"' EXIT
n=0
while IFS= read -r -d '' comment; do
  n=$((n + 1))
  (( n <= most_comments )) || { echo "more than $most_comments comments: the others are left out" >&2; break; }
  first=$(head -c 200 -- "$comment" | sed -n 1p)
  if [[ ! $first =~ $marker ]]; then
    echo "$comment: does not begin with a marker of the check; left out" >&2
    continue
  fi
  if (( $(wc -c < "$comment") > most_bytes )); then
    echo "$comment: too long; left out" >&2
    continue
  fi
  # A zero-width space after each @: nobody is notified.
  {
    sed 's/@/@\xe2\x80\x8b/g' -- "$comment"
    printf '\n<sub>Written by the code of %s · <a href="%s">the run, with the full report</a></sub>\n' "${HEAD_SHA:0:10}" "$RUN_URL"
  } > "$body"
  earlier=$(MARKER=$first gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$number/comments" \
    --jq '.[] | select(.user.login == "github-actions[bot]" and (.body | startswith(env.MARKER))) | .id' | sed -n 1p)
  if [[ $earlier =~ ^[0-9]+$ ]]; then
    gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$earlier" -F "body=@$body"
  else
    gh api --silent --method POST "repos/$GITHUB_REPOSITORY/issues/$number/comments" -F "body=@$body"
  fi
done < <(find "$1" -name comment.md -type f -print0 | sort -z)
