"""A model package was approved: bring it to the endpoint, blue/green, with alarms that roll it back.

Trigger: the queue `TeamNames.queue("promote")` (batches of 1, ReportBatchItemFailures). The rule of
`PackageApproved` and the schedule of `SweepDue` write to it.
Environment: `core.contracts.environment.PromoteEnvironment`.

Calls:
    sqs:ReceiveMessage, DeleteMessage, GetQueueAttributes     queue promote (the event source mapping)
    ssm:GetParametersByPath                                   TeamNames.parameters and below
    dynamodb:GetItem, PutItem, ConditionCheckItem             table TeamNames.ledger (in transactions)
    s3:GetObject; s3:ListBucket without condition             models bucket, ModelNames.artifact_prefix
    kms:Decrypt, GenerateDataKey, CreateGrant, DescribeKey    the team's key (also for the endpoint's disk)
    sagemaker:ListModelPackages                               * (group ModelNames.package_group)
    sagemaker:DescribeModelPackage                            model-package/<ModelNames.package_group>/*
    sagemaker:DescribeModel, CreateModel                      model/<ModelNames.endpoint>-v*
    sagemaker:DescribeEndpointConfig, CreateEndpointConfig    endpoint-config/<ModelNames.endpoint>-v*
    sagemaker:DescribeEndpoint, CreateEndpoint, UpdateEndpoint  endpoint/<ModelNames.endpoint>
    sagemaker:CreateEndpoint, UpdateEndpoint                  endpoint-config/<ModelNames.endpoint>-v* (also)
    cloudwatch:DescribeAlarms                                 * (SageMaker checks the rollback alarms as the caller)
    iam:PassRole (iam:PassedToService sagemaker.amazonaws.com)  role TeamNames.role("serving")
    sns:Publish                                               topic TeamNames.topic
"""
