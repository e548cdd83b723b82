"""Executions of state machines: started once by their name, running until somebody ends them."""

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from playground.aws.errors import AwsError

Params = dict[str, Any]
_MOST_INPUT = 262_144
_NAME = re.compile(r'[^\x00-\x1f\x7f-\x9f\s<>{}\[\]?*"#%\\^|~`$&,;:/]{1,80}')


@dataclass
class Execution:
    """One run of a state machine."""

    arn: str
    machine: str
    name: str
    input: str
    started: datetime
    status: str = "RUNNING"
    stopped: datetime | None = None

    def shown(self) -> Params:
        """Dress it as DescribeExecution does."""
        shown = {
            "executionArn": self.arn,
            "stateMachineArn": self.machine,
            "name": self.name,
            "status": self.status,
            "startDate": self.started.timestamp(),
            "input": self.input,
            "inputDetails": {"included": True},
        }
        return shown | ({"stopDate": self.stopped.timestamp()} if self.stopped else {})


class States:
    """The state machines of the account (all of the standard type) and their executions."""

    def __init__(self, clock: Callable[[], datetime], account: str, region: str) -> None:
        self.machines: set[str] = set()
        self.executions: dict[str, Execution] = {}
        self.lock = threading.RLock()
        self._clock = clock
        self._prefix = f"arn:aws:states:{region}:{account}:"

    def make(self, name: str) -> str:
        """Make a state machine and tell its ARN."""
        arn = f"{self._prefix}stateMachine:{name}"
        self.machines.add(arn)
        return arn

    def end(self, arn: str, status: str = "SUCCEEDED") -> None:
        """End an execution."""
        self.executions[arn].status, self.executions[arn].stopped = status, self._clock()

    def start(self, params: Params) -> Params:
        """Answer StartExecution; the same name with the same input gives the running execution again."""
        machine, name, text = (
            str(params["stateMachineArn"]),
            str(params.get("name") or uuid4()),
            params.get("input", "{}"),
        )
        self._check(machine, name, text)
        arn = f"{self._prefix}execution:{machine.rpartition(':')[2]}:{name}"
        with self.lock:
            known = self.executions.get(arn)
            if known and (known.input != text or known.status != "RUNNING"):
                raise AwsError("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")
            found = self.executions.setdefault(arn, Execution(arn, machine, name, text, self._clock()))
        return {"executionArn": arn, "startDate": found.started.timestamp()}

    def describe(self, params: Params) -> Params:
        """Answer DescribeExecution."""
        arn = str(params["executionArn"])
        if arn not in self.executions:
            raise AwsError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
        return self.executions[arn].shown()

    def describe_machine(self, params: Params) -> Params:
        """Answer DescribeStateMachine."""
        arn = str(params["stateMachineArn"])
        self._known(arn)
        found = {"stateMachineArn": arn, "name": arn.rpartition(":")[2], "status": "ACTIVE", "type": "STANDARD"}
        role = f"arn:aws:iam::{arn.split(':')[4]}:role/states"
        return found | {"definition": "{}", "roleArn": role, "creationDate": self._clock().timestamp()}

    def _check(self, machine: str, name: str, text: str) -> None:
        if not _NAME.fullmatch(name):
            raise AwsError("InvalidName", f"Invalid Name: '{name}'")
        self._known(machine)
        try:
            json.loads(text)
        except ValueError:
            raise AwsError("InvalidExecutionInput", "Invalid State Machine Execution Input: not a JSON text") from None
        if len(text.encode()) > _MOST_INPUT:
            raise AwsError("InvalidExecutionInput", f"Invalid State Machine Execution Input: over {_MOST_INPUT} bytes")

    def _known(self, machine: str) -> None:
        if not re.fullmatch(r"arn:aws[\w-]*:states:[a-z0-9-]+:\d{12}:stateMachine:.+", machine):
            raise AwsError("InvalidArn", f"Invalid Arn: 'Invalid ARN prefix: {machine}'")
        if machine not in self.machines:
            raise AwsError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{machine}'")


OPERATIONS: dict[str, Callable[[States, Params], Params]] = {
    "StartExecution": States.start,
    "DescribeExecution": States.describe,
    "DescribeStateMachine": States.describe_machine,
}
