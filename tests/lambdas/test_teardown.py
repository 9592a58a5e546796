"""A domain's use ends, and what it leaves goes, whatever goes wrong meanwhile; and nothing of anybody else's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.contracts.teardown import Contents, Endpoints, MemberUse, StudioLeftovers, StudioUse, Work
from core.names import TEAM_TAG
from lambdas.custom_resource import NotYet
from lambdas.failures import Conflicting, Unavailable
from lambdas.teardown.patience import FAULTS_MAX, Patience, Step
from lambdas.teardown.ports import App, Interface, Named
from lambdas.teardown.studio import Studio, adopt, clear, end_member_use, end_use
from lambdas.teardown.work import empty, end_endpoints, end_work
from tests.lambdas.faults import Crash, Fault, Faults
from tests.lambdas.premises import OURS, THEIRS, VPC, Premises

USE = StudioUse("d-ours", VPC)


def ports(premises: Premises) -> Studio:
    return Studio(premises, premises.homes_port(), premises.network_port())


def left(deletes_homes: bool = True) -> StudioLeftovers:
    return StudioLeftovers(VPC, "sg-work", deletes_homes)


def two_teams(*, apps: int = 2, faults: Faults | None = None) -> Premises:
    """Ours and another team's domain in one VPC, both adopted by their teams."""
    premises = Premises()
    premises.make_domain("d-ours", apps=apps, spaces=2, profiles=2)
    premises.make_domain("d-theirs", apps=1, spaces=1)
    adopt(USE, {TEAM_TAG: OURS}, ports(premises))
    adopt(StudioUse("d-theirs", VPC), {TEAM_TAG: THEIRS}, ports(premises))
    premises.faults = faults or Faults()
    return premises


def patiently(step: Step, seconds: float = 1e6) -> None:
    """As a function with this much time."""
    clock = [seconds]

    def sleep(pause: float) -> None:
        clock[0] -= pause

    Patience(lambda: int(clock[0] * 1000), sleep).until_done(step)


def destroy(premises: Premises, deletes_homes: bool = True) -> None:
    """What `cdk destroy` comes to: use, domain, leftovers, in the order that CloudFormation keeps."""
    patiently(lambda: end_use(USE, premises))
    if "d-ours" in premises.domains:
        premises.delete_domain("d-ours")
    patiently(lambda: clear(left(deletes_homes), ports(premises)))


def of_ours(premises: Premises) -> dict[str, list[str]]:
    interfaces = [id for id in premises.interfaces if "ours" in id]
    homes = [id for id, home in premises.homes.items() if home.domain == "d-ours"]
    return {"homes": homes, "groups": [id for id in premises.groups if "ours" in id], "interfaces": interfaces}


def is_whole(premises: Premises, domain: str) -> bool:
    """As SageMaker made it, with its application."""
    home, groups = premises.homes.get(f"fs-{domain}"), [id for id in premises.groups if domain in id]
    return (
        domain in premises.domains
        and len(premises.domains[domain].apps) == 1
        and home is not None
        and len(home.targets) == 2
        and len(groups) == 2
        and all(premises.groups[id].rules for id in groups)
    )


def test_nothing_of_the_domain_is_left_where_data_is_deleted() -> None:
    premises = two_teams()
    destroy(premises)
    assert of_ours(premises) == {"homes": [], "groups": [], "interfaces": []}


def test_the_homes_are_kept_where_data_is_kept_but_nothing_holds_the_network() -> None:
    premises = two_teams()
    destroy(premises, deletes_homes=False)
    assert of_ours(premises) == {"homes": ["fs-d-ours"], "groups": [], "interfaces": []}
    assert premises.homes["fs-d-ours"].targets == {}


def test_another_team_s_domain_in_the_same_vpc_is_not_touched() -> None:
    premises = two_teams()
    destroy(premises)
    assert is_whole(premises, "d-theirs")


def test_a_domain_that_stands_keeps_what_it_stands_on() -> None:
    """For instance where CloudFormation was told to retain it."""
    premises = two_teams(apps=1)
    patiently(lambda: clear(left(), ports(premises)))
    assert is_whole(premises, "d-ours")


def test_what_was_never_adopted_is_nobody_s() -> None:
    premises = Premises()
    premises.make_domain("d-ours", profiles=0)
    premises.delete_domain("d-ours")
    patiently(lambda: clear(left(), ports(premises)))
    assert len(of_ours(premises)["groups"]) == 2


def test_applications_go_before_spaces_and_spaces_before_profiles() -> None:
    premises = two_teams()
    patiently(lambda: end_use(USE, premises))
    deletions = [call for call in premises.faults.calls if call.startswith("delete")]
    assert deletions == ["delete_app"] * 2 + ["delete_space"] * 2 + ["delete_profile"] * 2


