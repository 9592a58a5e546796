"""What holds data is replaced only on purpose."""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from core.config.load import load_teams
from infra.kept.create_only import KINDS
from infra.kept.record import BadRecord, read
from infra.kept.refusal import ReplacementRefused, StaleRecord, refuse_abandoned, refuse_replacements
from infra.tenant import Tenant
from tests.wiring.deployed import deploy
from tests.wiring.synthesis import ACCOUNT, run_app, templates

HERE, OTHER = "111122223333", "444455556666"
TEAM = """\
team: risk
owners: [owner@example.com]
environments:
  - name: dev
    region: eu-west-1
studio:
  auth: IAM
members:
  - {name: ada, role: analyst}
spaces:
  - name: work
    owner: ada
    sharing: Private
"""
MADE: dict[str, dict[str, Any]] = {
    "artifacts": {
        "Resources": {
            "Key": {"Type": "AWS::KMS::Key", "Properties": {"Description": "a"}},
            "Data": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"risk-dev-data-{HERE}-eu-west-1"}},
        },
        "Outputs": {"KeyArn": {"Value": {"Fn::GetAtt": ["Key", "Arn"]}, "Export": {"Name": "the-key"}}},
    },
    "studio": {
        "Resources": {
            "Domain": {
                "Type": "AWS::SageMaker::Domain",
                "Properties": {
                    "DomainName": "risk-dev",
                    "AuthMode": "IAM",
                    "KmsKeyId": {"Fn::ImportValue": "the-key"},
                    "TagPropagation": "ENABLED",
                },
            },
            "Ada": {"Type": "AWS::SageMaker::UserProfile", "Properties": {"UserProfileName": "ada"}},
            "Work": {
                "Type": "AWS::SageMaker::Space",
                "Properties": {"SpaceName": "work", "SpaceSharingSettings": {"SharingType": "Private"}},
            },
            "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": "a"}},
        }
    },
}


def tenant_of(home: Path, text: str = TEAM, account: str = HERE) -> Tenant:
    home.mkdir(exist_ok=True)
    (home / "risk.yaml").write_text(text)
    [team] = load_teams(home)
    return Tenant(team, team.environments[0], account, home=home)


@pytest.fixture
def tenant(tmp_path: Path) -> Tenant:
    """Its environment has been synthesized once."""
    made = tenant_of(tmp_path / "teams")
    assert refuse_replacements(made, MADE) == ()
    return made


@pytest.fixture
def record(tenant: Tenant) -> Path:
    return tenant.home / "kept" / "risk-dev.yaml"


def changed(stack: str, id: str, **properties: Any) -> dict[str, dict[str, Any]]:
    made = copy.deepcopy(MADE)
    made[stack]["Resources"][id]["Properties"] |= properties
    return made


def without(stack: str, id: str, **others: dict[str, Any]) -> dict[str, dict[str, Any]]:
    made = copy.deepcopy(MADE)
    del made[stack]["Resources"][id]
    made[stack]["Resources"] |= others
    return made


def refused(tenant: Tenant, made: dict[str, dict[str, Any]], **options: Any) -> str:
    with pytest.raises(ReplacementRefused) as raised:
        refuse_replacements(tenant, made, **options)
    return str(raised.value)


@pytest.mark.parametrize("type", KINDS)
def test_the_table_is_what_cloudformation_says(type: str) -> None:
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type).schema
    said = [*schema.get("createOnlyProperties", ()), *schema.get("conditionalCreateOnlyProperties", ())]
    paths = {each.removeprefix("/properties/") for each in said}
    outermost = {path for path in paths if not any(path.startswith(f"{other}/") for other in paths)}
    assert set(KINDS[type].create_only) == outermost
    assert KINDS[type].name in ("", *KINDS[type].create_only)


@pytest.mark.slow
def test_whatever_is_retained_is_in_the_table_and_the_other_way_round(demo_templates: Any, extremes: Path) -> None:
    stages = [demo_templates, *(templates(extremes, f"largestnamedtea-{name}") for name in ("dev", "prod"))]
    for stage in stages:
        for each in deploy(stage, ACCOUNT, "us-east-1").resources:
            if each.deletion_policy == "Retain":
                assert KINDS[each.type].retained, f"{each.type} is retained"
            elif each.type in KINDS:
                assert not KINDS[each.type].retained, f"{each.type} is not retained"


def test_the_record_says_in_review_what_was_made(record: Path) -> None:
    text = record.read_text()
    assert "studio.Domain:\n    type: AWS::SageMaker::Domain\n    AuthMode: IAM\n    DomainName: risk-dev\n" in text
    assert "KmsKeyId: artifacts.Key.Arn" in text, "a reference is told by what it refers to"
    assert "BucketName: risk-dev-data-<account>-eu-west-1" in text, "the file names no account"
    assert "Alarm" not in text


