"""An alarm was raised, or a sweep is due: decide what to do about the model, do it, say so.

Trigger: the queue `TeamNames.queue("remediate")` (batches of up to 5, ReportBatchItemFailures). The rule of
`AlarmRaised` and the schedule of `SweepDue` write to it.
Environment: `core.contracts.environment.RemediateEnvironment`.

Calls:
    sqs:ReceiveMessage, DeleteMessage, GetQueueAttributes     queue remediate (the event source mapping)
    ssm:GetParametersByPath                                   TeamNames.parameters and below
    dynamodb:GetItem, PutItem, ConditionCheckItem             table TeamNames.ledger (in transactions)
    s3:GetObject, s3:ListBucket (prefix <model>/)             reports bucket, ModelNames.report_prefix + latest.json
    s3:GetObject, s3:ListBucket (prefix <model>/)             models bucket, ModelNames.release_key
    kms:Decrypt, kms:GenerateDataKey                          the team's key (buckets, ledger, topic, queue)
    cloudwatch:DescribeAlarms                                 * (it takes no resource; names are filtered by prefix)
    sagemaker:ListPipelineExecutions                          ModelNames.pipeline of every model
    sagemaker:StartPipelineExecution                          ModelNames.pipeline of every model
    sns:Publish                                               topic TeamNames.topic
"""
