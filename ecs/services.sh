# shellcheck shell=bash
# Services: giving one its revision and waiting for it, the test through the load balancer, and what is recorded of releases.

declare -A RELEASES # application → ARN of the task definition that was last good
RECORDED_TOPOLOGY=''
RECORDED_RELEASE='' # all of them in one text, so that an installation goes back as it was

read_releases() {
  local rows name value pair
  rows=$(aws ssm get-parameters-by-path --path "/$NAME" --recursive --output text --query 'Parameters[].[Name, Value]')
  RELEASES=() RECORDED_TOPOLOGY='' RECORDED_RELEASE=''
  while IFS=$'\t' read -r name value; do
    case ${name#"/$NAME/"} in
      topology) RECORDED_TOPOLOGY=$value ;;
      release) RECORDED_RELEASE=$value ;;
    esac
  done <<<"$rows"
  for pair in $RECORDED_RELEASE; do RELEASES[${pair%%=*}]=${pair#*=}; done
}

record() { # PARAMETER VALUE
  aws ssm put-parameter --name "/$NAME/$1" --type String --overwrite --value "$2" >/dev/null
}

# What RELEASES says now is good.
record_release() {
  local app release=''
  for app in $(printf '%s\n' "${!RELEASES[@]}" | sort); do release+="${release:+ }$app=${RELEASES[$app]}"; done
  [[ $release == "$RECORDED_RELEASE" ]] || record release "$release"
}

# How many tasks a service is told to have: none where scaling decides.
tasks_told() {
  if ((MAX_TASKS == TASKS)); then echo "$TASKS"; fi
}

# Gives a service a revision, and waits until it runs that and nothing else. Where ECS goes back, so does the stack.
deploy_service() { # APP ARN [KEY=VALUE…]
  local app=$1 arn=$2 before=${PARAMETERS["service-$1 TaskDefinition"]:-} tasks
  shift 2
  tasks=$(tasks_told)
  # A number that we tell and one that scaling finds would be at odds.
  [[ -z $tasks || -z ${STACKS[scaling-$app]:-} ]] || delete_stacks "scaling-$app"
  deploy_stack "service-$app" service "App=$app" "TaskDefinition=$arn" "Tasks=$tasks" "$@"
  if ! await_deployment "$app" "$arn"; then
    why_stopped "$arn"
    if [[ -n $before && $before != "$arn" ]]; then
      say "$app stays on ${before##*/}: its stack is put back to that."
      deploy_stack "service-$app" service "App=$app" "TaskDefinition=$before" "Tasks=$tasks"
    fi
    does_not_run "$app" "$arn"
  fi
  [[ -n $tasks ]] || deploy_stack "scaling-$app" scaling "App=$app" "Tasks=$TASKS" "MaxTasks=$MAX_TASKS"
  [[ -z ${STACKS[canary-$app]:-} ]] || delete_stacks "canary-$app"
}

does_not_run() { # APP ARN
  die "$1 does not run ${2##*/}. See ecs/logs $1 --since 30m, put it right, then run $PROGRAM again."
}

# Lets one task of a revision serve beside the others for a while. Fails when it does not run, or an alarm goes off.
CANARY_SECONDS=300
try_canary() { # APP ARN
  local app=$1 arn=$2 end alarms=''
  deploy_stack "canary-$app" service "App=$app" "TaskDefinition=$arn" Tasks=1 Canary=true
  if await_deployment "$app-canary" "$arn"; then
    say "$(elapsed)  a canary of $app serves for $((CANARY_SECONDS / 60)) minutes"
    end=$((SECONDS + CANARY_SECONDS))
    while ((SECONDS < end)) && [[ -z $alarms ]]; do
      sleep 15
      alarms=$(aws cloudwatch describe-alarms --alarm-name-prefix "$NAME-$app-" --state-value ALARM --output text \
        --query 'MetricAlarms[].[AlarmName]')
    done
    [[ -n $alarms ]] || return 0
    say "Alarms: ${alarms//$'\n'/, }"
  else
    why_stopped "$arn"
  fi
  delete_stacks "canary-$app"
  die "the canary of $app failed and is gone; $app itself was not touched. See ecs/logs $app --since 30m"
}

