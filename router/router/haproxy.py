"""The rules as a configuration for HAProxy 3.0.

HAProxy runs every `http-request` line before any `use_backend`, so the rule is chosen into a variable first,
lowest priority first; then the variable decides on the answer or the backend. There is a backend per target
group and no way between them: when a group is down, its requests get 503, never another group's answer.
"""

import ipaddress

from router.match import CLEAN, regex
from router.request import MAX_HEAD, MAX_HEADERS, MAX_LINE
from router.rules import Action, Fixed, Forward, Rule, Rules
from router.settings import Address, Settings
from router.shares import MAP, MONOLITH

SLOTS = 4  # addresses that are followed behind one name

HEAD = """\
# Made by `python -m router haproxy`; change the rules or the settings, not this.
global
    log stdout format raw local0
    maxconn 2000
    # One thread serves 10,000 requests a second; two share their connections at half as much again for each.
    nbthread 1
    hard-stop-after {shutdown}s
    tune.bufsize {bufsize}
    tune.maxrewrite 2048
    tune.http.maxhdr {headers}
{runtime}
defaults
    mode http
    log global
    option http-keep-alive
    option disable-h2-upgrade
    option dontlognull
    timeout http-request {head}s
    timeout http-keep-alive {idle}s
    timeout client {idle}s
    timeout connect {connect}s
    timeout queue {connect}s
    timeout server {idle}s
    # A connection that was not made is tried once more, on another server if there is one. A request is sent
    # again only when the connection turned out closed, and only a GET or HEAD (see disable-l7-retry).
    retries 1
    option redispatch 1
    retry-on conn-failure empty-response
{resolvers}
frontend public
    bind {host}:{port}
    log-format "{log}"

    # One reading of every request, or none.
    http-request set-var(txn.path) path
    http-request deny deny_status 405 if METH_CONNECT or METH_TRACE
    http-request deny deny_status 400 if HTTP_1.1 !{{ req.fhdr(host) -m found }}
    http-request return status 414 if {{ url,length gt {line} }}
    http-request deny deny_status 413 if {{ req.body_size gt {body} }}
    http-request deny deny_status 400 if {{ url -m reg -- ^[^/]+//[^/]*@ }}
    acl clean path -m reg -- {clean}
    http-request return status 404 content-type text/plain string "Not found\\n" unless clean
    http-request set-uri %[pathq]
    http-request del-header [^A-Za-z0-9-] -m reg
    http-request del-header upgrade

    # What a load balancer tells the service.
    http-request set-var(txn.id) date,hex,bytes(8,8),lower
    http-request set-var-fmt(txn.id) "1-%[var(txn.id)]-%[uuid(4),regsub(-,,g),bytes(8,24)]"
    http-request set-var(txn.sent) req.fhdr(x-amzn-trace-id),regsub("Self=[^;]*;?","",g)
    http-request set-var-fmt(txn.trace) "Root=%[var(txn.id)]"
    acl traced var(txn.sent) -m len gt 0
    http-request set-var-fmt(txn.trace) "Self=%[var(txn.id)];%[var(txn.sent)]" if traced
    http-request set-header X-Amzn-Trace-Id "%[var(txn.trace)]"
    http-request set-var(txn.forwarded) src
    acl forwarded req.fhdr(x-forwarded-for) -m found
    http-request set-var-fmt(txn.forwarded) "%[req.fhdr(x-forwarded-for)], %[src]" if forwarded
    http-request set-header X-Forwarded-For "%[var(txn.forwarded)]"
    http-request set-header X-Forwarded-Proto http
    http-request set-header X-Forwarded-Port "%[dst_port]"

    # The rule.
{choose}

    # What the rule does.
{act}
{share}    use_backend %[var(txn.group)]
"""

SHARE = f"""
    # Whether the service has it or, for now, the monolith; which has all that no file beside this one names.
    http-request set-var(txn.share) var(txn.group),map_str_int(opt@{MAP},0)
    http-request set-var(txn.chance) rand(100)
    http-request set-var(txn.group) str({MONOLITH}) unless {{ var(txn.chance),sub(txn.share) -m int lt 0 }}
"""

RESOLVERS = """
resolvers names
    parse-resolv-conf
    hold valid 2s
    hold obsolete 2s
    hold nx 2s
    hold timeout 10s
    timeout resolve 1s
    timeout retry 1s
    accepted_payload_size 8192
"""

BACKEND = """
backend {group}
    balance leastconn
    http-request disable-l7-retry unless METH_GET or {{ method HEAD }}
    option httpchk
    http-check send meth GET uri /health/ready ver HTTP/1.1 hdr Host {group}
    http-check expect status 200
    default-server check inter {interval}s fastinter 500ms downinter 500ms fall 2 rise 1 maxconn 1000{dns}
{servers}"""

