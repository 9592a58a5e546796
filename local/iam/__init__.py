"""IAM for what ministack does not check by itself.

ministack evaluates policies; this tells it the actions, resources and
condition keys of the services that `local` adds, and has it check
`iam:PassRole` for every role that a request hands to a service.
"""

from __future__ import annotations

from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from local.iam import conditions, encryption, network, resources, sessions, variables
from local.iam.guard import guarded

HOOKS = (
    "ministack.app:pin_request_origin SERVICE_HANDLERS",
    "ministack.core.iam_actions:extract_resource_arn request_tag_context access_denied_response"
    " identity_denial_message _BOTOCORE_SERVICE_MAP",
    "ministack.core.iam_evaluator:enforce AuthError _request_origin _first_match _action_matches _names_condition_key"
    " parse_policy_document",
    *encryption.HOOKS,
    *network.HOOKS,
    *sessions.HOOKS,
    "ministack.core.router:extract_access_key_id extract_region",
    "ministack.core.responses:get_account_id",
    "ministack.core.sigv4:request_time_failure",
    "ministack.services.tagging:resource_tags",
)

PASSING = ("sagemaker", "scheduler", "lambda", "states", "events", "codebuild")
"""Services that take roles over; their principals are called the same (sagemaker.amazonaws.com)."""
ROUTES = {"studio-session": sessions.page}


def install() -> None:
    from ministack import app
    from ministack.core import iam_actions, iam_evaluator, sigv4
    from ministack.services import tagging

    # Operations of the data planes come by path; ministack finds them in botocore's models.
    iam_actions._BOTOCORE_SERVICE_MAP["sagemaker"] = [
        "sagemaker",
        "sagemaker-runtime",
        "sagemaker-metrics",
        "sagemaker-featurestore-runtime",
    ]
    iam_actions._BOTOCORE_SERVICE_MAP["servicequotas"] = ["service-quotas"]
    iam_actions.extract_resource_arn = _with_resources(iam_actions.extract_resource_arn)
    iam_actions.request_tag_context = _with_conditions(iam_actions.request_tag_context)
    tagging.resource_tags = _with_sagemaker_tags(tagging.resource_tags)
    iam_evaluator.parse_policy_document = _parsed_once(iam_evaluator.parse_policy_document)
    iam_evaluator._first_match = _with_variables(iam_evaluator._first_match)
    iam_evaluator._principal_keys = sessions.with_carried(iam_evaluator._principal_keys)
    # ministack looks for tags of the resource where a role's own policies ask for them; boundaries ask for them too.
    iam_evaluator._names_condition_key = lambda policies, prefix: True
    encryption.install()
    iam_actions.access_denied_response = _naming_resource(iam_actions.access_denied_response)
    # Clients sign with the time of this machine, or with the simulated one that the Date header taught them.
    sigv4.request_time_failure = lambda signature, *, now=None: None
    _trust_loopback(app)


def start() -> None:
    """Guard the services that take roles over, the extensions' own included, once all are registered."""
    from ministack import app

    for service in PASSING:
        handler = app.SERVICE_HANDLERS[service]
        app.SERVICE_HANDLERS[service] = guarded(service, f"{service}.amazonaws.com", handler)


def _with_resources(native: Any) -> Any:
    def extract(service: str, method: str, path: str, headers: Any, body: bytes, query: Any, *place: str) -> str:
        region, account = place
        own = resources.arns(service, path, headers.get("x-amz-target", ""), body, query, region, account)
        return own[0] if own else str(native(service, method, path, headers, body, query, *place))

    return extract


def _with_conditions(native: Any) -> Any:
    def context(service: str, action: str, body: bytes, params: Any) -> dict[str, Any]:
        place = network.keys(service, body, params)
        own = {**conditions.keys(service, action, body), **encryption.keys(service, body), **place}
        return {**native(service, action, body, params), **own}

    return context


def _parsed_once(native: Any) -> Any:
    """Every request is judged by the same few policies; nothing changes a parsed one."""
    remembered = lru_cache(maxsize=512)(native)
    return lambda document: remembered(document) if isinstance(document, str) else native(document)


def _with_variables(native: Any) -> Any:
    """The first statement of an effect that matches, its variables filled for this request."""
    from ministack.core.iam_evaluator import _action_matches

    def first_match(context: Any, statements: Any, effect: str) -> Any:
        for each in statements:
            if each.effect == effect and _action_matches(context.action, each.actions, each.not_actions):
                found = native(context, [variables.statement(each, context)], effect)
                if found:
                    return found
        return None

    return first_match


def _with_sagemaker_tags(native: Any) -> Any:
    """Tags of a resource, for aws:ResourceTag conditions."""
    from local import sagemaker

    def tags(arn: str) -> dict[str, str] | None:
        if not arn.startswith("arn:aws:sagemaker:"):
            found: dict[str, str] | None = network.tags(arn) or native(arn)
            return found
        try:
            return sagemaker.running().store.tags(arn)
        except KeyError:
            return None

    return tags


def _naming_resource(native: Any) -> Any:
    """AWS names the resource in its denials; ministack does so for a few services."""
    from ministack.core.iam_actions import identity_denial_message

    def respond(service: str, action: str, principal: str, request_id: str, **details: Any) -> Any:
        resource = details.get("resource_arn", "*")
        if service == "s3" and action.startswith("kms:"):
            resource = encryption.asked_for.get()
        if not details.get("message") and resource != "*" and not details.get("resource_policy_arn"):
            denied = details.get("explicit_deny", False)
            details["message"] = identity_denial_message(action, principal, resource, denied)
        return native(service, action, principal, request_id, **details)

    return respond


def _trust_loopback(app: Any) -> None:
    """Loopback counts as TLS, so that policies which demand aws:SecureTransport hold as they do on AWS.

    For requests, and for what services deliver on threads of their own, where no request says how it came.
    """
    from ministack.core import iam_evaluator

    native = app.pin_request_origin
    app.pin_request_origin = lambda address, secure: native(address, True)
    iam_evaluator._request_origin = ContextVar("origin", default=("127.0.0.1", True))
