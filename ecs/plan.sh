# shellcheck shell=bash
# What a deployment will make or change, and what it costs. Nothing here changes anything.

declare -A UNCHANGED # stack → yes

show_plan() {
  local app family paid=() what="the $TOPOLOGY"
  [[ $TOPOLOGY != both ]] || what='the monolith and, beside it, the split'
  echo "Plan for $NAME in $AWS_REGION: $what${SERVICE:+, $SERVICE alone}, at $(git -C "$HERE" log -1 --format='%h %s')"
  if [[ -z $SERVICE ]]; then
    echo 'Stacks'
    each_stack plan_stack
  fi
  echo 'Images'
  for app in $APPS $COMMANDS; do
    show "$app" "${IMAGES[$app]:-not pushed: ecs/push $app}"
  done
  echo 'Task definitions'
  for family in $(definitions | cut -d ' ' -f 1); do
    if is_registered "$family"; then show "$family" "stays ${REVISIONS[$family]##*:}"; else show "$family" 'new revision'; fi
  done
  echo 'Services'
  for app in $APPS; do plan_service "$app"; done
  for app in $APPS; do plan_scaling "$app"; done
  if [[ -z $SERVICE ]]; then
    for app in $(others_there); do show "$app" 'taken down'; done
  fi
  [[ -n $RECORDED_TOPOLOGY || $TOPOLOGY != split ]] || echo "$NAME is made split, and nothing leads back to a monolith."
  echo
  for app in $(apps_of "$TOPOLOGY"); do
    [[ -e $WORK/$NAME-$app.json ]] || render "$NAME-$app" "$app" "$app"
    paid+=("$WORK/$NAME-$app.json")
  done
  python3 "$HERE/cost.py" "${paid[@]}"
}

show() { printf '  %-24s %s\n' "$1" "$2"; }

plan_stack() { # STACK TEMPLATE KEY=VALUE…
  case ${STACKS[$1]:-} in
    '' | REVIEW_IN_PROGRESS | CREATE_FAILED | ROLLBACK_COMPLETE | ROLLBACK_FAILED) show "$1" new ;;
    *_IN_PROGRESS) show "$1" "another run is changing it (${STACKS[$1]})" ;;
    *)
      if is_unchanged "$@"; then
        UNCHANGED[$1]=yes
        show "$1" unchanged
      else
        show "$1" changes
        show_changes "$@"
      fi
      ;;
  esac
}

# By a change set, which is made, read and deleted.
show_changes() { # STACK TEMPLATE KEY=VALUE…
  local stack=$1 template=$2 answer
  shift 2
  answer=$(aws cloudformation deploy --stack-name "$NAME-$stack" --template-file "$HERE/stacks/$template.yaml" \
    --no-execute-changeset --no-fail-on-empty-changeset --capabilities CAPABILITY_NAMED_IAM CAPABILITY_AUTO_EXPAND \
    --parameter-overrides "Name=$NAME" "$@")
  [[ $answer =~ (arn:[^[:space:]]+:changeSet/[^[:space:]]+) ]] || return 0 # words of the template alone
  aws cloudformation describe-change-set --change-set-name "${BASH_REMATCH[1]}" --output json \
    --query 'Changes[].ResourceChange.[Action, LogicalResourceId, ResourceType, Replacement]' | python3 -c '
import json, sys
for action, resource, kind, replacement in json.loads(sys.stdin.read() or sys.exit(1)):
    replaced = {"True": ", replaced", "Conditional": ", perhaps replaced"}.get(replacement, "")
    print(f"    {action.lower():7} {resource} ({kind}{replaced})")'
  aws cloudformation delete-change-set --change-set-name "${BASH_REMATCH[1]}" >/dev/null
}

plan_service() { # APP
  local family=$NAME-$1
  if ! is_made "service-$1"; then
    show "$1" "new, $TASKS to $MAX_TASKS tasks"
  elif [[ -z ${REVISIONS[$family]:-} || ${REVISIONS[$family]} != "${PARAMETERS["service-$1 TaskDefinition"]}" ]]; then
    show "$1" "new revision in place of ${PARAMETERS["service-$1 TaskDefinition"]##*:}, $STRATEGY"
  elif is_unchanged "service-$1" service "App=$1" "TaskDefinition=${REVISIONS[$family]}" "Tasks=$(tasks_told)" \
    "Names=$(names_told)"; then
    show "$1" unchanged
  else
    show "$1" changes
  fi
}

plan_scaling() { # APP
  if [[ -n $(tasks_told) ]]; then
    [[ -z ${STACKS[scaling-$1]:-} ]] || show "scaling of $1" removed
  elif [[ -z ${STACKS[scaling-$1]:-} ]]; then
    show "scaling of $1" new
  elif ! is_unchanged "scaling-$1" scaling "App=$1" "Tasks=$TASKS" "MaxTasks=$MAX_TASKS"; then
    show "scaling of $1" changes
  fi
}
