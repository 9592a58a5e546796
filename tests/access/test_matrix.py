"""The table of `core.access`, every cell by a real call of a member's session, in the own team and in another one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from core.access import ABILITIES, PERSONAS, Ability, Persona
from tests.access.calls import CALLS
from tests.access.world import TeamWorld, World, refusal, start


def test_every_ability_is_tried() -> None:
    assert sorted(CALLS) == sorted(ability.what for ability in ABILITIES)


@pytest.mark.fault("F44")
def test_who_trains_does_not_approve_and_who_approves_does_not_train() -> None:
    approve = next(ability.may for ability in ABILITIES if ability.what == "approve a package")
    train = next(ability.may for ability in ABILITIES if ability.what == "train")
    assert not set(approve) & set(train)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = start(tmp_path_factory.mktemp("access"))
    yield made
    made.aws.stop()


@pytest.mark.slow(takes_s=35)
def test_each_persona_can_do_what_its_role_is_for_and_nothing_to_another_team(
    world: World, subtests: pytest.Subtests
) -> None:
    """One test, so that the two teams are deployed once whatever worker runs it."""
    for ability in ABILITIES:
        for persona in PERSONAS:
            with subtests.test(who=persona, what=ability.what):
                _is(persona in ability.may, world, ability, persona, world.own)
            if ability.elsewhere:
                with subtests.test(who=persona, what=ability.what, where="another team"):
                    _is(False, world, ability, persona, world.other)


def _is(allowed: bool, world: World, ability: Ability, persona: Persona, of: TeamWorld) -> None:
    try:
        CALLS[ability.what](world, persona, of)
        denied = None
    except ClientError as error:
        denied = refusal(error)
    if allowed:
        assert denied is None, denied
    else:
        assert denied is not None, f"{persona} may {ability.what} of {of.names.prefix}"
        assert ability.action in denied or (ability.first and ability.first in denied), denied
