# shellcheck shell=bash
# Stacks of CloudFormation: which there are, what a template would change, making, changing and deleting them.

declare -A STACKS     # stack, without NAME- → its status
declare -A PARAMETERS # "stack Key" → value
declare -A EXPORTS    # export, without NAME- → value

read_stacks() {
  local rows stack key value
  rows=$(aws cloudformation describe-stacks --output json --query \
    "Stacks[?starts_with(StackName, '$NAME-') && StackStatus != 'DELETE_COMPLETE'].[StackName, StackStatus, Parameters]" | python3 -c '
import json, sys
for name, status, parameters in json.loads(sys.stdin.read() or sys.exit(1)):
    print(name, "", status, sep="\t")
    for parameter in parameters or []:
        print(name, parameter["ParameterKey"], parameter["ParameterValue"], sep="\t")
')
  STACKS=() PARAMETERS=()
  while IFS=$'\x1f' read -r stack key value; do
    stack=${stack#"$NAME-"}
    if [[ -n $key ]]; then PARAMETERS["$stack $key"]=$value; elif [[ -n $stack ]]; then STACKS[$stack]=$value; fi
  done <<<"${rows//$'\t'/$'\x1f'}" # a tab would swallow what is empty
}

read_exports() {
  local rows name value
  rows=$(aws cloudformation list-exports --output text --query "Exports[?starts_with(Name, '$NAME-')].[Name, Value]")
  EXPORTS=()
  while IFS=$'\t' read -r name value; do
    [[ -z $name ]] || EXPORTS[${name#"$NAME-"}]=$value
  done <<<"$rows"
}

# Whether a stack was ever made: not merely planned, nor taken back when making it failed.
is_made() { # STACK
  [[ ${STACKS[$1]:-} == @(CREATE_COMPLETE|UPDATE_*) ]]
}

# Whether a stack stands as its template and these parameters have it.
is_unchanged() { # STACK TEMPLATE KEY=VALUE…
  local stack=$1 template=$2 parameter there
  shift 2
  [[ ${STACKS[$stack]:-} == *_COMPLETE ]] && is_made "$stack" || return 1
  for parameter in "$@"; do
    [[ ${PARAMETERS["$stack ${parameter%%=*}"]-} == "${parameter#*=}" ]] || return 1
  done
  there=$(aws cloudformation get-template --stack-name "$NAME-$stack" --template-stage Original \
    --output text --query TemplateBody) || exit
  [[ $there == "$(<"$HERE/stacks/$template.yaml")" ]]
}

# The share of each group's requests that its service has, as the rules have it: nothing where there are no rules.
shares() {
  local group all=''
  for group in $(apps_of split); do
    [[ -z ${PARAMETERS["routing ${group^}"]:-} ]] || all+="${all:+, }$group ${PARAMETERS["routing ${group^}"]} %"
  done
  echo "$all"
}

# Makes or changes a stack and waits until that is done.
deploy_stack() { # STACK TEMPLATE KEY=VALUE…
  local stack=$1 template=$2 ticking code=0
  shift 2
  settle "$stack"
  say "$(elapsed)  stack $NAME-$stack"
  tick "$stack" &
  ticking=$!
  aws cloudformation deploy --stack-name "$NAME-$stack" --template-file "$HERE/stacks/$template.yaml" \
    --no-fail-on-empty-changeset --capabilities CAPABILITY_NAMED_IAM CAPABILITY_AUTO_EXPAND \
    --parameter-overrides "Name=$NAME" "$@" >/dev/null || code=$?
  kill "$ticking" 2>/dev/null || true
  if ((code)); then
    explain "$stack"
    exit 1
  fi
  STACKS[$stack]=UPDATE_COMPLETE
}

# Waits until a stack can be changed. What failed when it was first made has nothing in it and goes.
settle() { # STACK
  while :; do
    case ${STACKS[$1]:-} in
      REVIEW_IN_PROGRESS) return ;; # planned and never made
      *_IN_PROGRESS)
        say "$(elapsed)  stack $NAME-$1 is ${STACKS[$1]}, by another run: waiting"
        sleep 10
        read_stacks
        ;;
      CREATE_FAILED | ROLLBACK_COMPLETE | ROLLBACK_FAILED)
        say "$(elapsed)  stack $NAME-$1 could not be made the last time: removing what there is of it"
        delete_stacks "$1"
        ;;
      UPDATE_ROLLBACK_FAILED)
        explain "$1"
        die "stack $NAME-$1 is stuck between two states. Put right what stands above, then" \
          "\"aws cloudformation continue-update-rollback --stack-name $NAME-$1\", then run $PROGRAM again."
        ;;
      DELETE_FAILED) die "stack $NAME-$1 was to be deleted and is half gone: run ecs/destroy again first." ;;
      *) return ;;
    esac
  done
}

# Says every half minute what a stack is busy with.
tick() { # STACK
  trap - EXIT INT TERM
  while sleep 30 >/dev/null 2>&1; do
    say "$(elapsed)  … $(aws cloudformation describe-stack-resources --stack-name "$NAME-$1" --output text --query \
      "StackResources[?ends_with(ResourceStatus, 'IN_PROGRESS')].LogicalResourceId" 2>/dev/null | tr '\n\t' '  ')"
  done
}

# What went wrong with a stack, newest last.
explain() { # STACK
  say "What CloudFormation says of $NAME-$1:"
  aws cloudformation describe-stack-events --stack-name "$NAME-$1" --max-items 60 --output json --query \
    'StackEvents[].[ResourceStatus, LogicalResourceId, ResourceStatusReason]' | python3 -c '
import json, sys
failed = [event for event in json.loads(sys.stdin.read() or sys.exit(1)) if event[0].endswith("FAILED") and event[2]]
for _, resource, reason in reversed(failed[:5]):
    print(f"  {resource}: {reason}")
' >&2 || true
}

# Deletes stacks, one after the other is asked for, and waits until none is there.
delete_stacks() { # STACK…
  local stack left
  for stack in "$@"; do
    [[ -z ${STACKS[$stack]:-} ]] || aws cloudformation delete-stack --stack-name "$NAME-$stack"
  done
  while :; do
    read_stacks
    left=()
    for stack in "$@"; do
      case ${STACKS[$stack]:-} in
        '') ;;
        DELETE_FAILED)
          explain "$stack"
          die "stack $NAME-$stack could not be deleted. Put right what stands above, then run $PROGRAM again."
          ;;
        *) left+=("$NAME-$stack") ;;
      esac
    done
    ((${#left[@]})) || return 0
    say "$(elapsed)  going: ${left[*]}"
    sleep 5
  done
}
