"""The AWS command line, loaded once: a call runs in a copy of this process, in a tenth of the time.

    python command_line.py SOCKET

A call comes as JSON, `[arguments, environment, folder]`, with its standard streams; the answer is its exit
status.
"""

import json
import os
import signal
import socket
import sys
import threading
from typing import Any

from awscli.clidriver import create_clidriver

LARGEST = 1_000_000  # bytes of a call
SERVICES = ["cloudformation", "ecr", "ecs", "elbv2", "logs", "s3", "secretsmanager", "ssm", "sts"]


def main(path: str) -> None:
    driver = loaded()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
        server.bind(path)
        server.listen()
        while True:
            caller, _ = server.accept()
            if os.fork() == 0:
                server.close()
                answer(caller, driver)
            caller.close()


def loaded() -> Any:
    """The command line after a call to nobody, with all it has read for that."""
    driver = create_clidriver()
    for service in SERVICES:
        driver.session.get_service_model(service)
        driver.session.get_component("data_loader").load_service_model(service, "endpoint-rule-set-1")
    driver.main(["ecs", "list-clusters", "--endpoint-url", "http://127.0.0.1:1"])
    return driver


def answer(caller: socket.socket, driver: Any) -> None:
    """In a process of its own, which ends with the call, or with the caller."""
    call, streams, _, _ = socket.recv_fds(caller, LARGEST, 3)
    arguments, environment, folder = json.loads(call)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    threading.Thread(target=lambda: os._exit(len(caller.recv(1))), daemon=True).start()
    try:
        status = driver.main(arguments)
    except SystemExit as end:
        status = end.code
    sys.stdout.flush()
    sys.stderr.flush()
    caller.send(bytes([status or 0]))
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
