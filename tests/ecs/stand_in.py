"""ministack, nearer to AWS by two things that it leaves out.

Health checks: a load balancer sends requests only to targets that have answered their check, a deployment
goes on only with those, and ends tasks that never answer. Numbers that a template has as text are numbers to
ECS.

Takes the place of functions of ministack 1.5, each of which is called in the end.
"""

import time
import urllib.request
from typing import Any

from ministack.app import main
from ministack.services import alb, ecs

GRACE = 60.0  # seconds, the grace period of our services
INTERVAL = 0.5
healthy: dict[str, set[str]] = {}  # target group → addresses that have answered

publish = alb.set_targets_for_group
count_as_stable = ecs._record_service_task_healthy
create, update = ecs._create_service, ecs._update_service


def publish_healthy(group: str, targets: list[tuple[str, int]], previous: tuple[str, ...] = ()) -> Any:
    """An address of a task that is gone has to answer anew, since the next task may get it."""
    known = healthy.setdefault(group, set())
    known &= {address for address, _ in targets}
    return publish(group, [target for target in targets if target[0] in known], previous)


def count_healthy_as_stable(service: str, task: dict[str, Any]) -> None:
    deadline = time.monotonic() + GRACE
    for balancer in ecs._services.get(service)["loadBalancers"]:
        group, address = balancer["targetGroupArn"], ecs._task_ip(task)
        check = f"http://{address}:{balancer['containerPort']}{alb._tgs[group]['HealthCheckPath']}"
        while not answers(check):
            if task["lastStatus"] != "RUNNING":
                return
            if time.monotonic() > deadline:
                ecs._fail_task_start(task, ecs._get_docker(), "Task failed ELB health checks")
                return
            time.sleep(INTERVAL)
        healthy.setdefault(group, set()).add(address)
    count_as_stable(service, task)


def answers(check: str) -> bool:
    try:
        with urllib.request.urlopen(check, timeout=2) as answer:  # noqa: S310  an address of a container
            return bool(answer.status == 200)
    except OSError:
        return False


def counted(data: dict[str, Any]) -> dict[str, Any]:
    return data | {"desiredCount": int(data["desiredCount"])} if data.get("desiredCount") else data


if __name__ == "__main__":
    alb.set_targets_for_group = publish_healthy
    ecs._record_service_task_healthy = count_healthy_as_stable
    ecs._create_service = lambda data: create(counted(data))
    ecs._update_service = lambda data: update(counted(data))
    ecs._ACTION_MAP |= {"CreateService": ecs._create_service, "UpdateService": ecs._update_service}
    main()