def test_what_has_not_changed_is_not_written_again(tenant: Tenant, record: Path) -> None:
    before = record.stat().st_mtime_ns
    refuse_replacements(tenant, changed("studio", "Domain", TagPropagation="DISABLED"))
    assert record.stat().st_mtime_ns == before


def test_a_new_resource_is_added_to_the_record(tenant: Tenant, record: Path) -> None:
    more = {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "risk-dev-ledger"}}
    refuse_replacements(tenant, changed("studio", "Ada") | {"operations": {"Resources": {"Table": more}}})
    assert "operations.Table" in record.read_text()


def test_a_refusal_says_what_from_to_why_and_what_is_lost(tenant: Tenant, record: Path) -> None:
    before = record.read_text()
    text = refused(tenant, changed("studio", "Domain", AuthMode="SSO"))
    assert "studio.Domain: AuthMode of the domain risk-dev would change" in text
    assert "from IAM" in text
    assert "to   SSO" in text
    assert "because of studio.auth in teams/risk.yaml:7" in text
    assert "the members' home folders" in text
    assert "-c replace=risk-dev.studio.Domain" in text
    assert record.read_text() == before


def test_all_replacements_are_told_at_once(tenant: Tenant) -> None:
    made = changed("studio", "Domain", AuthMode="SSO")
    made["studio"]["Resources"]["Work"]["Properties"]["SpaceSharingSettings"] = {"SharingType": "Shared"}
    text = refused(tenant, made)
    assert "studio.Domain" in text
    assert "because of spaces.0.sharing in teams/risk.yaml:13" in text


def test_a_resource_that_keeps_its_name_cannot_be_made_beside_itself(tenant: Tenant) -> None:
    text = refused(tenant, changed("studio", "Work", SpaceSharingSettings={"SharingType": "Shared", "Other": 1}))
    assert "A second space cannot have the same name, so the deployment would fail" in text
    assert "is deleted with its volume" in text


def test_of_a_long_value_only_the_difference_is_told(tenant: Tenant) -> None:
    tags = [{"Key": f"key{index}", "Value": "x"} for index in range(20)]
    group = {"Type": "AWS::SageMaker::FeatureGroup", "Properties": {"FeatureGroupName": "risk-dev-g", "Tags": tags}}
    refuse_replacements(tenant, MADE | {"training": {"Resources": {"Group": group}}})
    other = copy.deepcopy(group)
    other["Properties"]["Tags"][7]["Value"] = "y"
    text = refused(tenant, MADE | {"training": {"Resources": {"Group": other}}})
    assert 'from [{"Key": "key7", "Value": "x"}]' in text
    assert 'to   [{"Key": "key7", "Value": "y"}]' in text
    assert "because of cost_center in teams/risk.yaml" in text


def test_a_property_that_goes_replaces_as_well(tenant: Tenant) -> None:
    made = copy.deepcopy(MADE)
    del made["studio"]["Resources"]["Domain"]["Properties"]["KmsKeyId"]
    assert "from artifacts.Key.Arn" in refused(tenant, made)


def test_the_same_reference_written_otherwise_is_no_change(tenant: Tenant) -> None:
    made = copy.deepcopy(MADE)
    made["artifacts"]["Outputs"]["KeyArn"]["Export"]["Name"] = "another-name"
    made["studio"]["Resources"]["Domain"]["Properties"]["KmsKeyId"] = {"Fn::ImportValue": "another-name"}
    assert refuse_replacements(tenant, made) == ()


def test_a_new_name_in_place_of_an_old_one_is_a_rename(tenant: Tenant) -> None:
    grace = {"Type": "AWS::SageMaker::UserProfile", "Properties": {"UserProfileName": "grace"}}
    text = refused(tenant, without("studio", "Ada", Grace=grace))
    assert "studio.Ada: the user profile ada goes and grace comes" in text
    assert "home folder" in text


def test_the_same_name_in_another_place_is_the_platforms_fault(tenant: Tenant) -> None:
    moved = MADE["artifacts"]["Resources"]["Data"]
    text = refused(tenant, without("artifacts", "Data", Other=moved))
    assert "Nothing in the team's file causes it" in text
    assert "second one of that name" in text


def test_a_resource_that_only_goes_is_told_and_let_go(tenant: Tenant, record: Path) -> None:
    assert refuse_replacements(tenant, without("studio", "Work")) == ("the space work is deleted with its volume",)
    assert "studio.Work" not in record.read_text()
    made = without("artifacts", "Data")
    del made["studio"]["Resources"]["Work"]
    [note] = refuse_replacements(tenant, made)
    assert "bucket" in note
    assert "stays in AWS with its objects" in note


def test_one_resource_of_one_environment_is_accepted(tenant: Tenant, record: Path) -> None:
    made = changed("studio", "Domain", AuthMode="SSO")
    refused(tenant, made, accepted=["risk-prod.studio.Domain", "studio.Domain", "risk-dev.studio.Work"])
    refuse_replacements(tenant, made, accepted=["risk-dev.studio.Domain"])
    assert "AuthMode: SSO" in record.read_text()
    assert refuse_replacements(tenant, made) == ()


