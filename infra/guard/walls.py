"""What roles that start jobs are denied, whatever they are granted: other networks, keys, instances, open doors.

Judged by evaluating requests, not by how the statements are written: a deny that asks for two absent keys at once, for
example, lets through a request that lacks one of them, and that shows here. Condition keys of each action: Service
Authorization Reference, "Actions, resources, and condition keys for Amazon SageMaker".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from core.contracts.environment import PromoteEnvironment
from core.names import TEAM_TAG
from infra.guard.control import Control, Fault, Subject
from infra.guard.evaluation import denied
from infra.guard.policies import allows, role_denials, role_grants
from infra.guard.stage import Stage

SUBNETS, GROUPS = "sagemaker:vpcsubnets", "sagemaker:vpcsecuritygroupids"
VOLUME, OUTPUT, TYPES = "sagemaker:volumekmskey", "sagemaker:outputkmskey", "sagemaker:instancetypes"
RUNTIME, KEEP_ALIVE = "sagemaker:maxruntimeinseconds", "sagemaker:keepaliveperiod"
ISOLATION, TRAFFIC = "sagemaker:networkisolation", "sagemaker:intercontainertrafficencryption"
REMOTE_DEBUG, ROOT, INTERNET = "sagemaker:enableremotedebug", "sagemaker:rootaccess", "sagemaker:directinternetaccess"

TRAINING, PROCESSING = "sagemaker:CreateTrainingJob", "sagemaker:CreateProcessingJob"
TUNING, TRANSFORM = "sagemaker:CreateHyperParameterTuningJob", "sagemaker:CreateTransformJob"
MODEL, CONFIG, NOTEBOOK = "sagemaker:CreateModel", "sagemaker:CreateEndpointConfig", "sagemaker:CreateNotebookInstance"
IN_NETWORK = (TRAINING, PROCESSING, TUNING, MODEL, NOTEBOOK)
FOREIGN_KEY = "arn:aws:kms:eu-west-9:999999999999:key/00000000-0000-0000-0000-000000000000"
ADDS_TAGS, REMOVES_TAGS = "sagemaker:AddTags", "sagemaker:DeleteTags"
RELEASES = "promote"

Request = dict[str, list[str]]
Wrong = tuple[str, Mapping[str, list[str] | None]]
"""What is wrong with a request, and the condition keys that make it so; None: the key is absent."""


def _requests(*actions: str) -> Callable[[Stage], Iterator[Subject]]:
    """Each role of the stage together with each of these actions that it is granted."""

    def subjects(stage: Stage) -> Iterator[Subject]:
        for role in stage.of("AWS::IAM::Role"):
            granted = role_grants(stage, role)
            for action in actions:
                if any(allows(statement, action) for statement in granted):
                    yield Subject(role, action, action)

    return subjects


def right(stage: Stage) -> Request:
    """A request as the platform itself makes it: network and key are those that the release path is given."""
    function = next(each for each in stage.of("AWS::Lambda::Function") if each.name == f"{stage.prefix}{RELEASES}")
    told = PromoteEnvironment.read(function.properties["Environment"]["Variables"])
    return {
        SUBNETS: told.subnet_ids.split(","),
        GROUPS: told.security_group_ids.split(","),
        VOLUME: [told.key_arn],
        OUTPUT: [told.key_arn],
        ROOT: ["Disabled"],
        INTERNET: ["Disabled"],
        RUNTIME: ["3600"],
        ISOLATION: ["true"],
        TRAFFIC: ["true"],
        f"aws:requesttag/{TEAM_TAG}": [stage.name],
        f"aws:principaltag/{TEAM_TAG}": [stage.name],
        "aws:tagkeys": [TEAM_TAG],
        "aws:requestedregion": [stage.region],
        "sagemaker:taggingaction": ["CreateTrainingJob"],
    }


def _let_through(stage: Stage, subject: Subject, wrongs: Iterator[Wrong]) -> str | None:
    """The first wrong request that no statement denies. What is right must pass, or nothing would be proven."""
    statements, resource = role_denials(stage, subject.resource), _resource(stage, subject.value)
    if subject.value != REMOVES_TAGS and denied(statements, subject.value, resource, right(stage)):
        return "is denied even where everything is right"
    for what, changed in wrongs:
        request = {key: value for key, value in {**right(stage), **changed}.items() if value is not None}
        if not denied(statements, subject.value, resource, request):
            return f"is let through with {what}"
    return None


def _resource(stage: Stage, action: str) -> str:
    kind = {TRAINING: "training-job", PROCESSING: "processing-job", MODEL: "model", CONFIG: "endpoint-config"}
    return f"arn:aws:sagemaker:{stage.region}:{stage.account}:{kind.get(action, 'thing')}/{stage.prefix}any"


def _network(stage: Stage, subject: Subject) -> str | None:
    return _let_through(stage, subject, _network_wrongs(right(stage)))


def _network_wrongs(request: Request) -> Iterator[Wrong]:
    for name, key, foreign in (("subnets", SUBNETS, "subnet-0foreign"), ("security groups", GROUPS, "sg-0foreign")):
        yield f"no {name}", {key: None}
        yield f"{name} of others", {key: [foreign]}
        yield f"{name} of others beside the team's", {key: [*request[key], foreign]}
    yield "neither subnets nor security groups", {SUBNETS: None, GROUPS: None}


def _keys(stage: Stage, subject: Subject) -> str | None:
    wanted = {CONFIG: (VOLUME,), NOTEBOOK: (VOLUME,)}.get(subject.value, (VOLUME, OUTPUT))
    names = {VOLUME: "key for disks", OUTPUT: "key for outputs"}
    wrongs: list[Wrong] = [(f"no {names[key]}", {key: None}) for key in wanted]
    wrongs += [(f"another {names[key]}", {key: [FOREIGN_KEY]}) for key in wanted]
    return _let_through(stage, subject, iter(wrongs))


def _size(stage: Stage, subject: Subject) -> str | None:
    wrongs: list[Wrong] = [("an instance type that nobody allowed", {TYPES: ["ml.never.48xlarge"]})]
    if subject.value in (TRAINING, PROCESSING, TUNING):
        wrongs.append(("a runtime without end", {RUNTIME: ["99999999"]}))
    if subject.value == TRAINING:
        wrongs.append(("instances that are kept for a month", {KEEP_ALIVE: ["2592000"]}))
    return _let_through(stage, subject, iter(wrongs))


OPEN_DOORS: dict[str, tuple[Wrong, ...]] = {
    TRAINING: (
        ("a network of its own", {ISOLATION: ["false"]}),
        ("traffic in the clear", {TRAFFIC: ["false"]}),
        ("remote debugging", {REMOTE_DEBUG: ["true"]}),
    ),
    TUNING: (("a network of its own", {ISOLATION: ["false"]}), ("traffic in the clear", {TRAFFIC: ["false"]})),
    PROCESSING: (("traffic in the clear", {TRAFFIC: ["false"]}),),
    MODEL: (("a network of its own", {ISOLATION: ["false"]}),),
    NOTEBOOK: (("root access", {ROOT: ["Enabled"]}), ("direct internet access", {INTERNET: ["Enabled"]})),
}


def _doors(stage: Stage, subject: Subject) -> str | None:
    return _let_through(stage, subject, iter(OPEN_DOORS[subject.value]))


def _tags(stage: Stage, subject: Subject) -> str | None:
    tag, foreign = f"aws:requesttag/{TEAM_TAG}", ["another-team"]
    by_action: dict[str, list[Wrong]] = {
        ADDS_TAGS: [
            ("tags on what is already there", {"sagemaker:taggingaction": None}),
            ("the tag of another team", {tag: foreign}),
        ],
        REMOVES_TAGS: [("the removal of the team's tag", {})],
    }
    create: list[Wrong] = [
        ("no tag of the team", {tag: None, "aws:tagkeys": None}),
        ("another team's tag", {tag: foreign}),
    ]
    return _let_through(stage, subject, iter(by_action.get(subject.value, create)))


def starts_jobs(stage: Stage) -> bool:
    """Every environment has roles that start jobs: pipelines and the scheduler of monitors."""
    return True


def _of(id: str, requirement: str, accepts: str, actions: tuple[str, ...], fault: Fault) -> Control:
    return Control(id, requirement, accepts, _requests(*actions), fault, needed=starts_jobs)


WALLS = (
    _of(
        "IAM-06",
        "Jobs run in the team's subnets and security groups only",
        "a deny for each of the two keys alone, absent or with any foreign value",
        IN_NETWORK,
        _network,
    ),
    _of(
        "IAM-07",
        "Jobs encrypt with the team's key only",
        "a deny where a key is absent or another",
        (TRAINING, PROCESSING, TUNING, TRANSFORM, NOTEBOOK),
        _keys,
    ),
    _of(
        "IAM-08",
        "Jobs have the team's instance types and end in time",
        "denies of other InstanceTypes, of long MaxRuntimeInSeconds and KeepAlivePeriod",
        (TRAINING, PROCESSING, TUNING, TRANSFORM, CONFIG, NOTEBOOK),
        _size,
    ),
    _of(
        "IAM-09",
        "No role opens a door",
        "denies of NetworkIsolation false (processing jobs need S3, in the VPC), "
        "InterContainerTrafficEncryption false, RootAccess, DirectInternetAccess, EnableRemoteDebug",
        tuple(OPEN_DOORS),
        _doors,
    ),
    _of(
        "IAM-10",
        "The team's tag is set at creation and never changed",
        "denies without the tag or with another; AddTags only as part of a creation",
        (TRAINING, PROCESSING, TUNING, TRANSFORM, MODEL, CONFIG, ADDS_TAGS, REMOVES_TAGS),
        _tags,
    ),
)
