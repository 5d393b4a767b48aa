"""The rules as a CloudFormation template: a listener rule for each, and one for the default.

Each group has a parameter that says its share: the percentage of its requests that its own service has, while
the monolith has the rest. Both target groups stand in its rules, since ECS makes no service for a target
group that no rule names; the one that has all comes first, for load balancers that know no weights.
"""

import json

from router.rules import Action, BadRules, Fixed, Rule, Rules
from router.shares import MONOLITH

LAST = 50_000  # the lowest priority that there is

HEAD = """\
# Made by `python -m router cloudformation`; change the rules, not this.
Description: "Forum: which application answers which path."

Parameters:
  Name:
    Type: String
    AllowedPattern: "[a-z][a-z0-9-]{{0,18}}[a-z0-9]"
{parameters}
Mappings:
  Rest: # CloudFormation does not subtract
{rest}
Conditions:
{conditions}
Resources:
{rules}"""

PARAMETER = """\
  {Group}:
    Type: String
    AllowedPattern: "(100|[1-9]?[0-9])"
    Description: Percentage of the requests of {group} that its service has; the monolith has the rest.
"""

REST = """\
    "{percent}": {{ Percent: "{rest}" }}
"""

CONDITION = """\
  {Group}Alone: !Equals [!Ref {Group}, "100"]
"""

RULE = """\
  {name}:
    Type: AWS::ElasticLoadBalancingV2::ListenerRule
    Properties:
      ListenerArn: !ImportValue {{ "Fn::Sub": "${{Name}}-listener" }}
      Priority: {priority}
      Conditions:
{conditions}
      Actions:
{action}
"""

VALUES = """\
        - {{ Field: {field}, {config}: {{ Values: {values} }} }}"""

FIXED = """\
        - Type: fixed-response
          FixedResponseConfig: {{ StatusCode: "{status}", ContentType: {kind}, MessageBody: {body} }}"""

FORWARD = """\
        - Type: forward
          ForwardConfig:
            TargetGroups: !If
              - {Group}Alone
              - - {service}
                - {monolith}
              - - {monolith}
                - {service}"""

TARGET = '{{ TargetGroupArn: !ImportValue {{ "Fn::Sub": "${{Name}}-target-{group}" }}, Weight: {weight} }}'


def render(rules: Rules) -> str:
    """routing.yaml. Raises BadRules for a rule that shares its requests: here parameters do."""
    groups = [{"group": group, "Group": group.capitalize()} for group in rules.groups()]
    written = [_rule(f"Rule{rule.priority}", rule) for rule in rules.rules]
    return HEAD.format(
        rest="".join(REST.format(percent=percent, rest=100 - percent) for percent in range(101)),
        parameters="".join(PARAMETER.format(**names) for names in groups),
        conditions="".join(CONDITION.format(**names) for names in groups),
        rules="".join([*written, _rule("Default", Rule(LAST, ("/*",), (), rules.default))]),
    )


def _rule(name: str, rule: Rule) -> str:
    listed = (
        ("path-pattern", "PathPatternConfig", rule.paths),
        ("http-request-method", "HttpRequestMethodConfig", rule.methods),
    )
    conditions = [
        VALUES.format(field=field, config=config, values=json.dumps(values))
        for field, config, values in listed
        if values
    ]
    return RULE.format(
        name=name, priority=rule.priority, conditions="\n".join(conditions), action=_action(name, rule.action)
    )


def _action(name: str, action: Action) -> str:
    if isinstance(action, Fixed):
        return FIXED.format(status=action.status, kind=action.content_type, body=json.dumps(action.body))
    if len(action.groups) > 1:
        raise BadRules([f"{name} shares its requests between groups; here each rule has one"])
    group = action.groups[0].group
    parameter = group.capitalize()
    return FORWARD.format(
        Group=parameter,
        service=TARGET.format(group=group, weight=f"!Ref {parameter}"),
        monolith=TARGET.format(group=MONOLITH, weight=f"!FindInMap [Rest, !Ref {parameter}, Percent]"),
    )
