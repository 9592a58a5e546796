"""What keeps models healthy: monitors and their alarms, the handlers that answer, and what people see of it."""

from __future__ import annotations

from constructs import Construct

from core.names import OPERATIONS
from infra.batch_alarms import BatchAlarms
from infra.batch_scoring import batch_scoring
from infra.budget import Budget
from infra.dashboard import TeamDashboard
from infra.flow_logs import FlowLogs
from infra.governance import governance
from infra.job_roles import monitor_role
from infra.ledger import Ledger
from infra.model_alarms import ModelAlarms
from infra.model_dashboard import ModelDashboard
from infra.monitor_alarm import MonitorAlarm
from infra.monitor_engines import schedules
from infra.network import NetworkIds
from infra.notifications import Notifications
from infra.promotion import promotion
from infra.quotas import Quotas
from infra.redeployment import Redeployment
from infra.remediation import remediation
from infra.scheduler_role import scheduler_role
from infra.settlement import settlement
from infra.tenant import Tenant
from infra.warning_alarms import WarningAlarms
from stacks.team_stack import TeamStack


class OperationsStack(TeamStack):
    def __init__(self, scope: Construct, tenant: Tenant, *, network: NetworkIds, key_arn: str) -> None:
        super().__init__(scope, OPERATIONS, tenant, "Monitors, remediation and release path")
        FlowLogs(self, "FlowLogs", tenant, vpc=network.vpc, key_arn=key_arn)
        Ledger(self, "Ledger", tenant, key_arn=key_arn)
        topic = Notifications(self, "Notifications", tenant, key_arn=key_arn).topic
        budget = Budget(self, "Budget", tenant, key_arn=key_arn)
        quotas = Quotas(self, "Quotas", tenant, key_arn=key_arn, after=[topic])
        role = monitor_role(self, tenant, key_arn)
        scheduler = scheduler_role(self, tenant, key_arn)
        remediate = remediation(self, tenant, key_arn, scheduler)
        handlers = [
            remediate,
            promotion(self, tenant, network, key_arn, scheduler),
            settlement(self, tenant, key_arn, scheduler),
            governance(self, tenant, key_arn, scheduler, budget),
            *batch_scoring(self, tenant, network, key_arn, scheduler),
        ]
        Redeployment(self, "Again", tenant, role=scheduler, key_arn=key_arn)
        functions = [*(handler.name for handler in handlers), *quotas.functions]
        TeamDashboard(self, "Dashboard", tenant, functions=functions)
        for model in tenant.team.models:
            ModelAlarms(self, f"{model.name}.alarms", tenant, model=model)
            MonitorAlarm(self, f"{model.name}.monitor-alarm", tenant, model=model)
            if (warn_at := model.monitoring.warn_at) is not None:
                WarningAlarms(self, f"{model.name}.warnings", tenant, model=model, warn_at=warn_at)
            if model.batch is not None:
                BatchAlarms(self, f"{model.name}.batch-alarms", tenant, model=model)
            ModelDashboard(self, f"{model.name}.dashboard", tenant, model=model)
            schedules(
                self,
                tenant,
                model=model,
                network=network,
                key_arn=key_arn,
                roles=(scheduler, role),
                dead_letters_arn=remediate.dead_letters_arn,
            )
