"""The whole loop under a hostile world: any order of alarms, requests, windows, answers, runs, deployments, faults,
freezes and sweeps, under any policy that a team may choose."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from core.contracts.alarms import TROUBLES
from core.contracts.ledger import Key
from core.contracts.policy import Response
from core.diagnosis import Verdict
from core.remediation.acts import NothingToDo
from core.remediation.approval import NotAnswered
from core.remediation.billing import Job
from core.remediation.episode import token
from core.remediation.outcomes import FINAL, RESTING, Outcome
from core.remediation.promotion import version_of
from core.remediation.responses import TABLE, response_to
from tests.lambdas.fakes import NO_CAPACITY, REFUSED
from tests.lambdas.faults import Fault
from tests.lambdas.world import MODEL, NAMES, POLICY, SWEEP, World
from tools import operate

KINDS = st.sampled_from([kind for kind in TROUBLES if kind != "silence"])
FAULTS = st.just({}) | st.just({}) | st.dictionaries(st.integers(0, 25), st.sampled_from(Fault), min_size=1, max_size=2)
COOLDOWN = timedelta(hours=3)
RESPONSES = st.fixed_dictionaries(
    {
        verdict.value: st.sampled_from(
            (*row.accepted, *("retrain", "ask", "rollback") * (verdict is Verdict.REAL_DRIFT))
        )
        for verdict, row in TABLE.items()
    }
)
HEARD = st.sampled_from(["alarm", "alarm", "again", "due", "asked for", "recovers", "changed"])
MINUTES = st.sampled_from([0, 1, 30, 61, 200, 240, 1500])
VERDICTS = st.sampled_from([None, *[Verdict.REAL_DRIFT] * 4, Verdict.UPSTREAM_FAULT, *Verdict])
BILLED = (Job("ml.m5.large", 1, 9000),)
"""25 cents, where a start is counted with 150."""


class Remediation(RuleBasedStateMachine):
    @initialize(
        budget=st.sampled_from([4.0, 50.0]),
        attempts=st.integers(1, 3),
        responses=RESPONSES,
        second=st.booleans(),
        most_runs=st.integers(0, 1),
    )
    def begin(self, budget: float, attempts: int, responses: dict[str, Response], second: bool, most_runs: int) -> None:
        self.attempts, self.responses = attempts, responses
        self.world = World(
            replace(
                POLICY,
                retrain=replace(
                    POLICY.retrain,
                    cooldown_s=int(COOLDOWN.total_seconds()),
                    starts_per_day=4,
                    attempts_without_improvement=attempts,
                    monthly_budget_usd=budget,
                    responses=responses,
                    approval_s=4 * 3600,
                    fallback_version=1,
                    every_days=1,
                    usd_per_hour={"ml.m5.large": 0.1},
                ),
            )
        )
        self.world.most_runs = most_runs
        if second:
            self.world.release_second()
        self.bodies: list[str] = []
        self.rolled_back: set[int] = set()
        self.failed_at: dict[int, int] = {}
        """Version -> index of the deployment that was rolled back last."""

    def spoiled(self, plan: dict[int, Fault]) -> None:
        calls = len(self.world.faults.calls)
        self.world.faults.plan = {calls + index: fault for index, fault in plan.items()}

    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        """One rule with all moves: Hypothesis leaves rules out of an example, and the loop needs every kind of move."""
        moves = (self.heard, self.sweep, self.sweep, self.time_passes, self.sagemaker_goes_on, self.a_person_acts)
        data.draw(st.sampled_from(moves))(data)

    def heard(self, data: st.DataObject) -> None:
        """Of an alarm, of the schedule, of a person; once more; or it is over."""
        world, kind, what = self.world, data.draw(KINDS), data.draw(HEARD)
        if what == "recovers":
            world.recover(kind)
            return
        if what == "changed":
            world.alarms.changed[NAMES.alarm(kind)] = world.clock.header
            return
        if what == "again" and self.bodies:
            body = data.draw(st.sampled_from(self.bodies))
        elif what == "due":
            body = world.due()
        elif what == "asked for":
            body = world.asked_for(f"request-{len(self.bodies)}")
        else:
            body = world.raise_alarm(kind)
        self.bodies.append(body)
        self.spoiled(data.draw(FAULTS))
        world.delivered(world.remediate, body, deliveries=data.draw(st.integers(1, 2)))

    def sweep(self, data: st.DataObject) -> None:
        self.spoiled(data.draw(FAULTS))
        functions = data.draw(st.permutations(["remediate", "promote", "settle"]))
        for function in functions[: data.draw(st.sampled_from([3, 3, 2, 1]))]:
            self.world.delivered(getattr(self.world, function), SWEEP, deliveries=2)

    def time_passes(self, data: st.DataObject) -> None:
        """At its end there may be a report."""
        minutes, verdict = data.draw(MINUTES), data.draw(VERDICTS)
        self.world.clock.pass_(minutes=minutes)
        if verdict is not None:
            self.world.window(verdict)

    def sagemaker_goes_on(self, data: st.DataObject) -> None:
        """A run or a deployment ends, a person reviews a package; or the next start will be refused."""
        world, endpoint = self.world, self.world.endpoints
        running = [run for run in world.pipelines.runs if run.status == "Executing"]
        pending = [each for each in world.registry.packages.values() if each.approval == "PendingManualApproval"]
        if endpoint.now is not None and endpoint.now.status == "Updating":
            well, version = data.draw(st.sampled_from([True, True, False])), version_of(NAMES, endpoint.target)
            if not well:
                self.rolled_back.add(version)
                self.failed_at[version] = len(endpoint.deployments) - 1
            endpoint.finish(well)
        elif running:
            status = data.draw(
                st.sampled_from(["Succeeded", "Succeeded", "Failed", "Stopped", "CompletedWithFailures"])
            )
            running[0].jobs = data.draw(st.sampled_from([BILLED, None]))
            approval = data.draw(st.sampled_from(["Approved", "PendingManualApproval"]))
            world.end_run(running[0], status, approval, gate="not better" if status == "Failed" else None)
        elif pending:
            world.registry.review(
                data.draw(st.sampled_from(pending)).arn, data.draw(st.sampled_from(["Approved", "Rejected"]))
            )
        elif data.draw(st.integers(0, 3)) == 3:
            world.pipelines.refusals = [data.draw(st.sampled_from([NO_CAPACITY, NO_CAPACITY, REFUSED]))]

    def a_person_acts(self, data: st.DataObject) -> None:
        """They answer what they are asked; else they freeze and lift, close a circuit, unblock a version."""
        world, row = self.world, self.world.model
        version = data.draw(st.sampled_from(row.blocked)) if row.blocked else 1
        acts: dict[str, Callable[[], object]] = {
            "nothing": lambda: None,
            "circuit": lambda: operate.close_circuit(world.ledger, MODEL, "mended", "grace"),
            "unblock": lambda: operate.unblock(world.ledger, MODEL, version, "mended", "grace"),
        }
        if world.team.frozen:
            acts = {"lift": lambda: world.freeze("")}
        elif row.frozen:
            acts = {"lift": lambda: operate.unfreeze(world.ledger, MODEL, "it is over", "grace")}
        elif row.asked:
            yes = data.draw(st.sampled_from([True, True, False]))
            acts = {"answer": lambda: world.answer(yes)}
        elif data.draw(st.integers(0, 3)) == 3:
            acts = {
                "freeze": lambda: world.freeze("incident 7"),
                "freeze the model": lambda: operate.freeze(world.ledger, MODEL, "incident 8", "grace"),
            }
        act = acts[data.draw(st.sampled_from(sorted(acts)))]
        self.spoiled(data.draw(FAULTS))
        with suppress(NothingToDo, NotAnswered):
            world.delivered(lambda _: act(), "", deliveries=1)
        if version not in world.model.blocked:
            self.rolled_back.discard(version)

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
        """What a run is known to have cost counts, and an estimate before."""
        costs = {episode.execution_arn: 0.25 if episode.billed else 1.5 for episode in self.world.episodes}
        months = {f"{run.at:%Y-%m}" for run in self.world.pipelines.runs}
        for month in months:
            starts = [costs.get(run.arn, 1.5) for run in self.world.pipelines.runs if f"{run.at:%Y-%m}" == month]
            assert sum(starts) <= self.world.policy.retrain.monthly_budget_usd + 1.5 * (len(months) > 1)

    @invariant()
    def what_is_spent_is_what_the_runs_cost(self) -> None:
        model, episodes = self.world.model, self.world.episodes
        of_month = [run for run in self.world.pipelines.runs if f"{run.at:%Y-%m}" == model.month]
        known = {episode.execution_arn: episode.cents for episode in episodes if episode.execution_arn}
        assert model.spent_cents == sum(known[run.arn] for run in of_month if run.arn in known)

    @invariant()
    def nobody_s_run_starts_without_their_yes(self) -> None:
        for episode in self.world.episodes:
            if episode.trouble in TROUBLES and self.responses.get("REAL_DRIFT") == "ask" and episode.execution_arn:
                assert episode.approval is not None
                assert episode.approval.granted

    @invariant()
    def only_what_the_policy_allows_is_done(self) -> None:
        alarmed = [episode for episode in self.world.episodes if episode.trouble in TROUBLES]
        chosen = {response_to(verdict, self.world.policy.retrain) for verdict in Verdict}
        if not chosen & {"retrain", "ask"}:
            assert not [episode for episode in alarmed if episode.execution_arn]
        if not chosen & {"rollback", "fallback"}:
            assert not [episode for episode in alarmed if episode.version]
        if "freeze" not in chosen:
            assert Outcome.FROZEN not in {episode.outcome for episode in alarmed}

    @invariant()
    def never_more_runs_at_once_than_the_environment_may_have(self) -> None:
        row = self.world.model
        if self.world.most_runs and (row.claim or row.run):
            assert self.world.team.running == (MODEL,)

    @invariant()
    def a_circuit_opens_after_enough_attempts(self) -> None:
        assert self.world.model.attempts <= self.attempts

    @invariant()
    def a_version_that_was_rolled_back_is_never_deployed_again(self) -> None:
        """Unless a person allows it, or the endpoint has gone on since, by a person's hand."""
        deployed = [version_of(NAMES, release) for release, _ in self.world.endpoints.deployments]
        for version in self.rolled_back:
            last = max(at for at, each in enumerate(deployed) if each == version)
            assert self.failed_at[version] >= last, f"version {version} was deployed again: {deployed}"
        if not {"rollback", "fallback"} & set(self.responses.values()):
            assert deployed == sorted(deployed), "an older version followed a newer one"

    @invariant()
    def what_serves_is_not_blocked(self) -> None:
        assert self.world.model.in_service not in self.world.model.blocked

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
        with suppress(NothingToDo):
            operate.unfreeze(world.ledger, MODEL, "it is over", "grace")
        for _ in range(5):
            world.clock.pass_(hours=2)
            for run in world.pipelines.runs:
                if run.status == "Executing":
                    world.end_run(run, "Failed", gate="not better")
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
        assert (model.asked, model.switch, model.waiting, world.team.running) == ("", None, (), ())
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
    max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
