"""The whole loop under a hostile world: any order of alarms, windows, runs, deployments, faults, freezes and sweeps."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.contracts.alarms import TROUBLES
from core.contracts.ledger import Key
from core.diagnosis import Verdict
from core.remediation.episode import token
from core.remediation.outcomes import FINAL, RESTING, Outcome
from core.remediation.promotion import version_of
from tests.lambdas.fakes import NO_CAPACITY, REFUSED
from tests.lambdas.faults import Fault
from tests.lambdas.world import NAMES, POLICY, SWEEP, World

KINDS = st.sampled_from([kind for kind in TROUBLES if kind != "silence"])
FAULTS = st.dictionaries(st.integers(0, 25), st.sampled_from(Fault), max_size=2)
COOLDOWN = timedelta(hours=3)


class Remediation(RuleBasedStateMachine):
    @initialize(budget=st.sampled_from([4.0, 50.0]), attempts=st.integers(1, 3))
    def begin(self, budget: float, attempts: int) -> None:
        self.attempts = attempts
        self.world = World(
            replace(
                POLICY,
                retrain=replace(
                    POLICY.retrain,
                    cooldown_s=int(COOLDOWN.total_seconds()),
                    starts_per_day=4,
                    attempts_without_improvement=attempts,
                    monthly_budget_usd=budget,
                ),
            )
        )
        self.bodies: list[str] = []
        self.rolled_back: set[int] = set()

    def spoiled(self, plan: dict[int, Fault]) -> None:
        calls = len(self.world.faults.calls)
        self.world.faults.plan = {calls + index: fault for index, fault in plan.items()}

    @rule(kind=KINDS, plan=FAULTS)
    def alarm(self, kind: str, plan: dict[int, Fault]) -> None:
        self.bodies.append(self.world.raise_alarm(kind))
        self.spoiled(plan)
        self.world.delivered(self.world.remediate, self.bodies[-1], deliveries=1)

    @precondition(lambda self: self.bodies)
    @rule(data=st.data(), plan=FAULTS)
    def deliver_again(self, data: st.DataObject, plan: dict[int, Fault]) -> None:
        self.spoiled(plan)
        self.world.delivered(self.world.remediate, data.draw(st.sampled_from(self.bodies)), deliveries=2)

    @rule(kind=KINDS)
    def recover(self, kind: str) -> None:
        self.world.recover(kind)

    @rule(function=st.sampled_from(["remediate", "promote", "settle"]), plan=FAULTS)
    def sweep(self, function: str, plan: dict[int, Fault]) -> None:
        self.spoiled(plan)
        self.world.delivered(getattr(self.world, function), SWEEP, deliveries=2)

    @rule(minutes=st.sampled_from([1, 30, 61, 200, 1500]))
    def time_passes(self, minutes: int) -> None:
        self.world.clock.pass_(minutes=minutes)

    @rule(verdict=st.sampled_from([Verdict.REAL_DRIFT, Verdict.REAL_DRIFT, *Verdict]))
    def window(self, verdict: Verdict) -> None:
        self.world.window(verdict)

    @rule(
        status=st.sampled_from(["Succeeded", "Failed", "Stopped", "CompletedWithFailures"]),
        approval=st.sampled_from(["Approved", "PendingManualApproval"]),
    )
    def run_ends(self, status: str, approval: str) -> None:
        for run in self.world.pipelines.runs:
            if run.status == "Executing":
                self.world.end_run(run, status, approval, gate="not better" if status == "Failed" else None)

    @rule(approval=st.sampled_from(["Approved", "Rejected"]), data=st.data())
    def review(self, approval: str, data: st.DataObject) -> None:
        pending = [each for each in self.world.registry.packages.values() if each.approval == "PendingManualApproval"]
        if pending:
            self.world.registry.review(data.draw(st.sampled_from(pending)).arn, approval)

    @rule(well=st.booleans())
    def deployment_ends(self, well: bool) -> None:
        endpoint = self.world.endpoints
        if endpoint.now is not None and endpoint.now.status in ("Creating", "Updating"):
            if not well:
                self.rolled_back.add(version_of(NAMES, endpoint.target))
            endpoint.finish(well)

    @rule(refusal=st.sampled_from([NO_CAPACITY, REFUSED]))
    def next_start_is_refused(self, refusal: object) -> None:
        self.world.pipelines.refusals = [refusal]  # type: ignore[list-item]

    @rule(why=st.sampled_from(["", "incident 7"]))
    def freeze_or_lift(self, why: str) -> None:
        self.world.freeze(why)

    @invariant()
    def never_two_runs_and_starts_are_a_cooldown_apart(self) -> None:
        runs = self.world.pipelines.runs
        assert len([run for run in runs if run.status == "Executing"]) <= 1
        assert all(later.at - earlier.at >= COOLDOWN for earlier, later in itertools.pairwise(runs))

    @invariant()
    def each_episode_started_at_most_once_with_its_own_token(self) -> None:
        tokens = [run.token for run in self.world.pipelines.runs]
        assert len(set(tokens)) == len(tokens)
        assert all(run.token == token(run.parameters.episode) for run in self.world.pipelines.runs)

    @invariant()
    def the_cost_of_all_starts_stays_within_the_budget_of_a_month(self) -> None:
        months = {f"{run.at:%Y-%m}" for run in self.world.pipelines.runs}
        for month in months:
            starts = [run for run in self.world.pipelines.runs if f"{run.at:%Y-%m}" == month]
            assert len(starts) * 1.5 <= self.world.policy.retrain.monthly_budget_usd + 1.5 * (len(months) > 1)

    @invariant()
    def a_circuit_opens_after_enough_attempts(self) -> None:
        assert self.world.model.attempts <= self.attempts

    @invariant()
    def a_version_that_was_rolled_back_is_never_deployed_again(self) -> None:
        deployed = [version_of(NAMES, release) for release, _ in self.world.endpoints.deployments]
        assert all(deployed.count(version) == 1 for version in self.rolled_back)
        assert deployed == sorted(deployed), "an older version followed a newer one"

    @invariant()
    def an_outcome_that_is_final_stays(self) -> None:
        for episode in self.world.episodes:
            reached = [entry.outcome for entry in episode.history]
            assert len(set(reached)) == len(reached)
            assert not [each for each in reached if each in FINAL and each != episode.outcome]

    @invariant()
    def each_message_says_one_thing(self) -> None:
        texts: dict[str, set[str]] = {}
        for notice in self.world.topic.notices:
            texts.setdefault(notice.attributes["dedup"], set()).add(notice.text)
        assert all(len(copies) == 1 for copies in texts.values())

    def teardown(self) -> None:
        """With the faults gone, sweeps alone bring every episode to an end and every outcome to people."""
        if not hasattr(self, "world"):
            return
        world = self.world
        world.faults.plan, world.pipelines.refusals = {}, []
        world.freeze("")
        for _ in range(4):
            world.clock.pass_(hours=2)
            self.run_ends("Failed", "Approved")
            for package in list(world.registry.packages.values()):
                if package.approval == "PendingManualApproval":
                    world.registry.review(package.arn, "Rejected")
            if world.endpoints.now is not None and world.endpoints.now.status in ("Creating", "Updating"):
                world.endpoints.finish(well=True)
            world.window(Verdict.HEALTHY)
            world.sweep()
        model = world.model
        assert (model.claim, model.run, model.deployment) == (None, None, None)
        assert (model.candidates, model.unannounced) == ((), ())
        told = {notice.attributes["episode"] for notice in world.topic.notices}
        for episode in world.episodes:
            assert episode.outcome in FINAL | RESTING, episode
            assert episode.outcome is not Outcome.DUPLICATE
            assert episode.id in told
        heard = {alarm.arn for alarm in world.alarms.raised}
        assert heard <= {episode.source for episode in world.episodes}
        assert world.ledger.peek(Key.team()).team.frozen == ""


TestRemediation = pytest.mark.slow(Remediation.TestCase)
TestRemediation.settings = settings(
    max_examples=120, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