def test_of_a_member_who_leaves_the_own_applications_and_spaces_go_and_nobody_else_s() -> None:
    premises = two_teams()
    premises.domains["d-ours"].apps["old"] = App("JupyterServer", "old", "p0", None, "InService")
    premises.interfaces["eni-d-ours-old"] = (set(), Interface("", False, ""))
    patiently(lambda: end_member_use(MemberUse("d-ours", "p0"), premises))
    ours = premises.domains["d-ours"]
    assert (list(ours.apps), list(ours.spaces), list(ours.profiles)) == (["a1"], ["s1"], ["p0", "p1"])
    assert is_whole(premises, "d-theirs")


def test_a_member_who_leaves_without_having_used_anything_takes_nothing_along() -> None:
    premises = two_teams(apps=0)
    patiently(lambda: end_member_use(MemberUse("d-ours", "p"), premises))
    assert not [call for call in premises.faults.calls if call.startswith("delete")]


def test_who_starts_an_application_meanwhile_is_stopped_as_well() -> None:
    premises = two_teams()
    running = premises.domains["d-ours"].apps["a0"]

    def started_late(name: str) -> None:
        if name == "delete_space" and premises.faults.calls.count("delete_space") == 1:
            premises.domains["d-ours"].apps["late"] = replace(running, name="late", space="s1", status="Pending")
            premises.interfaces["eni-d-ours-late"] = (set(), Interface("", False, ""))

    premises.faults.pause = started_late
    destroy(premises)
    assert "d-ours" not in premises.domains


def test_interfaces_that_sagemaker_left_are_deleted_and_a_stranger_s_is_not() -> None:
    premises = two_teams(apps=0)
    free = Interface("", True, "[Do not delete] ENI managed by SageMaker for Studio Domain (d-ours)")
    premises.interfaces["eni-left"] = ({"sg-out-d-ours"}, free)
    premises.interfaces["eni-job"] = ({"sg-work"}, Interface("", True, "SageMaker training job"))
    premises.interfaces["eni-stranger"] = ({"sg-work"}, Interface("", True, "somebody's own"))
    premises.interfaces["eni-endpoint"] = ({"sg-work"}, Interface("", False, "SageMaker endpoint"))
    destroy(premises)
    assert {id for id in premises.interfaces if "theirs" not in id} == {"eni-stranger", "eni-endpoint"}


def test_what_does_not_end_is_named_when_the_time_is_up() -> None:
    premises = two_teams()
    premises.ending["app d-ours a0"] = 10**6
    apps = premises.domains["d-ours"].apps
    apps["a0"] = replace(apps["a0"], status="Deleting")
    with pytest.raises(NotYet, match=r"application s0/JupyterLab/a0 \(Deleting\).*cdk destroy"):
        patiently(lambda: end_use(USE, premises), seconds=300)


def test_a_grant_that_is_missing_is_said_after_a_while() -> None:
    asked = []

    def step() -> tuple[str, ...]:
        asked.append(1)
        raise Unavailable("AccessDenied: may not")

    with pytest.raises(Unavailable, match="AccessDenied"):
        patiently(step)
    assert len(asked) == FAULTS_MAX


def test_a_domain_that_never_was_is_taken_down_at_once() -> None:
    premises = Premises()
    destroy(premises)
    assert not [call for call in premises.faults.calls if call.startswith("delete")]


KINDS = st.sampled_from([Fault.REQUEST_LOST, Fault.REPLY_LOST, Fault.CRASH_BEFORE, Fault.CRASH_AFTER])


@settings(max_examples=200, deadline=None)
@example(dict.fromkeys(range(FAULTS_MAX), Fault.REQUEST_LOST), True, 1)
@given(st.dictionaries(st.integers(0, 60), KINDS, max_size=12), st.booleans(), st.integers(0, 3))
def test_whatever_calls_fail_or_kill_the_end_is_the_same(
    plan: dict[int, Fault], deletes_homes: bool, apps: int
) -> None:
    """A kill is a destroy that ended midway, and so is giving up on an AWS that does not answer; run again it goes on.
    Every fault of the plan strikes once."""
    premises = two_teams(apps=apps, faults=Faults(plan))
    for _ in range(len(plan) + 1):
        try:
            destroy(premises, deletes_homes)
            break
        except (Crash, Unavailable):
            continue
    kept = [] if deletes_homes else ["fs-d-ours"]
    assert of_ours(premises) == {"homes": kept, "groups": [], "interfaces": []}
    assert is_whole(premises, "d-theirs")


