"""The team's MLflow App: runs, their parameters, metrics and artifacts."""

from __future__ import annotations

from constructs import Construct

from infra.grants import use_key
from infra.part import Part
from infra.roles import Role
from infra.statements import allow
from infra.tenant import Tenant


class Mlflow(Part):
    """Artifacts lie in the models bucket. Models of runs are not registered by themselves: nothing gets into the
    team's registry but through a pipeline and its gate. Who wants to log a run finds the App by the parameter."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, key_arn: str) -> None:
        super().__init__(scope, id, tenant)
        bucket = self.arns.bucket(tenant.bucket("models"))
        place = [f"{bucket}/{self.names.mlflow_prefix}*"]
        grants = [
            allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], place),
            allow(["s3:ListBucket"], [bucket], {"StringLike": {"s3:prefix": [f"{self.names.mlflow_prefix}*"]}}),
            allow(["s3:GetBucketLocation"], [bucket]),
            *use_key(key_arn),
        ]
        role = Role(self, "Role", tenant, kind="mlflow", service="sagemaker.amazonaws.com", grants=grants)
        app = self.add(
            "App",
            "AWS::SageMaker::MlflowApp",
            {
                "Name": self.names.mlflow,
                "ArtifactStoreUri": f"s3://{tenant.bucket('models')}/{self.names.mlflow_prefix.rstrip('/')}",
                "RoleArn": role.arn,
                "ModelRegistrationMode": "AutoModelRegistrationDisabled",
            },
            holds_data=True,
            after=[role.resource],
        )
        self.add(
            "Parameter",
            "AWS::SSM::Parameter",
            {
                "Name": self.names.mlflow_parameter,
                "Type": "String",
                "Description": f"The MLflow App of {self.names.prefix}",
                "Value": app.get_att("Arn"),
            },
        )
