"""Where data lies: buckets, the key, file systems, image repositories."""

from __future__ import annotations

import re
from collections.abc import Iterator

from infra.guard.control import Control, Fault, Subject, always, of
from infra.guard.evaluation import denied
from infra.guard.policies import Statement, allows, condition_keys, everybody, services, statements
from infra.guard.stage import Stage, listed

BUCKET, KEY, REPOSITORY = "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::ECR::Repository"
FLAGS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
INSIDE = ("training", "processing", "monitor", "studio", "data-scientist", "ml-engineer", "approver", "analyst")
"""Kinds of role that run the team's own code or are the team's people: they work inside the VPC."""
USES = ("kms:Decrypt", "kms:GenerateDataKey")
STUDIO_PAGE = re.compile(r"https://\*\.([a-z0-9-]+\.)*sagemaker\.aws")
"""The first part of a domain's address is generated later than its buckets are made."""


def _closed(stage: Stage, subject: Subject) -> str | None:
    block = subject.properties.get("PublicAccessBlockConfiguration", {})
    off = [flag for flag in FLAGS if block.get(flag) is not True]
    return f"{', '.join(off)} not on" if off else None


def _own_key(stage: Stage, subject: Subject) -> str | None:
    rules = subject.properties.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [])
    by_default = rules[0].get("ServerSideEncryptionByDefault", {}) if rules else {}
    algorithm, key = by_default.get("SSEAlgorithm"), by_default.get("KMSMasterKeyID")
    return None if algorithm == "aws:kms" and key in stage.keys else f"encrypted with {algorithm} and key {key}"


def _bucket_policy(stage: Stage, subject: Subject) -> list[Statement]:
    policies = (
        each for each in stage.of("AWS::S3::BucketPolicy") if each.properties["Bucket"] == subject.resource.name
    )
    return [each for policy in policies for each in statements(policy.properties["PolicyDocument"])]


def _denied_to_all(stage: Stage, subject: Subject, context: dict[str, list[str]]) -> str | None:
    """The first use of bucket or objects that the policy does not deny to a stranger with this context."""
    rules = [each for each in _bucket_policy(stage, subject) if everybody(each)]
    arn = subject.resource.arn
    for action, resource in (("s3:GetObject", f"{arn}/key"), ("s3:PutObject", f"{arn}/key"), ("s3:ListBucket", arn)):
        if not denied(rules, action, resource, context):
            return f"{action} is not denied"
    return None


def _tls_only(stage: Stage, subject: Subject) -> str | None:
    return _denied_to_all(stage, subject, {"aws:securetransport": ["false"]})


def _from_own_network(stage: Stage, subject: Subject) -> str | None:
    """Jobs and people of the team, from another network. Other accounts have no grant that could reach a bucket."""
    outside = {
        "aws:securetransport": ["true"],
        "aws:principalaccount": [stage.account],
        "aws:principalisawsservice": ["false"],
        "aws:viaawsservice": ["false"],
        "aws:sourcevpce": ["vpce-0foreign"],
        "aws:sourcevpc": ["vpc-0foreign"],
        "aws:sourceip": ["203.0.113.1"],
    }
    for role in stage.of("AWS::IAM::Role"):
        if role.name.removeprefix(stage.prefix) in INSIDE:
            found = _denied_to_all(stage, subject, {**outside, "aws:principalarn": [role.arn]})
            if found:
                return f"{found} to {role.name} from another network"
    return None


def _pages(stage: Stage, subject: Subject) -> str | None:
    for rule in subject.properties.get("CorsConfiguration", {}).get("CorsRules", []):
        strange = [page for page in rule["AllowedOrigins"] if not STUDIO_PAGE.fullmatch(page)]
        if strange or "*" in rule["AllowedMethods"]:
            return f"pages of {', '.join(strange or rule['AllowedOrigins'])} may {', '.join(rule['AllowedMethods'])}"
    return None


def _versioned(stage: Stage, subject: Subject) -> str | None:
    found = subject.properties.get("VersioningConfiguration", {}).get("Status")
    return None if found == "Enabled" else f"versioning is {found}"


def _logged(stage: Stage, subject: Subject) -> str | None:
    return None if subject.properties.get("LoggingConfiguration") else "nobody writes down who reads it"


def _captures(stage: Stage) -> Iterator[Subject]:
    return (
        Subject(each, each.properties) for each in stage.of(BUCKET) if each.name.startswith(f"{stage.prefix}capture-")
    )


def _expires(stage: Stage, subject: Subject) -> str | None:
    rules = subject.properties.get("LifecycleConfiguration", {}).get("Rules", [])
    on = [rule for rule in rules if rule.get("Status") == "Enabled"]
    if not any("ExpirationInDays" in rule and not rule.get("Prefix") for rule in on):
        return "captured requests stay for ever"
    return None if any("NoncurrentVersionExpiration" in rule for rule in on) else "old versions of them stay for ever"


def _rotated(stage: Stage, subject: Subject) -> str | None:
    return None if subject.properties.get("EnableKeyRotation") is True else "no rotation"


def _key_policy(stage: Stage, subject: Subject) -> str | None:
    """Services act for anybody: each needs a condition. The account's own line hands decisions to IAM."""
    for statement in statements(subject.properties.get("KeyPolicy")):
        if statement.get("Effect") != "Allow":
            continue
        if everybody(statement):
            return "its policy lets everybody use it"
        if services(statement) and not condition_keys(statement):
            return f"{', '.join(services(statement))} may use it for any account"
    return None


