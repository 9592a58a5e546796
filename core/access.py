"""Who may do what: the personas of a team, and what each of them may do with what is the team's own.

With what is another team's nobody may do any of it. `tests/access` tries out every cell of this table, and
`docs/access.md` shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Persona = Literal["data-scientist", "ml-engineer", "approver", "analyst"]
PERSONAS: tuple[Persona, ...] = ("data-scientist", "ml-engineer", "approver", "analyst")

ALL = PERSONAS
BUILDERS: tuple[Persona, ...] = ("data-scientist", "ml-engineer")
ENGINEER: tuple[Persona, ...] = ("ml-engineer",)
APPROVER: tuple[Persona, ...] = ("approver",)
NOBODY: tuple[Persona, ...] = ()


@dataclass(frozen=True, slots=True)
class Ability:
    """One thing that can be done to something of a team. `action` is what AWS says is denied to those who may not."""

    area: str
    what: str
    action: str
    may: tuple[Persona, ...]
    elsewhere: bool = True
    """Whether there is such a thing in another team's environment that it could be done to."""
    first: str = ""
    """What AWS asks for before: who may not even do that is denied there."""


def _area(area: str, *rows: tuple[str, str, tuple[Persona, ...]]) -> tuple[Ability, ...]:
    return tuple(Ability(area, what, action, may) for what, action, may in rows)


def _wrong(area: str, *rows: tuple[str, str]) -> tuple[Ability, ...]:
    """What nobody may do, though it would be one's own team's: what is wrong with it leads out of it, or around it."""
    return tuple(Ability(area, what, action, NOBODY, elsewhere=False) for what, action in rows)


TRAIN, PROCESS = "sagemaker:CreateTrainingJob", "sagemaker:CreateProcessingJob"