class FakeRuns:
    """`lambdas.teardown.ports.Runs`: everything stops after a look, executions start one more job."""

    def __init__(self) -> None:
        self.rows = {
            "execution": {"arn:1": "Executing"},
            "training": {"job-1": "InProgress"},
            "endpoint": {"churn": "InService"},
        }
        self.held = {"config": {"model-1", "config-1"}, "package": {"arn:p1"}}
        self.calls: list[str] = []

    def _rows(self, kind: str, ending: str) -> tuple[Named, ...]:
        found = tuple(Named(kind, name, status) for name, status in self.rows[kind].items())
        self.rows[kind] = {name: status for name, status in self.rows[kind].items() if status != ending}
        return found

    def _end(self, kind: str, name: str, status: str) -> None:
        self.calls.append(f"{kind} {name}")
        self.rows[kind][name] = status

    def executions(self) -> tuple[Named, ...]:
        return self._rows("execution", "Stopping")

    def stop_execution(self, arn: str) -> None:
        self.rows["training"]["job-2"] = "InProgress"
        self._end("execution", arn, "Stopping")

    def jobs(self) -> tuple[Named, ...]:
        return self._rows("training", "Stopping")

    def stop_job(self, job: Named) -> None:
        self._end("training", job.name, "Stopping")

    def endpoints(self) -> tuple[Named, ...]:
        return self._rows("endpoint", "Deleting")

    def delete_endpoint(self, name: str) -> None:
        if self.rows["endpoint"][name] == "Updating":
            self.rows["endpoint"][name] = "InService"
            raise Conflicting("ValidationException", "cannot be deleted while it is updated")
        self._end("endpoint", name, "Deleting")

    def configs(self) -> tuple[Named, ...]:
        return tuple(Named("model", name) for name in sorted(self.held["config"]))

    def delete_config(self, config: Named) -> None:
        self.held["config"].discard(config.name)

    def packages(self) -> tuple[str, ...]:
        return tuple(self.held["package"])

    def delete_package(self, arn: str) -> None:
        self.held["package"].discard(arn)


@pytest.mark.parametrize(("deletes", "kept"), [(True, set()), (False, {"arn:p1"})])
def test_executions_and_jobs_end_and_packages_stay_where_data_stays(deletes: bool, kept: set[str]) -> None:
    runs = FakeRuns()
    patiently(lambda: end_work(Work(deletes), runs))
    assert (runs.rows["execution"], runs.rows["training"]) == ({}, {})
    assert runs.held["package"] == kept


def test_endpoints_end_and_then_what_they_were_made_of() -> None:
    runs = FakeRuns()
    patiently(lambda: end_endpoints(runs))
    assert (runs.rows["endpoint"], runs.held["config"]) == ({}, set())
    assert runs.rows["training"] == {"job-1": "InProgress"}


def test_jobs_are_stopped_once_no_execution_can_start_another() -> None:
    runs = FakeRuns()
    patiently(lambda: end_work(Work(False), runs))
    assert runs.calls == ["execution arn:1", "training job-1", "training job-2"]


def test_an_endpoint_that_is_changing_is_deleted_when_it_can_be() -> None:
    runs = FakeRuns()
    runs.rows["endpoint"]["churn"] = "Updating"
    patiently(lambda: end_endpoints(runs))
    assert runs.rows["endpoint"] == {}


class FakeBuckets:
    def __init__(self, **objects: int) -> None:
        self.objects = objects

    def delete_some(self, bucket: str) -> int:
        some = min(1000, self.objects.get(bucket, 0))
        if some:
            self.objects[bucket] -= some
        return some


class FakeVaults:
    """Recovery points go after a look."""

    def __init__(self, **points: dict[str, str]) -> None:
        self.held = points

    def points(self, vault: str) -> tuple[Named, ...]:
        found = self.held.get(vault, {})
        self.held[vault] = {arn: status for arn, status in found.items() if status != "DELETING"}
        return tuple(Named("recovery point", arn, status) for arn, status in found.items())

    def delete_point(self, vault: str, arn: str) -> None:
        self.held[vault][arn] = "DELETING"


def test_a_vault_is_empty_when_its_recovery_points_are_gone() -> None:
    vaults = FakeVaults(homes={"arn:1": "COMPLETED", "arn:2": "DELETING"})
    patiently(lambda: empty(Contents(vaults=("homes", "gone")), FakeBuckets(), vaults))
    assert vaults.held["homes"] == {}


def test_buckets_are_emptied_page_by_page_and_those_that_are_gone_are_empty() -> None:
    buckets = FakeBuckets(a=2500, b=120_000)
    patiently(lambda: empty(Contents(("a", "gone", "b")), buckets, FakeVaults()))
    assert buckets.objects == {"a": 0, "b": 0}


def test_a_full_bucket_is_named_when_the_time_is_up() -> None:
    with pytest.raises(NotYet, match="contents of bucket huge"):
        patiently(lambda: empty(Contents(("huge",)), FakeBuckets(huge=10**9), FakeVaults()), seconds=61)


@pytest.mark.parametrize(
    "of",
    [StudioUse("d-1", VPC), left(True), left(False), Endpoints(), Work(True), Contents(("a", "b"), ("v",))],
    ids=repr,
)
def test_properties_are_read_as_they_were_written_when_cloudformation_makes_texts_of_them(of: object) -> None:
    written = of.properties()  # type: ignore[attr-defined]
    texts = {name: value if isinstance(value, (str, list)) else str(value).lower() for name, value in written.items()}
    assert type(of).read(texts) == of  # type: ignore[attr-defined]
