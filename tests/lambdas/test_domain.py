"""The function that sets what CloudFormation cannot set on a domain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from core.contracts.domain_settings import CODE_EDITOR, JUPYTER_LAB, CanvasSettings, DomainSettings, StudioImage
from lambdas.calls import Calls
from lambdas.custom_resource import Request
from lambdas.domain.domain import bring_about
from lambdas.domain.handler import deployed, pushed
from lambdas.domain.ports import Change, Standing, Version
from lambdas.domain.sagemaker import SageMakerDomains
from lambdas.domain.settings import changes
from lambdas.failures import Refused, Unavailable

DOMAIN = "d-1"
CANVAS = CanvasSettings("s3://bucket/canvas/", "arn:key", register=True, deploy=False, forecast=False)
GEO = StudioImage("risk-dev-geo", "risk-dev/geo", {JUPYTER_LAB: "geo-jl", CODE_EDITOR: "geo-ce"})
NOTHING = DomainSettings(DOMAIN)
OF_GEO = {JUPYTER_LAB: [{"ImageName": GEO.name, "AppImageConfigName": "geo-jl"}]}
REGISTRY = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"


@dataclass
class Fake:
    """`lambdas.domain.ports.Domains`: a domain that takes changes as SageMaker does, and a repository."""

    user: dict[str, Any] = field(default_factory=dict)
    space: dict[str, Any] = field(default_factory=dict)
    pushed: dict[str, str] = field(default_factory=dict)
    versions: dict[str, Version] = field(default_factory=dict)
    fails: str = ""
    exists: bool = True
    updates: int = 0

    def standing(self, domain: str) -> Standing | None:
        return Standing(self.user, self.space) if self.exists else None

    def update(self, domain: str, change: Change) -> None:
        self.updates += 1
        for standing, part in ((self.user, change.user), (self.space, change.space)):
            for name, value in part.items():
                standing[name] = {**standing.get(name, {}), **value}

    def newest_image(self, repository: str) -> str | None:
        return self.pushed.get(repository)

    def version(self, image: str) -> Version | None:
        return self.versions.get(image)

    def make_version(self, image: str, base: str, after: int) -> None:
        if self.fails == "refused":
            raise Refused("ValidationException", "Image is in an invalid state.")
        status = "CREATE_FAILED" if self.fails else "CREATED"
        self.versions[image] = Version(after + 1, base, status, self.fails)


def images_of(settings: dict[str, Any], app: str = JUPYTER_LAB) -> list[str]:
    return [each["ImageName"] for each in settings.get(app, {}).get("CustomImages", [])]


def test_canvas_is_set_and_what_is_set_is_not_set_again() -> None:
    domains, wanted = Fake(), DomainSettings(DOMAIN, CANVAS)
    bring_about(wanted, NOTHING, domains)
    assert domains.user["CanvasAppSettings"]["ModelRegisterSettings"] == {"Status": "ENABLED"}
    assert domains.user["CanvasAppSettings"]["KendraSettings"] == {"Status": "DISABLED"}
    bring_about(wanted, wanted, domains)
    assert domains.updates == 1


def test_canvas_that_cloudformation_took_back_is_set_again() -> None:
    domains, wanted = Fake(), DomainSettings(DOMAIN, CANVAS)
    bring_about(wanted, NOTHING, domains)
    domains.user.clear()
    bring_about(wanted, wanted, domains)
    assert domains.user["CanvasAppSettings"]["WorkspaceSettings"]["S3KmsKeyId"] == "arn:key"


def test_canvas_is_switched_off_when_it_is_taken_from_the_file() -> None:
    domains, before = Fake(), DomainSettings(DOMAIN, CANVAS)
    bring_about(before, NOTHING, domains)
    bring_about(NOTHING, before, domains)
    statuses = [each["Status"] for each in domains.user["CanvasAppSettings"].values() if "Status" in each]
    assert set(statuses) == {"DISABLED"}


def test_a_domain_that_never_had_canvas_is_left_alone() -> None:
    domains = Fake()
    bring_about(NOTHING, NOTHING, domains)
    assert domains.updates == 0


def test_an_image_is_not_shown_before_it_is_pushed() -> None:
    domains = Fake()
    (unready,) = bring_about(DomainSettings(DOMAIN, images=(GEO,)), NOTHING, domains)
    assert (unready.image, unready.pushed) == (GEO.name, False)
    assert domains.updates == 0


def test_an_image_that_was_pushed_gets_a_version_and_is_shown_by_every_application() -> None:
    domains, wanted = Fake(pushed={GEO.repository: "uri@1"}), DomainSettings(DOMAIN, images=(GEO,))
    assert bring_about(wanted, NOTHING, domains) == ()
    assert domains.versions[GEO.name] == Version(1, "uri@1", "CREATED")
    assert images_of(domains.user) == images_of(domains.user, CODE_EDITOR) == images_of(domains.space) == [GEO.name]


def test_another_push_makes_another_version_and_leaves_the_domain_as_it_is() -> None:
    domains, wanted = Fake(pushed={GEO.repository: "uri@1"}), DomainSettings(DOMAIN, images=(GEO,))
    for base in ("uri@1", "uri@2", "uri@2"):
        domains.pushed[GEO.repository] = base
        bring_about(wanted, wanted, domains)
    assert domains.versions[GEO.name] == Version(2, "uri@2", "CREATED")
    assert domains.updates == 1


def test_an_image_that_is_taken_from_the_file_is_no_longer_shown() -> None:
    domains, before = Fake(pushed={GEO.repository: "uri@1"}), DomainSettings(DOMAIN, images=(GEO,))
    bring_about(before, NOTHING, domains)
    bring_about(NOTHING, before, domains)
    assert images_of(domains.user) == images_of(domains.user, CODE_EDITOR) == images_of(domains.space) == []


def test_a_script_that_is_taken_from_the_file_is_taken_from_the_domain() -> None:
    domains = Fake(user={JUPYTER_LAB: {"BuiltInLifecycleConfigArn": "arn:script"}})
    bring_about(NOTHING, DomainSettings(DOMAIN, setup=(JUPYTER_LAB,)), domains)
    assert domains.user[JUPYTER_LAB]["BuiltInLifecycleConfigArn"] == "None"


def test_a_script_that_stays_is_not_touched() -> None:
    domains, wanted = (
        Fake(user={JUPYTER_LAB: {"BuiltInLifecycleConfigArn": "arn:script"}}),
        DomainSettings(DOMAIN, setup=(JUPYTER_LAB,)),
    )
    bring_about(wanted, wanted, domains)
    assert domains.updates == 0


@pytest.mark.parametrize("fails", ["refused", "The image has no shell."])
def test_an_image_that_cannot_be_used_fails_the_push_and_not_the_deployment(fails: str) -> None:
    domains = Fake(pushed={GEO.repository: "uri@1"}, fails=fails)
    settings = DomainSettings(DOMAIN, CANVAS, (GEO,))
    answer = deployed(request("Create", settings), domains)
    assert GEO.name in answer.data["Unready"]
    assert "CanvasAppSettings" in domains.user
    with pytest.raises(Refused, match=GEO.name):
        pushed(settings, domains)


def request(kind: Any, settings: DomainSettings, old: DomainSettings | None = None) -> Request:
    """As CloudFormation sends it."""
    before = old.properties() if old else {}
    return Request(kind, "Custom::X", "d-1-settings", {**settings.properties(), "Fingerprint": "1"}, before, "r-1")


def test_the_settings_are_taken_back_when_the_resource_is_removed() -> None:
    domains = Fake(pushed={GEO.repository: "uri@1"})
    settings = DomainSettings(DOMAIN, CANVAS, (GEO,))
    deployed(request("Create", settings), domains)
    deployed(request("Delete", settings), domains)
    assert domains.user["CanvasAppSettings"]["ModelRegisterSettings"] == {"Status": "DISABLED"}
    assert images_of(domains.user) == []


def test_a_domain_that_is_gone_stands_in_nobody_s_way() -> None:
    domains = Fake(exists=False)
    assert deployed(request("Delete", DomainSettings(DOMAIN, CANVAS)), domains).physical_id == "d-1-settings"


def test_an_update_knows_what_was_set_before() -> None:
    domains, before = Fake(), DomainSettings(DOMAIN, CANVAS)
    deployed(request("Create", before), domains)
    deployed(request("Update", DomainSettings(DOMAIN, setup=(CODE_EDITOR,)), before), domains)
    assert domains.user["CanvasAppSettings"]["ModelRegisterSettings"] == {"Status": "DISABLED"}


NAMES = st.text("abc", min_size=1, max_size=3)
SETTINGS = st.builds(
    DomainSettings,
    domain=st.just(DOMAIN),
    canvas=st.none() | st.builds(CanvasSettings, NAMES, NAMES, st.booleans(), st.booleans(), st.booleans()),
    images=st.lists(st.builds(lambda name: replace(GEO, name=name), NAMES), max_size=3, unique_by=lambda i: i.name).map(
        tuple
    ),
    setup=st.sets(st.sampled_from([JUPYTER_LAB, CODE_EDITOR])).map(lambda apps: tuple(sorted(apps))),
)


@given(SETTINGS)
def test_settings_come_back_from_their_properties(settings: DomainSettings) -> None:
    assert DomainSettings.parse(settings.properties()) == settings


@given(SETTINGS, SETTINGS, st.booleans())
def test_once_carried_out_nothing_is_left_to_change(wanted: DomainSettings, before: DomainSettings, p: bool) -> None:
    domains = Fake(pushed={GEO.repository: "uri@1"} if p else {})
    bring_about(before, NOTHING, domains)
    bring_about(wanted, before, domains)
    ready = {image.name for image in wanted.images if image.name in domains.versions}
    assert changes(wanted, wanted, Standing(domains.user, domains.space), ready) is None


@pytest.mark.parametrize("properties", [{}, {"DomainId": "d", "Canvas": {}}, {"DomainId": "d", "Images": [{}]}])
def test_settings_that_lack_something_are_refused_by_its_name(properties: Any) -> None:
    with pytest.raises(ValueError, match="lack"):
        DomainSettings.parse(properties)


# The adapter to SageMaker and ECR.


def error(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


def client(**operations: Callable[..., Any]) -> Any:
    """A client of boto3's form; an operation that a test does not expect is not there."""
    return SimpleNamespace(**operations, meta=SimpleNamespace(region_name="eu-west-1"))


