"""What tests of CloudFormation say: resources in its words, and one stack that is made, changed and deleted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from local.start import EmbeddedAws

Unique = Callable[[str], str]
Resources = dict[str, dict[str, Any]]


def resource(kind: str, properties: dict[str, Any], **attributes: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties, **attributes}


def ref(logical_id: str) -> dict[str, str]:
    return {"Ref": logical_id}


def attribute(logical_id: str, name: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [logical_id, name]}


@dataclass
class Stack:
    """One stack; `outputs` are those of its last operation."""

    aws: EmbeddedAws
    name: str
    outputs: dict[str, str] = field(default_factory=dict)

    def create(self, resources: Resources, **outputs: Any) -> str:
        return self._apply("create_stack", "stack_create_complete", resources, outputs)

    def update(self, resources: Resources, **outputs: Any) -> str:
        return self._apply("update_stack", "stack_update_complete", resources, outputs)

    def delete(self) -> None:
        self.client.delete_stack(StackName=self.name)
        self.client.get_waiter("stack_delete_complete").wait(StackName=self.name, WaiterConfig={"Delay": 1})

    @property
    def client(self) -> Any:
        return self.aws.client("cloudformation")

    def physical_id(self, logical_id: str) -> str:
        found = self.client.describe_stack_resource(StackName=self.name, LogicalResourceId=logical_id)
        id_: str = found["StackResourceDetail"]["PhysicalResourceId"]
        return id_

    def reasons(self, status: str) -> list[str]:
        events = self.client.describe_stack_events(StackName=self.name)["StackEvents"]
        return [event.get("ResourceStatusReason", "") for event in events if event["ResourceStatus"] == status]

    def _apply(self, operation: str, waiter: str, resources: Resources, outputs: dict[str, Any]) -> str:
        """The status in which the operation ended."""
        body: dict[str, Any] = {"Resources": resources}
        if outputs:
            body["Outputs"] = {name: {"Value": value} for name, value in outputs.items()}
        template = {"TemplateBody": json.dumps(body), "Capabilities": ["CAPABILITY_IAM"]}
        getattr(self.client, operation)(StackName=self.name, **template)
        (found,) = self.client.describe_stacks(StackName=self.name)["Stacks"]
        if found["StackStatus"].endswith("IN_PROGRESS"):
            self.client.get_waiter(waiter).wait(StackName=self.name, WaiterConfig={"Delay": 1})
            (found,) = self.client.describe_stacks(StackName=self.name)["Stacks"]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
        status: str = found["StackStatus"]
        return status
