"""The page about responses says what the table says."""

from __future__ import annotations

from typing import get_args

from core.contracts.policy import Response, RetrainPolicy
from core.diagnosis import Verdict
from core.remediation.responses import response_to
from tools.remediation_page import PAGE, meanings, page


def rows(head: str) -> list[list[str]]:
    """Cells of the table below a heading of its columns."""
    below = PAGE.read_text().partition(head)[2].splitlines()[2:]
    table = below[: next((at for at, line in enumerate(below) if not line.startswith("|")), len(below))]
    return [[cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in table]


def test_the_page_about_remediation_is_current() -> None:
    assert PAGE.read_text() == page(), "run `make docs`"


def test_what_the_page_says_a_team_may_choose_is_what_the_decision_does() -> None:
    told = {verdict: (usual, others.split(", ")) for verdict, _, usual, others, _ in rows("| verdict ")}
    assert list(told) == list(Verdict)
    for verdict in Verdict:
        usual, others = told[verdict]
        assert response_to(verdict, RetrainPolicy()) == usual
        for response in get_args(Response):
            done = response_to(verdict, RetrainPolicy(responses={verdict.value: response}))
            assert done == (response if response in others else usual)


def test_every_verdict_and_response_is_explained() -> None:
    assert [response for response, _ in rows("| response ")] == list(get_args(Response))
    assert all(meanings()[verdict] for verdict in Verdict)
