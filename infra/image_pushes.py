"""What tells `lambdas/domain` that one of the team's images for Studio was pushed."""

from __future__ import annotations

import json

from constructs import Construct

from core.contracts.domain_settings import DomainSettings
from core.contracts.events import ImagePushed
from infra.custom_resource import CustomResourceFunction
from infra.function import add_dead_letters
from infra.handler_alarms import DeadLetterAlarm
from infra.part import Part
from infra.rule import DAY_S, RETRIES
from infra.statements import allow_service, deny_plain_http, document

EVENTS = "events.amazonaws.com"
IS_DEAD_LETTERS = "It holds the dead letters of a rule, whose target names it by its ARN."


class ImagePushes(Part):
    """Whoever pushes: the build project, a pipeline elsewhere, a person. The function is given the domain's settings,
    the same that CloudFormation gives it, and looks into ECR itself."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        function: CustomResourceFunction,
        *,
        settings: DomainSettings,
        key_arn: str,
    ) -> None:
        super().__init__(scope, id, function.tenant)
        name = self.names.function(function.name)
        repositories = [image.repository for image in settings.images]
        rule_name = f"{name}-images"
        rule_arn = self.arns.of("events", f"rule/{rule_name}")
        dead_letters = self.arns.of("sqs", self.names.dead_letters(f"{function.name}-images"))
        self._dead_letters(f"{function.name}-images", rule_arn, dead_letters, key_arn)
        target = {
            "Id": function.name,
            "Arn": function.arn,
            "Input": json.dumps(settings.properties()),
            "DeadLetterConfig": {"Arn": dead_letters},
            "RetryPolicy": {"MaximumEventAgeInSeconds": DAY_S, "MaximumRetryAttempts": RETRIES},
        }
        self.add(
            "Rule",
            "AWS::Events::Rule",
            {
                "Name": rule_name,
                "Description": "An image that Studio's applications can be started with was pushed",
                "EventPattern": ImagePushed.pattern(self.tenant.account, repositories),
                "State": "ENABLED",
                "Targets": [target],
            },
        )
        self.add(
            "Wakes",
            "AWS::Lambda::Permission",
            {
                "FunctionName": name,
                "Action": "lambda:InvokeFunction",
                "Principal": EVENTS,
                "SourceArn": rule_arn,
                "SourceAccount": self.tenant.account,
            },
            after=[function.function],
        )

    def _dead_letters(self, name: str, rule_arn: str, arn: str, key_arn: str) -> None:
        """Of the rule, where the function could not be called; what the function gave up on has its own."""
        queue = add_dead_letters(self, name, key_arn, acknowledges={"AwsSolutions-SQS3": IS_DEAD_LETTERS})
        from_the_rule = allow_service(EVENTS, ["sqs:SendMessage"], [arn], {"ArnLike": {"aws:SourceArn": rule_arn}})
        policy = document([deny_plain_http(["sqs:*"], [arn]), from_the_rule])
        self.add("Senders", "AWS::SQS::QueuePolicy", {"Queues": [queue.ref], "PolicyDocument": policy})
        DeadLetterAlarm(self, "Alarm", self.tenant, name=name)
