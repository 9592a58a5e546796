"""What the platform means, without AWS.

Nothing here imports boto3 or aws_cdk. Each subpackage has its own dependency
budget, so a Lambda can carry what it needs and nothing else:

    names        standard library    every computed name
    contracts    standard library    every value that two parts exchange
    diagnosis    standard library    monitor report -> what is wrong, and how sure
    remediation  standard library    facts + policy -> what to do about it
    statistics   numpy               how far samples are apart
    config       pydantic, yaml      what a team may ask for
"""
