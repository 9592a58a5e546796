"""The ledger: claims and episodes of remediation, append-only."""

from __future__ import annotations

from constructs import Construct

from core.contracts.ledger import EXPIRES_AT, PARTITION_KEY, SORT_KEY
from infra.part import Part
from infra.tenant import Tenant

RESTORED = "Point-in-time recovery brings back any second of 35 days; a backup plan would keep less exact copies of it."


class Ledger(Part):
    """One DynamoDB table. It can be restored to any second of 35 days and is not deleted by accident."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, key_arn: str) -> None:
        super().__init__(scope, id, tenant)
        keys = ((PARTITION_KEY, "HASH"), (SORT_KEY, "RANGE"))
        self.add(
            "Table",
            "AWS::DynamoDB::Table",
            {
                "TableName": self.names.ledger,
                "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
                "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in keys],
                "BillingMode": "PAY_PER_REQUEST",
                "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": key_arn},
                "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
                "DeletionProtectionEnabled": not tenant.destroys_data,
                "TimeToLiveSpecification": {"AttributeName": EXPIRES_AT, "Enabled": True},
                "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
            },
            holds_data=True,
            acknowledges={"NIST.800.53.R5-DynamoDBInBackupPlan": RESTORED},
        )
