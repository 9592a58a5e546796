"""SQL over the team's offline data: a database of tables, and a workgroup that says what a query may cost."""

from __future__ import annotations

from constructs import Construct

from infra.part import Part
from infra.tenant import Tenant

GIB = 1024**3


class Queries(Part):
    """What the workgroup says holds for every query in it, whatever the client asks for: where results go, that they
    are encrypted with the team's key, and after how many bytes a query is cancelled."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, key_arn: str) -> None:
        super().__init__(scope, id, tenant)
        self.add(
            "Database",
            "AWS::Glue::Database",
            {
                "CatalogId": tenant.account,
                "DatabaseInput": {"Name": self.names.database, "Description": f"Offline data of {self.names.prefix}"},
            },
            holds_data=True,
        )
        results = f"s3://{tenant.bucket('data')}/{self.names.query_prefix}"
        encryption = {"EncryptionOption": "SSE_KMS", "KmsKey": key_arn}
        self.add(
            "Workgroup",
            "AWS::Athena::WorkGroup",
            {
                "Name": self.names.workgroup,
                "Description": f"Queries of {self.names.prefix}",
                "State": "ENABLED",
                "RecursiveDeleteOption": True,  # the history of queries is no data; their results lie in the bucket
                "WorkGroupConfiguration": {
                    "EnforceWorkGroupConfiguration": True,
                    "PublishCloudWatchMetricsEnabled": True,
                    "BytesScannedCutoffPerQuery": tenant.team.queries.scan_limit_gb * GIB,
                    "EngineVersion": {"SelectedEngineVersion": "Athena engine version 3"},
                    "ResultConfiguration": {"OutputLocation": results, "EncryptionConfiguration": encryption},
                },
            },
        )