def test_where_the_record_must_not_be_written_an_old_one_is_a_fault(tenant: Tenant, record: Path) -> None:
    assert refuse_replacements(tenant, MADE, writes=False) == ()
    with pytest.raises(StaleRecord, match=r"teams/kept/risk-dev\.yaml is not current: run `make synth`"):
        refuse_replacements(tenant, without("studio", "Work"), writes=False)
    record.unlink()
    with pytest.raises(StaleRecord, match="is missing"):
        refuse_replacements(tenant, MADE, writes=False)


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    tenant = tenant_of(tmp_path / "teams")
    (tenant.home / "kept" / f"risk-dev.{os.getpid()}.tmp").mkdir(parents=True)
    with pytest.raises(StaleRecord, match="commit it with the team's file"):
        refuse_replacements(tenant, MADE)


def test_a_file_without_an_account_has_one_record_for_every_account(tenant: Tenant, record: Path) -> None:
    before = record.read_text()
    elsewhere = Tenant(tenant.team, tenant.environment, OTHER, home=tenant.home)
    there = changed("artifacts", "Data", BucketName=f"risk-dev-data-{OTHER}-eu-west-1")
    assert refuse_replacements(elsewhere, there) == ()
    assert record.read_text() == before


def test_naming_the_account_that_it_had_changes_nothing(tenant: Tenant, record: Path) -> None:
    named = tenant_of(tenant.home, TEAM.replace("- name: dev", f'- name: dev\n    account: "{HERE}"'))
    assert refuse_replacements(named, MADE) == ()
    assert f"BucketName: risk-dev-data-{HERE}-eu-west-1" in record.read_text()
    assert refuse_replacements(tenant_of(tenant.home), MADE) == ()
    assert "<account>" in record.read_text()


def test_another_account_or_region_is_a_move(tenant: Tenant) -> None:
    named = TEAM.replace("- name: dev", f'- name: dev\n    account: "{HERE}"')
    refuse_replacements(tenant_of(tenant.home, named), MADE)
    there = tenant_of(tenant.home, named.replace(HERE, OTHER), OTHER)
    assert f"would move from account {HERE}, eu-west-1 to account {OTHER}" in refused(there, MADE)
    abroad = tenant_of(tenant.home, named.replace("eu-west-1", "us-east-1"))
    assert "us-east-1" in refused(abroad, MADE)


def test_an_environment_without_a_file_is_told_with_what_stays(tenant: Tenant, record: Path) -> None:
    refuse_abandoned([tenant.team], record.parent)
    with pytest.raises(ReplacementRefused) as raised:
        refuse_abandoned([], record.parent)
    text = str(raised.value)
    assert "no team file has the environment risk-dev any more" in text
    assert "bucket, domain, key, space, user profile" in text
    assert "`cdk destroy`" in text


@pytest.mark.parametrize("text", ["", "resources: [", "<<<<<<< HEAD\n", "resources: {a: {}}", "[1]", "\x00", "a: *b"])
def test_a_record_that_somebody_edited_is_told(tenant: Tenant, record: Path, text: str) -> None:
    record.write_text(text)
    with pytest.raises(BadRecord, match=r"kept/risk-dev\.yaml is not as synth writes it"):
        refuse_replacements(tenant, MADE)


def test_the_embedded_aws_has_no_record(tmp_path: Path) -> None:
    tenant = tenant_of(tmp_path / "teams", account=ACCOUNT)
    assert refuse_replacements(tenant, MADE, writes=False) == ()
    assert not (tenant.home / "kept").exists()


def test_a_record_is_read_as_it_was_written(record: Path) -> None:
    found = read(record)
    assert found is not None
    assert found.text() == record.read_text()


@pytest.mark.slow
def test_the_app_refuses_before_it_writes_a_template(tmp_path: Path) -> None:
    home, kept = tmp_path / "teams", str(tmp_path / "teams" / "kept")
    tenant_of(home)
    context = {"teams": str(home), "kept": kept}
    assert run_app(tmp_path / "first", HERE, **context).returncode == 0
    (home / "risk.yaml").write_text(TEAM.replace("sharing: Private", "sharing: Shared"))
    done = run_app(tmp_path / "second", HERE, **context)
    assert done.returncode == 1
    assert "because of spaces.0.sharing in teams/risk.yaml:13" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.glob("second/**/*.template.json")) == []
    [id] = [part for part in done.stderr.split() if part.startswith("replace=")]
    accepted = run_app(tmp_path / "third", HERE, **context, replace=id.removeprefix("replace=").rstrip("`"))
    assert accepted.returncode == 0, accepted.stderr
    (home / "risk.yaml").rename(home / "other.yaml")
    (home / "other.yaml").write_text(TEAM.replace("team: risk", "team: other"))
    assert "no team file has the environment risk-dev" in run_app(tmp_path / "fourth", HERE, **context).stderr
