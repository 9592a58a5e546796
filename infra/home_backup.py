"""Daily backups of the members' home folders."""

from __future__ import annotations

from constructs import Construct

from infra.domain import Domain
from infra.grants import use_key_for_disks
from infra.part import Part
from infra.roles import Role
from infra.statements import allow
from infra.teardown import vault_is_emptied

KEPT_DAYS = 35


class HomeBackup(Part):
    """SageMaker makes the domain's file system, so nothing else here can say that it is backed up."""

    def __init__(self, scope: Construct, id: str, domain: Domain, *, key_arn: str) -> None:
        super().__init__(scope, id, domain.tenant)
        vault = self.add(
            "Vault",
            "AWS::Backup::BackupVault",
            {"BackupVaultName": self.names.home_vault, "EncryptionKeyArn": key_arn},
            holds_data=True,
        )
        daily = {
            "RuleName": "daily",
            "TargetBackupVault": self.names.home_vault,
            "ScheduleExpression": "cron(0 3 * * ? *)",
            "StartWindowMinutes": 60,
            "CompletionWindowMinutes": 360,
            "Lifecycle": {"DeleteAfterDays": KEPT_DAYS},
            "RecoveryPointTags": self.tenant.tags,
        }
        emptied = vault_is_emptied(self, self.names.home_vault, after=[vault])
        plan = self.add(
            "Plan",
            "AWS::Backup::BackupPlan",
            {"BackupPlan": {"BackupPlanName": self.names.home_vault, "BackupPlanRule": [daily]}},
            after=[vault, *emptied],
        )
        homes = self.arns.of("elasticfilesystem", f"file-system/{domain.home}")
        role = self._role(homes, key_arn)
        self.add(
            "Selection",
            "AWS::Backup::BackupSelection",
            {
                "BackupPlanId": plan.ref,
                "BackupSelection": {"SelectionName": "homes", "IamRoleArn": role.arn, "Resources": [homes]},
            },
            after=[role.resource],
        )

    def _role(self, homes: str, key_arn: str) -> Role:
        """It reads the file system and writes what it read with the vault's key."""
        read = ["elasticfilesystem:Backup", "elasticfilesystem:DescribeTags"]
        return Role(
            self,
            "Role",
            self.tenant,
            kind="home-backup",
            service="backup.amazonaws.com",
            grants=[allow(read, [homes]), *use_key_for_disks(key_arn)],
        )