# 0 when a service runs a revision with all its tasks; 1 when ECS has given it up.
await_deployment() { # SERVICE ARN
  local row state running desired definition why said='' deadline=$((SECONDS + 3600))
  while :; do
    row=$(aws ecs describe-services --cluster "$NAME" --services "$1" --output text --query "services[0].deployments[?
      status == 'PRIMARY'] | [0].[taskDefinition, rolloutState, runningCount, desiredCount, rolloutStateReason]") || exit
    IFS=$'\t' read -r definition state running desired why <<<"$row"
    if [[ $said != "$state $running/$desired" ]]; then
      said="$state $running/$desired"
      say "$(elapsed)  service $1: ${definition##*/} ${state,,}, $running of $desired tasks run"
    fi
    if [[ $definition != "$2" ]]; then
      say "ECS has gone back to ${definition##*/}, or another deployment took over: $why"
      return 1
    elif [[ $state == FAILED ]] || ((SECONDS > deadline)); then
      say "ECS has given up, or was given an hour: $why"
      return 1
    elif [[ $state == COMPLETED && $running == "$desired" ]]; then
      return 0
    fi
    sleep 3
  done
}

# Why tasks of a revision stopped, as far as ECS remembers and tells: what has to be done about it is done in any case.
why_stopped() { # ARN
  local family=${1##*/} arns
  arns=$(aws ecs list-tasks --cluster "$NAME" --family "${family%:*}" --desired-status STOPPED --max-results 20 --output text \
    --query 'taskArns[].[@]') || return 0
  # shellcheck disable=SC2086  # a list of ARNs
  [[ -z $arns ]] || aws ecs describe-tasks --cluster "$NAME" --tasks $arns --output json --query tasks |
    python3 -c '
import json, sys
seen = set()
for task in json.loads(sys.stdin.read() or sys.exit(1)):
    if task["taskDefinitionArn"] == sys.argv[1]:
        codes = [str(c["exitCode"]) for c in task["containers"] if c.get("exitCode") is not None]
        whys = [task.get("stoppedReason"), *(c.get("reason") for c in task["containers"])]
        seen.add("  ".join(filter(None, [*whys, codes and "exit code " + ", ".join(codes)])))
for why in sorted(seen):
    print(f"  A task stopped: {why}")' "$1" >&2 || true
}

# Service Connect tells a task of the names that exist when it starts. topics is made before messages, whose feed it
# follows, so once messages has its name topics starts anew.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-concepts-deploy.html
introduce_messages() {
  local topics
  topics=$(aws ecs describe-services --cluster "$NAME" --services topics messages --output json --query \
    "services[].[serviceName, createdAt, deployments[?status == 'PRIMARY'] | [0].[createdAt, taskDefinition]]" | python3 -c '
import json, sys
made = {name: (at, *deployment) for name, at, deployment in json.loads(sys.stdin.read() or sys.exit(1))}
print(made["topics"][2] if made["topics"][1] < made["messages"][0] else "")')
  [[ -n $topics ]] || return 0
  say "$(elapsed)  topics starts anew, now that messages has a name"
  aws ecs update-service --cluster "$NAME" --service topics --force-new-deployment >/dev/null
  await_deployment topics "$topics" || die "topics did not start anew, and does not hear of messages." \
    "See ecs/logs topics --since 30m, put it right, then run $PROGRAM again."
}

# Asks for something of every part through the load balancer, as people do.
smoke_test() {
  local url path wanted got deadline=$((SECONDS + 120))
  url=$(forum_url)
  while read -r path wanted; do
    while :; do
      got=$(curl --silent --output /dev/null --max-time 10 --write-out '%{http_code}' "$url$path" || true)
      [[ $got != "$wanted" ]] || break
      ((SECONDS < deadline)) || die "the forum answers $url$path with $got instead of $wanted (000: not at all)." \
        "The release is not recorded as good; ecs/rollback returns to the last one that was. A name of your own in" \
        "FORUM_URL needs a DNS record that leads to ${EXPORTS[balancer-dns]}."
      sleep 2
    done
  done <<'EOF'
/ 200
/api/users 200
/.well-known/jwks.json 200
/api/topics 200
/api/tags 200
/api/messages 200
/metrics 404
/internal/ 404
EOF
  say "$(elapsed)  the forum answers at $url"
}