def answers(*each: Any) -> Callable[..., Any]:
    """An operation that answers these one after the other."""
    left = list(each)

    def operation(**request: Any) -> Any:
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return operation


def adapter(sagemaker: Any = None, ecr: Any = None, left_ms: int = 60_000) -> SageMakerDomains:
    return SageMakerDomains(Calls(lambda: left_ms), sagemaker, ecr, lambda seconds: None)


def test_a_domain_is_looked_at_once_nobody_changes_it() -> None:
    looks = answers({"Status": "Updating"}, {"Status": "InService", "DefaultUserSettings": {"a": 1}})
    assert adapter(client(describe_domain=looks)).standing(DOMAIN) == Standing({"a": 1}, {})


@pytest.mark.parametrize("answer", [{"Status": "Deleting"}, error("ResourceNotFound", "gone")])
def test_a_domain_that_goes_is_no_domain(answer: Any) -> None:
    assert adapter(client(describe_domain=answers(answer))).standing(DOMAIN) is None


def test_waiting_ends_with_the_function_s_time() -> None:
    with pytest.raises(Unavailable):
        adapter(client(describe_domain=answers({"Status": "Updating"})), left_ms=5_000).standing(DOMAIN)


def test_a_change_that_the_domain_does_not_take_is_refused_with_its_reason() -> None:
    failed = {"Status": "Update_Failed", "FailureReason": "no role"}
    domains = adapter(client(update_domain=answers({}), describe_domain=answers({"Status": "Updating"}, failed)))
    with pytest.raises(Refused, match="no role"):
        domains.update(DOMAIN, Change({"a": {}}, {}))


