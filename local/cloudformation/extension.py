"""CloudFormation's types that ministack lacks, installed into its provisioner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import provisioners, stacks

from local.cloudformation import (
    build_types,
    contents,
    deletion,
    identity_types,
    network_types,
    other_types,
    sagemaker_types,
    telling,
)
from local.cloudformation.provisioning import Provisioner
from local.cloudformation.resource_type import Properties, ResourceType
from local.cloudformation.settling import settling

HOOKS = (
    "ministack.services.cloudformation:_stacks handle_request",
    "ministack.services.cloudformation.provisioners:_RESOURCE_HANDLERS _REPLACING_PROPERTIES"
    " _CUSTOM_NAME_REPLACEMENT _STACK_TAG_PROPERTY _physical_name",
    "ministack.services.cloudformation.stacks:_runs_on_worker_thread",
    *identity_types.HOOKS,
    *contents.HOOKS,
    *deletion.HOOKS,
    *telling.HOOKS,
)

TYPES = (*sagemaker_types.TYPES, *network_types.TYPES, *build_types.TYPES, *other_types.TYPES)

MORE_ATTRIBUTES = {"AWS::EC2::VPC": ("CidrBlock",)}
"""Properties that Fn::GetAtt may ask for and ministack does not return."""

Handler = Callable[..., tuple[str, Properties]]


def install() -> None:
    for each in TYPES:
        _install(each)
    for name, properties in MORE_ATTRIBUTES.items():
        handlers = provisioners._RESOURCE_HANDLERS[name]
        more = {
            "create": _returning(handlers["create"], properties, given=1),
            "update": _returning(handlers["update"], properties, given=2),
        }
        provisioners._RESOURCE_HANDLERS[name] = {**handlers, **more}
    identity_types.install()
    contents.install()
    deletion.install()
    telling.install()
    blocking, native = {each.name for each in TYPES}, stacks._runs_on_worker_thread
    # These call back over HTTP: on the event loop they would wait for an answer that the same loop has to give.
    stacks._runs_on_worker_thread = lambda name: name in blocking or native(name)
    cloudformation.handle_request = settling(cloudformation.handle_request)


def _install(type_: ResourceType) -> None:
    provisioners._RESOURCE_HANDLERS[type_.name] = Provisioner(type_).handlers()
    provisioners._REPLACING_PROPERTIES[type_.name] = type_.create_only
    if type_.key == (type_.named_by,):
        provisioners._CUSTOM_NAME_REPLACEMENT[type_.name] = {"name": type_.named_by}
    if type_.tagged_by:
        provisioners._STACK_TAG_PROPERTY[type_.name] = (type_.tags, "list")


def _returning(native: Handler, properties: tuple[str, ...], given: int) -> Handler:
    """A handler that also returns some of the properties, its argument number `given`, as attributes."""

    def handle(*arguments: Any) -> tuple[str, Properties]:
        ref, attributes = native(*arguments)
        return ref, {**{name: arguments[given].get(name) for name in properties}, **attributes}

    return handle
