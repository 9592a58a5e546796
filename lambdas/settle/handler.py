"""A pipeline execution or an endpoint changed: ask SageMaker how it ended, write that down, say so.

Trigger: the queue `TeamNames.queue("settle")` (batches of up to 5, ReportBatchItemFailures). The rules of
`PipelineChanged` and `EndpointChanged` and the schedule of `SweepDue` write to it.
Environment: `core.contracts.environment.SettleEnvironment`.

Calls:
    sqs:ReceiveMessage, DeleteMessage, GetQueueAttributes     queue settle (the event source mapping)
    ssm:GetParametersByPath                                   TeamNames.parameters and below
    dynamodb:GetItem, PutItem, ConditionCheckItem             table TeamNames.ledger (in transactions)
    s3:PutObject                                              models bucket, ModelNames.release_key
    kms:Decrypt, kms:GenerateDataKey                          the team's key
    sagemaker:DescribePipelineExecution, ListPipelineExecutionSteps  pipeline/<ModelNames.pipeline>/execution/*
    sagemaker:DescribeModelPackage                            model-package/<ModelNames.package_group>/*
    sagemaker:DescribeEndpoint                                endpoint/<ModelNames.endpoint>
    application-autoscaling:RegisterScalableTarget, PutScalingPolicy  * (scalable-target/* of namespace sagemaker)
    iam:CreateServiceLinkedRole (iam:AWSServiceName sagemaker.application-autoscaling.amazonaws.com)
                                                              AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint
    cloudwatch:PutMetricAlarm, DescribeAlarms, DeleteAlarms   alarm TargetTracking-endpoint/<ModelNames.endpoint>/*
    sagemaker:DescribeEndpoint, UpdateEndpointWeightsAndCapacities  endpoint/<ModelNames.endpoint>
    sns:Publish                                               topic TeamNames.topic
"""
