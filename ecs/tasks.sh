# shellcheck shell=bash
# Task definitions and one-off tasks.

declare -A SECRETS      # secret, without NAME/ → ARN
declare -A REPOSITORIES # application → where its images are
declare -A IMAGES       # application → its image of a commit, by digest
declare -A LATEST       # family → ARN and digest of its newest revision
declare -A REVISIONS    # family → ARN of the revision that says what the file says
PENDING=''              # what stands in a task definition for what has not been made yet

# The ARNs of the installation's secrets, never what is in them.
read_secrets() {
  local rows name arn
  rows=$(aws secretsmanager list-secrets --filters "Key=name,Values=$NAME/" --output text --query 'SecretList[].[Name, ARN]')
  SECRETS=()
  while IFS=$'\t' read -r name arn; do
    [[ -z $name ]] || SECRETS[${name#"$NAME/"}]=$arn
  done <<<"$rows"
}

# Images of a commit; an application without one is left out.
find_images() { # COMMIT APP…
  local commit=$1 rows name uri app digest
  shift
  is_made registry || return 0
  rows=$(aws ecr describe-repositories --repository-names "${@/#/$NAME/}" --output text \
    --query 'repositories[].[repositoryName, repositoryUri]')
  while IFS=$'\t' read -r name uri; do
    [[ -z $name ]] || REPOSITORIES[${name#"$NAME/"}]=$uri
  done <<<"$rows"
  for app in "$@"; do
    [[ -n ${REPOSITORIES[$app]:-} ]] || continue
    digest=$(aws ecr batch-get-image --repository-name "$NAME/$app" --image-ids "imageTag=$commit" \
      --output text --query 'images[0].imageId.imageDigest')
    [[ $digest == None ]] || IMAGES[$app]=${REPOSITORIES[$app]}@$digest
  done
}

# Writes the task definition of a family to its file in WORK.
render() { # FAMILY TEMPLATE APP
  local database=$3 name key
  local -a values=()
  [[ $3 != monolith ]] || database=forum
  for name in database/{users,topics,messages,forum} secret-key caller/{topics,messages,web} administrator-password; do
    key=${name^^}
    values+=("SECRET_${key//[\/-]/_}=${SECRETS[$name]:-$PENDING}")
  done
  python3 "$HERE/render.py" "$HERE/tasks/$2.json" \
    "NAME=$NAME" "REGION=$AWS_REGION" "ARCHITECTURE=$ARCHITECTURE" "SITE_NAME=$SITE_NAME" "TOPOLOGY=${TOPOLOGY/both/monolith}" \
    "APP=$3" "DATABASE=$database" "SECRET_DATABASE=${SECRETS[database/$database]:-$PENDING}" \
    "IMAGE=${IMAGES[$3]:-$PENDING}" "EXECUTION_ROLE=${EXPORTS[execution-role-$3]:-$PENDING}" \
    "DATABASE_HOST=${EXPORTS[database-host]:-$PENDING}" "SECRET_ADMINISTRATOR=${EXPORTS[administrator]:-$PENDING}" \
    "COLLECTOR_IMAGE=$COLLECTOR_IMAGE" "TASK_ROLE=${EXPORTS[task-role]:-$PENDING}" \
    "FORUM_URL=$(forum_url)" "${values[@]}" >"$WORK/$1.json"
}

# The address people use.
forum_url() {
  local balancer=${EXPORTS[balancer-dns]:-$PENDING}
  echo "${FORUM_URL:-${balancer:+http://$balancer}}"
}

# The newest revisions of families, of those that exist.
read_latest() { # FAMILY…
  local there family
  there=" $(aws ecs list-task-definition-families --family-prefix "$NAME-" --status ACTIVE --output text \
    --query 'families[].[@]' | tr '\n' ' ') "
  for family in "$@"; do
    [[ $there == *" $family "* ]] || continue
    LATEST[$family]=$(aws ecs describe-task-definition --task-definition "$family" --output text \
      --query 'taskDefinition.[taskDefinitionArn, containerDefinitions[0].dockerLabels."forum.definition"]')
  done
}

# Whether a family's newest revision says what its rendered file says; then it is the one to use.
is_registered() { # FAMILY
  local arn digest
  read -r arn digest <<<"${LATEST[$1]:-}"
  [[ $digest == "$(digest_of "$1")" ]] && REVISIONS[$1]=$arn
}

digest_of() { # FAMILY
  python3 -c '
import json, sys
print(json.load(open(sys.argv[1]))["containerDefinitions"][0]["dockerLabels"]["forum.definition"])' "$WORK/$1.json"
}

register() { # FAMILY
  ! is_registered "$1" || return 0
  REVISIONS[$1]=$(aws ecs register-task-definition --cli-input-json "file://$WORK/$1.json" --output text \
    --query taskDefinition.taskDefinitionArn)
  say "$(elapsed)  task definition ${REVISIONS[$1]##*/}"
}

# Starts a one-off task where the services run, and prints its ARN.
start_task() { # TASK-DEFINITION [CONTAINER COMMAND…]
  local answer definition=$1
  shift
  python3 -c '
import json, sys
name, *command = sys.argv[1:] or [""]
print(json.dumps({"containerOverrides": [{"name": name, "command": command}] if name else []}))' "$@" >"$WORK/overrides.json"
  answer=$(aws ecs run-task --cluster "$NAME" --task-definition "$definition" --launch-type FARGATE --started-by "$PROGRAM" \
    --overrides "file://$WORK/overrides.json" --network-configuration "awsvpcConfiguration={subnets=[${EXPORTS[task-subnets]}],securityGroups=[${EXPORTS[task-group]},${EXPORTS[peers-group]}],assignPublicIp=${EXPORTS[public-ip]}}" \
    --output text --query '[tasks[0].taskArn, failures[0].reason]')
  [[ ${answer%%$'\t'*} != None ]] || die "ECS does not start ${definition##*/}: ${answer#*$'\t'}. Run $PROGRAM again."
  echo "${answer%%$'\t'*}"
}

# For each task a line: its status, the exit code of its first container (- for none), why it stopped.
task_states() { # TASK…
  aws ecs describe-tasks --cluster "$NAME" --tasks "$@" --output json --query tasks | python3 -c '
import json, sys
tasks = {task["taskArn"]: task for task in json.loads(sys.stdin.read() or sys.exit(1))}
for arn in sys.argv[1:]:
    task = tasks.get(arn, {"lastStatus": "STOPPED", "stoppedReason": "ECS has forgotten it"})
    first = (task.get("containers") or [{}])[0]
    why = "; ".join(filter(None, [task.get("stoppedReason"), first.get("reason")]))
    code = first.get("exitCode")
    print(task["lastStatus"], "-" if code is None else code, " ".join(why.split()) or "-")
' "$@"
}

# Prints what a log stream has since the last time, and keeps the place in WORK.
print_log() { # LOG-GROUP STREAM
  local place=$WORK/${2//\//-} known
  known=$(cat "$place" 2>/dev/null || true)
  aws logs get-log-events --log-group-name "$1" --log-stream-name "$2" --start-from-head ${known:+--next-token "$known"} \
    --output json | python3 -c '
import json, sys
page = json.loads(sys.stdin.read() or sys.exit(1))
for event in page["events"]:
    print(event["message"], flush=True)
open(sys.argv[1], "w").write(page["nextForwardToken"])' "$place"
}

# Runs one-off tasks side by side to their end; fails when one does, and shows its log.
run_to_end() { # WHAT TASK-AND-LOG… each as "ARN LOG-GROUP STREAM-PREFIX"
  local what=$1 states said='' code why i failed=0
  local -a arns=() logs=()
  shift
  for i in "$@"; do
    arns+=("${i%% *}")
    logs+=("${i#* }")
  done
  while :; do
    states=$(task_states "${arns[@]}")
    if [[ $states != "$said" ]]; then
      say "$(elapsed)  $what: $(cut -d ' ' -f 1 <<<"$states" | tr '\n' ' ')"
      said=$states
    fi
    grep -qv '^STOPPED ' <<<"$states" || break
    ((SECONDS < 7200)) || die "$what has not ended within two hours; it goes on. Look with ecs/logs."
    sleep 3
  done
  i=0
  while read -r _ code why; do
    if [[ $code != 0 ]]; then
      failed=1
      say "$what failed (exit code $code): $why"
      [[ $code == - ]] || print_log "${logs[i]% *}" "${logs[i]#* }/${arns[i]##*/}" >&2
    fi
    i=$((i + 1))
  done <<<"$states"
  ((!failed)) || die "$what failed; nothing after it was done. Put right what stands above, then run $PROGRAM again."
}
