"""The scanners see our resources, and the templates hold their bars."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.guard import Stage, judge, stage_of
from tools.scan import checkov, lint, nag
from tools.scan.bars import BARS, Bar
from tools.scan.found import Found, Scanner, Template
from tools.scan.page import PAGE, page
from tools.scan.scan import Scan, scan

REGION = "eu-west-1"
OPEN_BUCKET = {"Resources": {"Open": {"Type": "AWS::S3::Bucket", "Properties": {}}}}
WILD_ROLE = {
    "Resources": {
        "Wild": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]}],
                }
            },
        }
    }
}
WRONG_TYPE = {"Resources": {"Odd": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": "soon"}}}}


def _found(scanner: Scanner, template: object, tmp_path: Path) -> dict[str, str]:
    """Rule -> resource."""
    file = tmp_path / "one.template.json"
    file.write_text(json.dumps(template))
    found = scanner([Template("a-dev", "one", REGION, file)])
    assert {(each.stage, each.stack) for each in found} == {("a-dev", "one")}
    return {each.rule: each.logical_id for each in found}


@pytest.fixture(scope="module")
def nagged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What cdk-nag says of a bucket and of a role."""
    both = {"Resources": {**OPEN_BUCKET["Resources"], **WILD_ROLE["Resources"]}}
    return _found(nag.scan, both, tmp_path_factory.mktemp("nag"))


@pytest.mark.slow(takes_s=50)
def test_cdk_nag_sees_what_a_template_holds(nagged: dict[str, str]) -> None:
    assert nagged["AwsSolutions-S1"] == nagged["AwsSolutions-S10"] == "Open"
    assert nagged["NIST.800.53.R5-S3BucketVersioningEnabled"] == "Open"


@pytest.mark.slow
def test_cdk_nag_reports_every_wildcard(nagged: dict[str, str]) -> None:
    wild = {"AwsSolutions-IAM5[Action::s3:*]", "AwsSolutions-IAM5[Resource::*]"}
    assert {rule: nagged.get(rule) for rule in wild} == dict.fromkeys(wild, "Wild")


@pytest.mark.slow
def test_checkov_sees_what_a_template_holds(tmp_path: Path) -> None:
    assert _found(checkov.scan, OPEN_BUCKET, tmp_path)["CKV_AWS_18"] == "Open"


@pytest.mark.slow
def test_cfn_lint_sees_what_a_template_holds(tmp_path: Path) -> None:
    assert _found(lint.scan, WRONG_TYPE, tmp_path)["E3012"] == "Odd"


@pytest.fixture(scope="module")
def scans(assembly: Path, rich: Path) -> list[Scan]:
    """Of every team in `teams/`, and of those with every feature."""
    return scan([assembly, rich])


@pytest.mark.slow
@pytest.mark.parametrize("bar", BARS, ids=lambda bar: bar.name)
def test_every_team_holds(bar: Bar, scans: list[Scan]) -> None:
    assert {each.stage.name: bar.figure(each) for each in scans if bar.missed(each)} == {}


@pytest.mark.slow
def test_every_finding_is_answered_on_its_resource(scans: list[Scan]) -> None:
    assert [finding for each in scans for finding in each.open] == []


@pytest.mark.slow
def test_the_page_of_controls_is_current(scans: list[Scan]) -> None:
    assert PAGE.read_text() == page(scans), "run `make docs`"


def _scan(acknowledged: dict[str, str], *found: Found) -> Scan:
    resource = {"Type": "AWS::S3::Bucket", "Metadata": {"homeostat": {"acknowledged": acknowledged}}}
    stage: Stage = stage_of("a-dev", "1", REGION, {"one": {"Resources": {"Bucket": resource}}})
    return Scan(stage, judge(stage, []), found)


FOUND = Found(checkov.NAME, "CKV_AWS_18", "a-dev", "one", "Bucket", "no log")


def test_a_finding_is_open_until_its_resource_answers_it() -> None:
    assert _scan({}, FOUND).open == [str(FOUND)]
    assert _scan({"CKV_AWS_18": "It is the log."}, FOUND).open == []


def test_an_answer_to_nothing_is_open_as_well() -> None:
    (stale,) = _scan({"CKV_AWS_18": "It is the log."}).open
    assert "not found" in stale


def test_a_bar_counts_per_100_resources_as_if_nothing_were_answered() -> None:
    missed = {bar.name: bar.figure(_scan({"CKV_AWS_18": "It is the log."}, FOUND)) for bar in BARS}
    assert missed["checkov failed / 100"] == 100
