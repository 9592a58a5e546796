"""Constructs: what each part of a team's environment is, with its grants, alarms and defaults beside it.

Constructs speak CloudFormation's own words: `Part.add` takes a resource type and its properties as CloudFormation
documents them. That is one call over the wire to the CDK's Node process for each resource (a construct library's
object costs three to ten), and cfn-lint checks every property against the resource's schema.

Everything that can be found by a computed name (`core.names`) is; only ids that AWS generates pass between stacks.
"""