def _file_systems(stage: Stage) -> Iterator[Subject]:
    """File systems of templates, and the home that SageMaker makes for each domain."""
    return (Subject(each, each.properties) for each in stage.of("AWS::EFS::FileSystem", "AWS::SageMaker::Domain"))


def _file_key(stage: Stage, subject: Subject) -> str | None:
    key = subject.properties.get("KmsKeyId")
    on = subject.properties.get("Encrypted", subject.resource.type.endswith("Domain"))
    return None if on is True and key in stage.keys else f"encrypted: {on}, KmsKeyId: {key}"


def _backed_up(stage: Stage, subject: Subject) -> str | None:
    """By its own backup policy, or by a plan that selects it by ARN or by a tag that it has."""
    if subject.properties.get("BackupPolicy", {}).get("Status") == "ENABLED":
        return None
    tags = {each["Key"]: each["Value"] for each in listed(subject.properties.get("Tags"))}
    for selection in stage.of("AWS::Backup::BackupSelection"):
        chosen = selection.properties.get("BackupSelection", {})
        by_tag = [(each["ConditionKey"], each["ConditionValue"]) for each in listed(chosen.get("ListOfTags"))]
        equal = listed(chosen.get("Conditions", {}).get("StringEquals"))
        by_tag += [(each["ConditionKey"].removeprefix("aws:ResourceTag/"), each["ConditionValue"]) for each in equal]
        if by_tag and all(tags.get(key) == value for key, value in by_tag):
            return None
        if any("elasticfilesystem" in str(arn) for arn in listed(chosen.get("Resources"))) and not by_tag:
            return None
    return "nothing backs it up"


def _scanned(stage: Stage, subject: Subject) -> str | None:
    found = subject.properties.get("ImageScanningConfiguration", {}).get("ScanOnPush")
    return None if found is True else f"ScanOnPush is {found}"


def _immutable(stage: Stage, subject: Subject) -> str | None:
    found = subject.properties.get("ImageTagMutability")
    return None if found == "IMMUTABLE" else f"ImageTagMutability is {found}"


def _repository_key(stage: Stage, subject: Subject) -> str | None:
    found = subject.properties.get("EncryptionConfiguration", {})
    kind, key = found.get("EncryptionType"), found.get("KmsKey")
    return None if kind == "KMS" and key in stage.keys else f"encrypted with {kind} and key {key}"


def _private(stage: Stage, subject: Subject) -> str | None:
    for statement in statements(subject.properties.get("RepositoryPolicyText")):
        if everybody(statement) and statement.get("Effect") == "Allow":
            return "its policy lets everybody in"
    return None


def uses_key(statement: Statement) -> bool:
    return all(allows(statement, use) for use in USES)


def _buckets(id: str, requirement: str, accepts: str, fault: Fault) -> Control:
    return Control(id, requirement, accepts, of(BUCKET), fault, needed=always)


def _repositories(id: str, requirement: str, accepts: str, fault: Fault) -> Control:
    return Control(id, requirement, accepts, of(REPOSITORY), fault, needed=always)


STORAGE = (
    _buckets("S3-01", "Buckets are closed to the public", f"{', '.join(FLAGS)}: true", _closed),
    _buckets("S3-02", "Buckets are encrypted with the team's key", "aws:kms with a key of this environment", _own_key),
    _buckets("S3-03", "Buckets are reached by TLS only", "a deny for everybody without aws:SecureTransport", _tls_only),
    _buckets("S3-04", "Buckets keep old versions", "VersioningConfiguration: Enabled", _versioned),
    _buckets("S3-05", "Who reads a bucket is written down", "LoggingConfiguration", _logged),
    Control(
        "S3-06",
        "Captured requests are deleted in time",
        "ExpirationInDays and NoncurrentVersionExpiration",
        _captures,
        _expires,
        needed=always,
    ),
    _buckets(
        "S3-07",
        "Buckets are reached from the team's own network only",
        "a deny for people and jobs of the team that come from another network",
        _from_own_network,
    ),
    _buckets(
        "S3-08",
        "In a browser buckets answer pages of Studio only",
        "CorsRules whose origins are addresses of sagemaker.aws, or none",
        _pages,
    ),
    Control("KMS-01", "Keys are rotated", "EnableKeyRotation: true", of(KEY), _rotated, needed=always),
    Control(
        "KMS-02",
        "A key is the team's own",
        "no principal *, and a condition for every service",
        of(KEY),
        _key_policy,
        needed=always,
    ),
    Control(
        "EFS-01",
        "File systems are encrypted with the team's key",
        "KmsKeyId of a key of this environment",
        _file_systems,
        _file_key,
        needed=always,
    ),
    Control(
        "EFS-02",
        "File systems are backed up",
        "BackupPolicy: ENABLED, or a backup plan that selects it",
        _file_systems,
        _backed_up,
        needed=always,
    ),
    _repositories("ECR-01", "Images are scanned when they are pushed", "ScanOnPush: true", _scanned),
    _repositories("ECR-02", "A tag never moves", "ImageTagMutability: IMMUTABLE", _immutable),
    _repositories(
        "ECR-03", "Images are encrypted with the team's key", "KMS with a key of this environment", _repository_key
    ),
    _repositories("ECR-04", "Repositories are private", "no policy that lets everybody in", _private),
)
