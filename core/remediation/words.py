"""Each outcome in words: what happened, what was done, and what a person can do."""

from __future__ import annotations

from dataclasses import dataclass

from core.remediation.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class Words:
    happened: str
    done: str
    person: str = ""
    """What a person can do; empty where nothing is asked of anyone."""
    ran: bool = False
    """A run was paid for."""
    again: bool = False
    """Nothing was done, and it is looked at again while the alarm stands."""


NOTHING = "Nothing was started."
WORDS: dict[Outcome, Words] = {
    Outcome.STARTED: Words("Retraining was started", "One run of the training pipeline was started.", ran=True),
    Outcome.NOT_NEEDED: Words("No retraining is needed", NOTHING, again=True),
    Outcome.NEW_ALARM: Words("The alarm is too new to be believed", NOTHING, again=True),
    Outcome.SUPPRESSED_RUNNING: Words("A run is under way already", "Nothing more was started.", again=True),
    Outcome.SUPPRESSED_COOLDOWN: Words("Retraining waits", NOTHING, again=True),
    Outcome.ESCALATED: Words(
        "A person has to decide",
        "Nothing was started or deployed: the team's file leaves this to a person, or what it asks for is impossible.",
        "Read the evidence and the monitor's report. Start a run with `make retrain`, or deploy another version.",
        again=True,
    ),
    Outcome.APPROVAL_PENDING: Words(
        "A retraining waits for your approval",
        "Nothing was started.",
        "Approve or decline it: see the commands below.",
    ),
    Outcome.DECLINED: Words("A person declined the retraining", "Nothing was started, and this is not asked again."),
    Outcome.EXPIRED: Words(
        "The time to approve a retraining is over", "Nothing was started. It is asked again where the alarm stands."
    ),
    Outcome.SWITCHING: Words(
        "Another version is put back into service",
        "The endpoint is updated, blue/green; its alarms roll that back.",
        "Find out what is wrong with the version that is taken out; it is not deployed again by itself.",
    ),
    Outcome.SWITCHED: Words(
        "Another version is in service",
        "Endpoint, baseline and autoscaling were updated. The version that was taken out is not deployed again.",
        "Allow it again with `make unblock` once it may be.",
    ),
    Outcome.FROZEN: Words(
        "The model was frozen",
        "Nothing is started or deployed for this model any more, as the team's file wants it.",
        "Mend the cause, then lift the freeze with `make unfreeze`.",
    ),
    Outcome.BLOCKED_DATA: Words(
        "No retraining on this data",
        NOTHING,
        "Read the monitor's report; repair the data or bring labels, as it says.",
        again=True,
    ),
    Outcome.BLOCKED_BUDGET: Words(
        "The retraining budget is spent",
        NOTHING,
        "Raise retraining.monthly_budget_usd in the team's file, start a run by hand, or wait for the next month.",
        again=True,
    ),
    Outcome.BLOCKED_FREEZE: Words(
        "Remediation is stopped", NOTHING, "Lift the freeze with `make unfreeze` when its cause is over.", again=True
    ),
    Outcome.CIRCUIT_OPEN: Words(
        "Retraining does not help",
        "Nothing was started, and nothing will be until a model is released or a person closes the circuit.",
        "Find out why the new models are not better; then close the circuit with `make circuit`. A run that you start "
        "by hand and that is released closes it as well.",
    ),
    Outcome.DEFERRED_QUOTA: Words(
        "No capacity for the run", "Nothing was started and nothing charged. It is tried again, with growing waits."
    ),
    Outcome.TARGET_GONE: Words(
        "The training pipeline or the endpoint does not exist",
        "Nothing was started or created.",
        "Deploy the team's stacks again, or delete the alarm.",
    ),
    Outcome.MONITOR_SILENT: Words(
        "The monitor is silent",
        NOTHING,
        "Look at the monitor's processing jobs (of batches, at the transform jobs first) and its schedule; until it "
        "reports, drift goes unseen.",
    ),
    Outcome.FAILED_RUN: Words(
        "A step towards another model failed",
        "The model in service was not touched.",
        "Look at the execution in SageMaker Studio. The platform tries again after the cooldown if the alarm stands.",
        ran=True,
    ),
    Outcome.NO_BETTER_MODEL: Words("The new model is not released", "The model in service was not touched.", ran=True),
    Outcome.PROMOTION_PENDING: Words(
        "A better model waits for approval",
        "The package is registered; it is deployed when it is approved.",
        "Approve or reject the package in the model registry.",
        ran=True,
    ),
    Outcome.ROLLED_BACK: Words(
        "A deployment was rolled back",
        "The version before it serves, where there was one. The one that failed will not be deployed again.",
        "Look at the endpoint's logs and alarms before you approve another version.",
        ran=True,
    ),
    Outcome.PROMOTED: Words(
        "A new version is in service", "Endpoint, baseline and autoscaling were updated.", ran=True
    ),
}
