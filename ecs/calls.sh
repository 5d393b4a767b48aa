# shellcheck shell=bash
# How every script talks: to people, and to AWS. settings.sh sources it.

if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 404)); then
  echo "ecs: bash 4.4 or newer is needed, this is $BASH_VERSION (on macOS: brew install bash)" >&2
  exit 2
fi
shopt -s inherit_errexit

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PROGRAM=ecs/$(basename "$0")
WORK=$(mktemp -d)

# A subshell that is ended right after its start has not yet forgotten these traps: what is shared is not its to end.
finish() {
  [[ $BASHPID == "$$" ]] || return 0
  local children
  children=$(jobs -p)
  # shellcheck disable=SC2086  # a list of numbers
  [[ -z $children ]] || kill $children 2>/dev/null || true
  rm -rf "$WORK"
}
trap finish EXIT
interrupted() {
  [[ $BASHPID != "$$" ]] || say "$PROGRAM was interrupted. What AWS has begun goes on there; run it again to carry on."
  exit 130
}
trap interrupted INT TERM

say() { printf '%s\n' "$*" >&2; }

# A refusal before anything was done is 2, everything else 1.
die() { say "$PROGRAM: $*"; exit 1; }
refuse() { say "$PROGRAM: $*"; exit 2; }

# The comment that a script begins with.
help() {
  awk 'NR > 1 { if (!sub(/^# ?/, "")) exit; print }' "$0"
  exit 0
}

wrong_usage() {
  say "$PROGRAM: $*"
  awk 'NR == 2 { sub(/^# /, ""); print; exit }' "$0" >&2
  exit 2
}

# Every call of the AWS CLI: it gives up on a silent peer, tries again what may be tried again, and names what failed.
# Once AWS has answered, a minute or two without it are waited out, since what was begun there goes on.
export AWS_PAGER='' AWS_RETRY_MODE=${AWS_RETRY_MODE:-standard}
aws() {
  local attempts=4
  [[ ! -e $WORK/answered ]] || attempts=10
  AWS_MAX_ATTEMPTS=${AWS_MAX_ATTEMPTS:-$attempts} command aws --cli-connect-timeout 5 \
    --cli-read-timeout "${AWS_READ_TIMEOUT:-30}" "$@" || {
    say "$PROGRAM: \"aws $1 $2\" failed; the reason stands above. What was done so far stays. Put it right, then run" \
      "$PROGRAM again."
    return 1
  }
  : >"$WORK/answered"
}

# seconds since the script began, for lines of progress
elapsed() { printf '%d:%02d' $((SECONDS / 60)) $((SECONDS % 60)); }
