"""Who talked to whom in the team's network."""

from __future__ import annotations

from constructs import Construct

from infra.part import Part
from infra.roles import Role
from infra.statements import allow
from infra.tenant import Tenant


class FlowLogs(Part):
    """Flow logs of the team's own VPC in an encrypted log group; who owns an existing one decides about its logs.

    They stand apart from the network because they need the key.
    """

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, vpc: str, key_arn: str) -> None:
        super().__init__(scope, id, tenant)
        if tenant.environment.network.existing is not None:
            return
        name = f"/homeostat/{self.names.prefix}/network"
        days = tenant.environment.retention.log_days
        log = {"LogGroupName": name, "RetentionInDays": days, "KmsKeyId": key_arn}
        group = self.add("Log", "AWS::Logs::LogGroup", log)
        group_arn = self.arns.of("logs", f"log-group:{name}")
        write = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogGroups", "logs:DescribeLogStreams"]
        role = Role(
            self,
            "Role",
            tenant,
            kind="flow-logs",
            service="vpc-flow-logs.amazonaws.com",
            grants=[allow(write, [group_arn, f"{group_arn}:*"])],
        )
        self.add(
            "FlowLog",
            "AWS::EC2::FlowLog",
            {
                "ResourceId": vpc,
                "ResourceType": "VPC",
                "TrafficType": "ALL",
                "LogDestinationType": "cloud-watch-logs",
                "LogGroupName": name,
                "DeliverLogsPermissionArn": role.arn,
            },
            after=[group, role.resource],
        )
