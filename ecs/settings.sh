# shellcheck shell=bash
# The settings of an installation: from the environment, else from ecs/forum.env (NAME=value lines), else from here.
# shellcheck source=calls.sh
source "$(dirname "${BASH_SOURCE[0]}")/calls.sh"

declare -A DEFAULTS=(
  [NAME]=forum                          # of this installation: several may share an account
  [AWS_REGION]=''                       # empty: what the AWS CLI is configured with
  [EGRESS]=public                       # how tasks reach AWS: public addresses, nat, or endpoints
  [DATABASE]=aurora                     # aurora (Serverless v2), rds (one small server), or existing
  [DATABASE_HOST]=''                    # of an existing PostgreSQL
  [ADMINISTRATOR_SECRET]=''             # of an existing PostgreSQL: ARN of a secret with username and password
  [CERTIFICATE]=''                      # ARN in ACM; empty: plain HTTP, to try things out
  [FORUM_URL]=''                        # the address people use; empty: the load balancer's own
  [ARCHITECTURE]=ARM64                  # of the tasks: ARM64 or X86_64
  [PLATFORMS]='linux/amd64,linux/arm64' # of the images
  [STRATEGY]=rolling                    # of deployments: rolling or canary
  [TASKS]=2                             # of each service, at least
  [MAX_TASKS]=6                         # of each service, at most; the same as TASKS: no scaling
  [SITE_NAME]=Forum                     # what the pages call the forum
  [ALARM_EMAIL]=''                      # who hears of alarms; empty: nobody
  [COLLECTOR_IMAGE]=''                  # a collector of traces beside every task; empty: no traces
)

# Sets and exports every setting, and refuses bad ones. Needs nothing of AWS.
use_settings() {
  [[ ! -e $HERE/forum.env ]] || read_settings "$HERE/forum.env"
  local name
  for name in "${!DEFAULTS[@]}"; do
    declare -gx "$name=${!name:-${DEFAULTS[$name]}}"
  done
  AWS_REGION=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(command aws configure get region || true)}}
  export AWS_DEFAULT_REGION=$AWS_REGION # the name that version 1 of the CLI knows
  local wrong
  wrong=$(wrong_settings)
  [[ -z $wrong ]] || refuse "settings are wrong, nothing was done:"$'\n'"$wrong"
}

# NAME=value lines without any quoting; what the environment has already stays.
read_settings() {
  local line name number=0
  while IFS= read -r line || [[ -n $line ]]; do
    number=$((number + 1))
    [[ -n $line && $line != \#* ]] || continue
    name=${line%%=*}
    [[ $line == *=* && $name =~ ^[A-Z_]+$ && (-v "DEFAULTS[$name]" || $name == AWS_*) ]] ||
      refuse "line $number of $1 is not a setting: $name. The settings are ${!DEFAULTS[*]}."
    [[ -n ${!name:-} ]] || export "$name=${line#*=}"
  done <"$1"
}

# A line for each setting that is wrong.
wrong_settings() {
  must NAME '^[a-z][a-z0-9-]{0,18}[a-z0-9]$' 'has 2 to 20 lower-case letters, digits and hyphens'
  must AWS_REGION '^[a-z]{2}(-[a-z]+)+-[0-9]+$' 'names a region, as in eu-central-1'
  must EGRESS '^(public|nat|endpoints)$' 'is public, nat or endpoints'
  must DATABASE '^(aurora|rds|existing)$' 'is aurora, rds or existing'
  must ARCHITECTURE '^(ARM64|X86_64)$' 'is ARM64 or X86_64'
  must STRATEGY '^(rolling|canary)$' 'is rolling or canary'
  must TASKS '^[1-9][0-9]{0,2}$' 'is a number from 1 to 999'
  must MAX_TASKS '^[1-9][0-9]{0,2}$' 'is a number from 1 to 999'
  must PLATFORMS '^linux/(amd64|arm64)(,linux/(amd64|arm64))?$' 'is linux/amd64, linux/arm64, or both with a comma'
  must CERTIFICATE '^(arn:[^:]+:acm:.+)?$' 'is the ARN of a certificate in ACM, or empty'
  must ADMINISTRATOR_SECRET '^(arn:[^:]+:secretsmanager:.+)?$' 'is the ARN of a secret, or empty'
  must FORUM_URL '^(https?://[^/[:space:]]+)?$' 'is http(s)://host, without a path or a slash at its end, or empty'
  must SITE_NAME '^[^[:cntrl:]]{1,60}$' 'has 1 to 60 characters'
  must ALARM_EMAIL '^([^@[:space:]]+@[^@[:space:]]+)?$' 'is an e-mail address, or empty'
  must COLLECTOR_IMAGE '^[^[:space:]]*$' 'is an image, or empty'
  if [[ $TASKS$MAX_TASKS =~ ^[0-9]+$ ]] && ((TASKS > MAX_TASKS)); then
    echo "  MAX_TASKS ($MAX_TASKS) is at least TASKS ($TASKS)."
  fi
  [[ $PLATFORMS == *"$(platform)"* ]] ||
    echo "  PLATFORMS ($PLATFORMS) has the one of ARCHITECTURE ($ARCHITECTURE): $(platform)."
  if [[ $DATABASE == existing ]]; then
    [[ -n $DATABASE_HOST && -n $ADMINISTRATOR_SECRET ]] ||
      echo '  DATABASE=existing needs DATABASE_HOST and ADMINISTRATOR_SECRET.'
  elif [[ -n $DATABASE_HOST$ADMINISTRATOR_SECRET ]]; then
    echo "  DATABASE_HOST and ADMINISTRATOR_SECRET are of DATABASE=existing, and DATABASE is $DATABASE."
  fi
  [[ $EGRESS != endpoints || -z $COLLECTOR_IMAGE ]] ||
    echo '  COLLECTOR_IMAGE needs EGRESS=public or nat: no endpoint leads to its image, nor its traces to X-Ray.'
  [[ -z $CERTIFICATE || $FORUM_URL == https://* ]] ||
    echo '  CERTIFICATE needs FORUM_URL: https:// and the name that the certificate is for.'
}

must() { # NAME PATTERN WHAT-IT-IS
  [[ ${!1} =~ $2 ]] || echo "  $1 $3; it is \"${!1}\"."
}

# The platform of images that tasks run.
platform() {
  if [[ $ARCHITECTURE == ARM64 ]]; then echo linux/arm64; else echo linux/amd64; fi
}

# The applications of a topology, in the order in which they are deployed: who is asked before who asks.
apps_of() {
  case $1 in
    monolith) echo monolith ;;
    split) echo users topics messages web ;;
    both) echo monolith users topics messages web ;;
  esac
}
