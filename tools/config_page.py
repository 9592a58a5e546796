"""What docs/config.md says around the tables that are made from the schema."""

from __future__ import annotations

HEAD = """\
# The team file

One YAML file under `teams/` describes a team; every team and environment becomes six stacks. `make team NAME=risk`
writes a file to start with: every key with its meaning, what is optional commented out, and a network that no other
team has. This page is made from `core/config/team.py` by `make docs`.

For completion while typing, the first line of the file points your editor to the JSON Schema beside this page:

```yaml
# yaml-language-server: $schema=../docs/team.schema.json
```

## When something is wrong

`make synth` says everything that is wrong with all files at once, with file, line, what was found and what is
accepted, and makes nothing:

```
app.py: 3 faults in the team files; nothing was made:
  teams/risk.yaml:2: owner: is not a key here; accepted: team, owners, cost_center, ...; did you mean 'owners'?
  teams/risk.yaml:9: environments.0.account: found 111122223333; accepted: a text; put it in quotes: "111122223333"
  teams/risk.yaml:21: spaces.0.owner: found 'alan', which is no member; accepted: ada, grace
```

Beside what the tables say, it refuses what could never work, as:

- an instance type that SageMaker does not offer for a use, or that `instances` does not allow;
- networks that overlap, and a name that is too long in AWS once it stands behind the team's and the environment's;
- a space or notebook instance whose owner is no member, a member without an SSO user where `studio.auth` is SSO;
- an image without a Dockerfile, a feature group without its record id or event time;
- a model whose run may cost more than its budget, or take longer than `longest_job_hours`.

Files end in `.yaml` and are UTF-8. `yes`, `no`, `on` and `off` are booleans: a name or label that is spelled so needs
quotes, and so does a number that is meant as text, as an account. Anchors (`&name`, `*name`, `<<`) may be used.

## Changes that would lose data

CloudFormation answers a change of some properties by making the resource anew, empty. Synth refuses that for whatever
holds data (buckets, keys, tables, repositories, the domain, members, spaces, notebook instances, feature groups, model
package groups, MLflow) and for the network that they stand in. What was made is recorded beside the team files, in
`teams/kept/<team>-<environment>.yaml`, for every environment that is not on the embedded AWS. **Commit these files.**
Synth adds to them what is new; a refusal says which resource, which property, from what to what, which line of the
team's file causes it and what would be lost:

```
app.py: risk-dev would lose data, so nothing is to be deployed:
    studio.MembersSpacework4C1B9D2E: SpaceSharingSettings of the space work would change
      from {"SharingType": "Private"}
      to   {"SharingType": "Shared"},
      because of spaces.0.sharing in teams/risk.yaml:13.
      A second space cannot have the same name, so the deployment would fail.
      Under another name it is new and empty, and the old one is deleted with its volume.
```

| What you want | What to do |
| --- | --- |
| Not to lose it | put back what was changed |
| To replace it all the same | move its data, `cdk deploy -c replace=...` as the refusal says, commit the record |
| To remove a member, space, model | delete it from the file; what holds data for good stays in AWS |
| To remove an environment or team | `cdk destroy` it first, then delete it from the file, and its record |
| To leave an environment in AWS, unmanaged | delete it from the file, and its record |
| To continue in another account or region | add a new environment; nothing is moved |

Where the environment variable `CI` is set, records are compared and not written: one that is missing or not current is
a fault that says what to commit.

"""