ABILITIES: tuple[Ability, ...] = (
    *_area(
        "Data",
        ("read data", "s3:GetObject", BUILDERS),
        ("list data", "s3:ListBucket", BUILDERS),
        ("write data", "s3:PutObject", BUILDERS),
        ("delete data", "s3:DeleteObject", NOBODY),
        ("read captured requests", "s3:GetObject", ENGINEER),
        ("read models", "s3:GetObject", ("data-scientist", "ml-engineer", "approver")),
        ("write models", "s3:PutObject", NOBODY),
        ("read reports", "s3:GetObject", ALL),
        ("write reports", "s3:PutObject", NOBODY),
        ("open a bucket to others", "s3:PutBucketPolicy", NOBODY),
        ("decrypt with the key", "kms:Decrypt", ALL),
        ("read a secret", "secretsmanager:GetSecretValue", NOBODY),
        ("change who may use the key", "kms:PutKeyPolicy", NOBODY),
    ),
    *_area(
        "Jobs",
        ("train", TRAIN, BUILDERS),
        ("look at a training job", "sagemaker:DescribeTrainingJob", BUILDERS),
        ("stop a training job", "sagemaker:StopTrainingJob", BUILDERS),
        ("tune", "sagemaker:CreateHyperParameterTuningJob", BUILDERS),
        ("process", PROCESS, BUILDERS),
        ("transform a batch", "sagemaker:CreateTransformJob", ENGINEER),
        ("read the log of a job", "logs:GetLogEvents", ENGINEER),
    ),
    Ability("Jobs", "hand the pipelines' role to a job", "iam:PassRole", NOBODY, first=TRAIN),
    *_wrong(
        "Jobs that go too far",
        ("train outside of any network", TRAIN),
        ("train in foreign subnets", TRAIN),
        ("train with a foreign security group", TRAIN),
        ("train with a way out of the container", TRAIN),
        ("train with plain traffic between machines", TRAIN),
        ("train with a shell for debugging", TRAIN),
        ("train on disks without a key", TRAIN),
        ("train on disks with another key", TRAIN),
        ("train into outputs without a key", TRAIN),
        ("train on an instance type that is not allowed", TRAIN),
        ("train without a time limit", TRAIN),
        ("train for longer than allowed", TRAIN),
        ("keep instances warm for longer than allowed", TRAIN),
        ("train without the team's tag", TRAIN),
        ("train with another team's tag", TRAIN),
        ("process outside of any network", PROCESS),
        ("process on an instance type that is not allowed", PROCESS),
        ("process into outputs without a key", PROCESS),
        ("change the tags of what is there", "sagemaker:AddTags"),
        ("remove the tags of what is there", "sagemaker:DeleteTags"),
    ),
    *_area(
        "Pipelines",
        ("look at a pipeline", "sagemaker:DescribePipeline", BUILDERS),
        ("start a pipeline", "sagemaker:StartPipelineExecution", BUILDERS),
        ("look at an execution", "sagemaker:DescribePipelineExecution", BUILDERS),
        ("look at an execution's steps", "sagemaker:ListPipelineExecutionSteps", BUILDERS),
        ("stop an execution", "sagemaker:StopPipelineExecution", BUILDERS),
        ("retry an execution", "sagemaker:RetryPipelineExecution", ENGINEER),
        ("change a pipeline", "sagemaker:UpdatePipeline", NOBODY),
    ),
    *_area(
        "Models",
        ("look at a package", "sagemaker:DescribeModelPackage", ("data-scientist", "ml-engineer", "approver")),
        ("approve a package", "sagemaker:UpdateModelPackage", APPROVER),
        ("reject a package", "sagemaker:UpdateModelPackage", APPROVER),
        ("register a package as approved", "sagemaker:CreateModelPackage", NOBODY),
        ("delete a package", "sagemaker:DeleteModelPackage", NOBODY),
        ("look at an endpoint", "sagemaker:DescribeEndpoint", ENGINEER),
        ("call an endpoint", "sagemaker:InvokeEndpoint", ENGINEER),
        ("deploy past the release path", "sagemaker:UpdateEndpoint", NOBODY),
    ),
    *_area(
        "Features, queries, experiments",
        ("look at a feature group", "sagemaker:DescribeFeatureGroup", BUILDERS),
        ("write a record", "sagemaker:PutRecord", BUILDERS),
        ("read a record", "sagemaker:GetRecord", BUILDERS),
        ("delete a feature group", "sagemaker:DeleteFeatureGroup", NOBODY),
        ("ask a question of offline data", "athena:StartQueryExecution", ALL),
        ("look at a table", "glue:GetTable", ALL),
        ("drop a table", "glue:DeleteTable", NOBODY),
        ("open the experiments", "sagemaker:CreatePresignedMlflowAppUrl", BUILDERS),
    ),
    *_area(
        "Studio",
        ("look at the domain", "sagemaker:DescribeDomain", ALL),
        ("open the own profile", "sagemaker:CreatePresignedDomainUrl", ALL),
        ("make a space of one's own", "sagemaker:CreateSpace", ALL),
        ("delete a space of one's own", "sagemaker:DeleteSpace", ALL),
        ("start an application in one's own space", "sagemaker:CreateApp", ALL),
        ("start an application in a shared space", "sagemaker:CreateApp", ALL),
        ("change the domain", "sagemaker:UpdateDomain", NOBODY),
        ("delete a profile", "sagemaker:DeleteUserProfile", NOBODY),
    ),
    *_wrong(
        "Studio of others",
        ("open another member's profile", "sagemaker:CreatePresignedDomainUrl"),
        ("open Studio from outside of the network", "sagemaker:CreatePresignedDomainUrl"),
        ("make a space for another member", "sagemaker:CreateSpace"),
        ("delete another member's space", "sagemaker:DeleteSpace"),
        ("start an application in another member's private space", "sagemaker:CreateApp"),
        ("make a space that can be entered from outside", "sagemaker:CreateSpace"),
        ("make a space on an instance type that is not allowed", "sagemaker:CreateSpace"),
    ),
    *_area(
        "The platform itself",
        ("look at the dashboard", "cloudwatch:GetDashboard", ALL),
        ("silence an alarm", "cloudwatch:DeleteAlarms", NOBODY),
        ("read the ledger", "dynamodb:GetItem", NOBODY),
        ("speak in the team's name", "sns:Publish", NOBODY),
        ("forge an event for a handler", "sqs:SendMessage", NOBODY),
        ("call a handler", "lambda:InvokeFunction", NOBODY),
        ("change a model's policy", "ssm:PutParameter", NOBODY),
        ("widen a role", "iam:PutRolePolicy", NOBODY),
        ("act as another role", "sts:AssumeRole", NOBODY),
        ("take away the guard rails", "iam:DetachRolePolicy", NOBODY),
    ),
)
