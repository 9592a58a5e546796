"""Topics, queues, rules and schedules: encrypted, never lost, only from where they should come."""

from __future__ import annotations

from collections.abc import Iterator

from infra.guard.control import Control, Subject, always, of
from infra.guard.policies import services, statements
from infra.guard.stage import Stage, listed
from infra.guard.storage import uses_key

TOPIC, QUEUE, RULE = "AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::Events::Rule"
CLOUDWATCH = "cloudwatch.amazonaws.com"


def _alarms_arrive(stage: Stage, subject: Subject) -> str | None:
    """With AWS's own key for SNS, CloudWatch cannot publish, and says nothing."""
    key = subject.properties.get("KmsMasterKeyId")
    if key not in stage.keys:
        return f"KmsMasterKeyId is {key}"
    for each in stage.of("AWS::KMS::Key"):
        for statement in statements(each.properties.get("KeyPolicy")):
            if CLOUDWATCH in services(statement) and uses_key(statement):
                return None
    return f"the key lets {CLOUDWATCH} not decrypt and generate data keys: alarms would be lost"


def _redriven(stage: Stage, subject: Subject) -> str | None:
    return None if subject.properties.get("RedrivePolicy") else "a notice that cannot be delivered is lost"


def dead_letters(stage: Stage) -> set[str]:
    """ARNs of the queues that keep what others could not deliver."""
    found = [each.properties.get("RedrivePolicy", {}) for each in stage.of(QUEUE, "AWS::SNS::Subscription")]
    arns = {policy.get("deadLetterTargetArn") for policy in found}
    for function in stage.of("AWS::Lambda::Function"):
        arns.add(function.properties.get("DeadLetterConfig", {}).get("TargetArn"))
    for target in _targets(stage):
        arns.add(target.value.get("DeadLetterConfig", {}).get("Arn"))
    return {str(arn) for arn in arns if arn}


def _kept(stage: Stage, subject: Subject) -> str | None:
    if subject.properties.get("RedrivePolicy") or subject.resource.arn in dead_letters(stage):
        return None
    return "nothing keeps a message that cannot be worked on"


def _queue_key(stage: Stage, subject: Subject) -> str | None:
    key = subject.properties.get("KmsMasterKeyId")
    return None if key in stage.keys else f"KmsMasterKeyId is {key}"


def _targets(stage: Stage) -> Iterator[Subject]:
    for rule in stage.of(RULE):
        for target in listed(rule.properties.get("Targets")):
            yield Subject(rule, target, f"target {target.get('Id')}")
    for schedule in stage.of("AWS::Scheduler::Schedule"):
        yield Subject(schedule, schedule.properties.get("Target", {}), "its target")


def _retried(stage: Stage, subject: Subject) -> str | None:
    if not subject.value.get("DeadLetterConfig", {}).get("Arn"):
        return "an event that cannot be delivered is lost"
    return None if subject.value.get("RetryPolicy") else "no RetryPolicy"


def _events(stage: Stage) -> Iterator[Subject]:
    for rule in stage.of(RULE):
        if "EventPattern" in rule.properties:
            yield Subject(rule, rule.properties["EventPattern"])


def _pinned(stage: Stage, subject: Subject) -> str | None:
    """An event of another account, or about something else, must not match."""
    pattern = subject.value
    if listed(pattern.get("account")) != [stage.account]:
        return f"takes events of account {pattern.get('account')}"
    about = (*listed(pattern.get("resources")), *(str(each) for each in pattern.get("detail", {}).values()))
    ours = any(name in str(each) for each in about for name in (stage.prefix, f"{stage.name}/"))
    return None if ours else "takes events about anything in the account"


MESSAGES = (
    Control(
        "MSG-01",
        "Alarms reach an encrypted topic",
        f"a team key whose policy lets {CLOUDWATCH} use it",
        of(TOPIC),
        _alarms_arrive,
        needed=always,
    ),
    Control(
        "MSG-02",
        "Notices that cannot be delivered are kept",
        "RedrivePolicy",
        of("AWS::SNS::Subscription"),
        _redriven,
        absent="A team may name no address.",
    ),
    Control(
        "MSG-03", "Queues have dead letters", "RedrivePolicy, or being dead letters", of(QUEUE), _kept, needed=always
    ),
    Control(
        "MSG-04", "Queues are encrypted with the team's key", "KmsMasterKeyId", of(QUEUE), _queue_key, needed=always
    ),
    Control(
        "MSG-05",
        "Events are retried, then kept",
        "DeadLetterConfig and RetryPolicy on every target",
        _targets,
        _retried,
        needed=always,
    ),
    Control(
        "MSG-06",
        "Rules take only this team's events",
        "a pattern that names the account and the team's resources",
        _events,
        _pinned,
        needed=lambda stage: any(stage.of("AWS::SageMaker::ModelPackageGroup")),
        absent="A team may have no models yet.",
    ),
)