def test_the_newest_of_all_pages_of_images_is_found_and_named_by_its_digest() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    first, second = (
        {"registryId": "111122223333", "imageDigest": f"sha256:{day}", "imagePushedAt": now + timedelta(day)}
        for day in (2, 1)
    )
    pages = answers({"imageDetails": [second], "nextToken": "n"}, {"imageDetails": [first]})
    assert (
        adapter(ecr=client(describe_images=pages)).newest_image("risk-dev/geo") == f"{REGISTRY}/risk-dev/geo@sha256:2"
    )


@pytest.mark.parametrize("answer", [{"imageDetails": []}, error("RepositoryNotFoundException", "does not exist")])
def test_an_empty_repository_has_no_newest_image(answer: Any) -> None:
    assert adapter(ecr=client(describe_images=answers(answer))).newest_image("risk-dev/geo") is None


def test_a_version_is_looked_at_once_it_is_made() -> None:
    made = {"Version": 3, "BaseImage": "uri", "ImageVersionStatus": "CREATED"}
    looks = answers({**made, "ImageVersionStatus": "CREATING"}, made)
    assert adapter(client(describe_image_version=looks)).version(GEO.name) == Version(3, "uri", "CREATED")


def test_a_version_is_made_once_however_often_it_is_asked_for() -> None:
    tokens = []
    sagemaker = client(create_image_version=lambda **request: tokens.append(request["ClientToken"]) or {})
    for after in (1, 1, 2):
        adapter(sagemaker).make_version(GEO.name, "uri@1", after)
    assert tokens[0] == tokens[1] != tokens[2]
    assert all(len(token) <= 36 for token in tokens)
