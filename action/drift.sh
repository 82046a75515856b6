#!/usr/bin/env bash
# The drift gate for any CI: find the baseline, run the check once, leave the report in a folder.
# Owns: fetching what a shallow checkout lacks, and where the outputs go. Does not own: any judgement; the exit code is the check's.
#
#   AGAINST      a git ref, a lock file or a url; empty: the merge base with the target branch
#   FAIL_ON      risky (or breaking)
#   DRIFT_OUT    the folder for drift.json, drift.md and drift.txt (.counterfoil-drift)
#   SARIF JUNIT  files for these formats; empty: none
#   COUNTERFOIL  how the program is called (npx counterfoil)
#   TARGET       the branch that this change goes to (what GitHub and GitLab say, else main)
#
# Exit: 0 clean, 1 not checked, 2 usage, 3 drift.
set -uo pipefail

against=${AGAINST:-}
out=${DRIFT_OUT:-.counterfoil-drift}
target=${TARGET:-${GITHUB_BASE_REF:-${CI_MERGE_REQUEST_TARGET_BRANCH_NAME:-main}}}
mkdir -p "$out"
# What an earlier run left must not be taken for this one's.
rm -f "$out/drift.json" "$out/drift.md" "$out/drift.txt"

# Checkouts of CI are shallow. When the baseline cannot be fetched, its name is handed on, and the check says that it is not known.
if [ -z "$against" ]; then
  if [ "$(git rev-parse --is-shallow-repository)" = true ]; then git fetch --quiet --no-tags --unshallow origin; fi
  git fetch --quiet --no-tags origin "+refs/heads/$target:refs/remotes/origin/$target"
  against=$(git merge-base HEAD "refs/remotes/origin/$target") || against="origin/$target, which could not be fetched"
  # On the target branch itself that is HEAD, and comparing it with itself would always be clean: there it is the commit before.
  if [ "$against" = "$(git rev-parse HEAD)" ]; then against=$(git rev-parse --quiet --verify HEAD^) || against=HEAD; fi
elif [[ "$against" == origin/* ]]; then
  git fetch --quiet --no-tags --depth=1 origin "+refs/heads/${against#origin/}:refs/remotes/$against"
fi

formats="markdown=$out/drift.md,json=$out/drift.json,text=$out/drift.txt"
if [ -n "${SARIF:-}" ]; then formats="$formats,sarif=$SARIF"; fi
if [ -n "${JUNIT:-}" ]; then formats="$formats,junit=$JUNIT"; fi
printed=text
if [ -n "${GITHUB_ACTIONS:-}" ]; then printed=github; fi

# shellcheck disable=SC2086 # the command may be several words
${COUNTERFOIL:-npx counterfoil} drift check --against "$against" --fail-on "${FAIL_ON:-risky}" --format "$printed" --out "$formats"
ended=$?

field() { node -p "const {summary, result} = JSON.parse(require('node:fs').readFileSync(process.argv[1], 'utf8')); $1" "$out/drift.json" 2>/dev/null; }
case "$(field result)" in
  clean) result=clean ;;
  findings) result=findings ;;
  *) result=not-checked ;;
esac
# A program that did not get as far as a report has checked nothing, whatever it ended with.
if [ "$result" = not-checked ]; then
  if [ ! -s "$out/drift.md" ]; then
    printf '<!-- counterfoil drift check -->\n### Contract drift: NOT CHECKED\n\nThe check ended with %s and without a report.\n' "$ended" > "$out/drift.md"
  fi
  if [ "$ended" = 0 ]; then ended=1; fi
fi

if [ -n "${GITHUB_OUTPUT:-}" ]; then
  {
    echo "result=$result"
    echo "breaking=$(field summary.breaking)"
    echo "risky=$(field summary.risky)"
    echo "report=$out/drift.json"
  } >> "$GITHUB_OUTPUT"
fi
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then cat "$out/drift.md" >> "$GITHUB_STEP_SUMMARY"; fi
exit "$ended"