LOG = (
    '{\\"time\\":\\"%[accept_date(ms),ms_utime(%Y-%m-%dT%H:%M:%S.%3NZ)]\\",\\"client\\":\\"%ci\\",'
    '\\"method\\":\\"%HM\\",\\"path\\":\\"%[var(txn.path),json(utf8s)]\\",\\"status\\":%ST,\\"bytes\\":%B,'
    '\\"ms\\":%Ta,\\"group\\":\\"%b\\",\\"target\\":\\"%s\\",\\"ended\\":\\"%ts\\",'
    '\\"trace\\":\\"%[var(txn.trace),json(utf8s)]\\"}'
)


def render(rules: Rules, settings: Settings) -> str:
    """haproxy.cfg. Addresses that are names are followed through DNS, so that a container that comes back
    elsewhere is found again."""
    cutover = bool(settings.targets.get(MONOLITH))
    groups = [*rules.groups(), MONOLITH] if cutover else rules.groups()
    named = any(not _is_ip(host) for group in groups for host, _ in settings.targets[group])
    text = HEAD.format(
        shutdown=_number(settings.shutdown_seconds),
        bufsize=MAX_HEAD + MAX_LINE + 2048,
        headers=MAX_HEADERS + 1,
        runtime=_runtime(settings.runtime_api, cutover),
        head=_number(settings.head_timeout),
        idle=_number(settings.idle_timeout),
        connect=_number(settings.connect_timeout),
        resolvers=RESOLVERS if named else "",
        host=f"[{settings.host}]" if ":" in settings.host else settings.host,
        port=settings.port,
        log=LOG,
        line=MAX_LINE,
        body=settings.max_body,
        clean=_quoted(CLEAN),
        choose="\n".join(line for rule in rules.rules for line in _choose(rule)),
        act="\n".join(_acts(rules)),
        share=SHARE if cutover else "",
    )
    return text + "".join(_backend(group, settings) for group in groups) + "\n"


def _runtime(api: str, cutover: bool) -> str:
    """The map stands beside the configuration, wherever that is; its socket is for whoever runs HAProxy."""
    lines = ["    default-path config\n"] if cutover else []
    if api:
        lines.append(f"    stats socket {api} level operator{' mode 600' if api.startswith('/') else ''}\n")
    return "".join(lines)


def _choose(rule: Rule) -> list[str]:
    """One line per pattern: the rule is taken unless one above it was."""
    method = f" {{ method -m str {' '.join(rule.methods)} }}" if rule.methods else ""
    take = f"    http-request set-var(txn.rule) str({rule.priority}) if !{{ var(txn.rule) -m found }}{method}"
    return [f"{take} {{ {_test(path)} }}" for path in rule.paths] or [take]


def _test(path: str) -> str:
    if "?" not in path and path.find("*") in (-1, len(path) - 1):
        return f"path -m {'beg' if path.endswith('*') else 'str'} -- {_quoted(path.removesuffix('*'))}"
    return f"path -m reg -- {_quoted(f'^{regex(path)}$')}"


def _acts(rules: Rules) -> list[str]:
    lines = [
        line
        for rule in rules.rules
        for line in _act(rule.action, f"if {{ var(txn.rule) -m str {rule.priority} }}")
    ]
    return lines + _act(rules.default, "if !{ var(txn.rule) -m found }")


def _act(action: Action, condition: str) -> list[str]:
    if isinstance(action, Fixed):
        body = f" content-type {action.content_type} string {_quoted(action.body)}" if action.body else ""
        return [f"    http-request return status {action.status}{body} {condition}"]
    return _share(action, condition)


def _share(forward: Forward, condition: str) -> list[str]:
    """A group by chance: a number below the total of the weights, and the first group that reaches above."""
    shares = [share for share in forward.groups if share.weight]
    if len(shares) == 1:
        return [f"    http-request set-var(txn.group) str({shares[0].group}) {condition}"]
    lines = [f"    http-request set-var(txn.draw) rand({forward.total}) {condition}"]
    reached = 0
    for share in shares:
        reached += share.weight
        lines.append(
            f"    http-request set-var(txn.group) str({share.group}) {condition}"
            f" !{{ var(txn.group) -m found }} {{ var(txn.draw) -m int lt {reached} }}"
        )
    return lines


def _backend(group: str, settings: Settings) -> str:
    addresses = settings.targets[group]
    named = any(not _is_ip(host) for host, _ in addresses)
    servers = "".join(_server(group, place, address) for place, address in enumerate(addresses, 1))
    dns = " resolvers names init-addr none" if named else ""
    return BACKEND.format(group=group, interval=_number(settings.health_interval), dns=dns, servers=servers)


def _server(group: str, place: int, address: Address) -> str:
    host, port = address
    if _is_ip(host):
        return f"    server {group}{place} {f'[{host}]' if ':' in host else host}:{port}\n"
    return f"    server-template {group}{place}- {SLOTS} {host}:{port}\n"


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _quoted(text: str) -> str:
    """Text in HAProxy's double quotes, with an escape for what means something there or is not visible."""
    special = '"\\$'
    return (
        '"'
        + "".join(
            f"\\{chr(byte)}" if chr(byte) in special else chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}"
            for byte in text.encode()
        )
        + '"'
    )


def _number(value: float) -> str:
    return f"{value:g}"
