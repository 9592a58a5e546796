"""Impossible combinations: changes of the complete file, where the fault stands, what is said of it."""

from __future__ import annotations

from typing import Any

from tests.core.teams import COMPLETE

SUBNETS = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
EXISTING = {"vpc": "vpc-0123456789abcdef0", "subnets": SUBNETS}
WRONG: list[tuple[dict[str, Any], str, str]] = [
    # instance types
    (
        {"models__0__training": {"instance_type": "ml.g5.2xlarge"}},
        "models.0.training.instance_type",
        "instances.training does not allow; add it there, or take one of ml.m5.large, ml.g5.xlarge",
    ),
    (
        {"models__0__training": {"processing_instance_type": "ml.g5.xlarge"}},
        "models.0.training.processing_instance_type",
        "instances.processing does not allow",
    ),
    (
        {"models__0__serving": {"instance_type": "ml.g5.xlarge"}},
        "models.0.serving.instance_type",
        "instances.serving does not allow",
    ),
    ({"spaces__0__instance_type": "ml.g5.xlarge"}, "spaces.0.instance_type", "instances.studio does not allow"),
    (
        {"spaces__0__instance_type": "ml.c4.xlarge", "instances__studio": ["ml.c4.xlarge", "ml.t3.medium"]},
        "spaces.0.instance_type",
        "does not offer for spaces to start with; did you mean",
    ),
    (
        {"studio__notebooks__0__instance_type": "ml.m5.large"},
        "studio.notebooks.0.instance_type",
        "does not offer for notebook instances; accepted of ml.m5: xlarge, 2xlarge, 4xlarge",
    ),
    ({"studio__rstudio": {"instance_type": "ml.r5.large"}}, "studio.rstudio.instance_type", "instances.studio does"),
    (
        {"instances__serving": ["ml.m5.large", "ml.t3.medium"]},
        "instances.serving.1",
        "'ml.t3.medium', which SageMaker does not offer for endpoints",
    ),
    ({"instances__training__2": "ml.m5.3xlarge"}, "instances.training.2", "accepted of ml.m5: large, xlarge, 2xlarge"),
    ({"instances__training__2": "ml.m5.large"}, "instances.training.2", "a second time"),
    # quotas
    (
        {"environments__0__quotas__1": {"instance_type": "ml.g5.xlarge", "use": "training", "count": 9}},
        "environments.0.quotas.1",
        "found 'ml.g5.xlarge for training job usage' a second time",
    ),
    (
        {"environments__0__quotas__0__use": "endpoint"},
        "environments.0.quotas.0.instance_type",
        "instances.serving does not allow",
    ),
    (
        {"environments__0__quotas__0": {"instance_type": "ml.p9.large", "use": "spot-training", "count": 1}},
        "environments.0.quotas.0.instance_type",
        "does not offer for spot training use",
    ),
    # people
    ({"spaces__0__owner": "alan"}, "spaces.0.owner", "found 'alan', which is no member; accepted: ada, grace"),
    ({"studio__notebooks__0__owner": "alan"}, "studio.notebooks.0.owner", "no member; accepted: ada, grace"),
    ({"members__1__name": "ada"}, "members.1.name", "found 'ada' a second time"),
    ({"members__0__sso_user": "ada@x.org"}, "members.0.sso_user", "but studio.auth is IAM"),
    ({"owners__1": "Owner@Example.com"}, "owners.1", "a second time"),
    ({"notify": {"email": ["a@x.org", "a@x.org"]}}, "notify.email.1", "a second time"),
    # studio
    ({"studio__images": ["other"]}, "studio.images.0", "no image of the team; accepted: research"),
    (
        {"studio__setup": {"JupyterLab": "setup.sh"}},
        "studio.setup.JupyterLab",
        "the name of a file; accepted: the script",
    ),
    ({"studio__setup": {"CodeEditor": " \n"}}, "studio.setup.CodeEditor", "is empty"),
    (
        {"studio__setup": {"CodeEditor": "x" * 12_289}},
        "studio.setup.CodeEditor",
        "12289 bytes; accepted: 12288 at most",
    ),
    ({"studio__open_from": ["10.0.0.0/24"]}, "studio.open_from.0", "accepted: a public range"),
    ({"studio__open_from": ["0.0.0.0/0"]}, "studio.open_from.0", "accepted: a public range of /16 to /32"),
    ({"spaces__1": {"name": "work", "owner": "ada"}}, "spaces.1.name", "names in spaces that differ"),
    (
        {"studio__notebooks__1": {"name": "classic", "owner": "ada"}},
        "studio.notebooks.1.name",
        "names in notebooks that differ",
    ),
    # images
    ({"images__0__name": "train", "studio__images": []}, "images.0.name", "an image of the platform's own"),
    ({"images__0__folder": "images/absent"}, "images.0.folder", "which is no folder in teams/"),
    ({"images__0__folder": "images"}, "images.0.folder", "which holds no Dockerfile"),
    ({"images__0__folder": "../teams2"}, "images.0.folder", "which leads out of it"),
    ({"images__0__folder": "images/../.."}, "images.0.folder", "which leads out of it"),
    ({"images__0__folder": "."}, "images.0.folder", "which is that folder itself"),
    ({"images__0__folder": "/etc"}, "images.0.folder", "not relative to teams/"),
    ({"images__0__folder": "images\\research"}, "images.0.folder", "not relative to teams/"),
    ({"images__0__folder": "a" * 200}, "images.0.folder", "which is no folder in teams/"),
    # feature groups
    ({"feature_groups__0__record_id": "id"}, "feature_groups.0.record_id", "accepted: customer, updated, orders"),
    ({"feature_groups__0__event_time": "time"}, "feature_groups.0.event_time", "which is no feature of the group"),
    (
        {"feature_groups__0__event_time": "customer"},
        "feature_groups.0.event_time",
        "which is also record_id; accepted: a feature of its own",
    ),
    (
        {"feature_groups__0__features__customer": "Fractional"},
        "feature_groups.0.features.customer",
        "found 'Fractional' for record_id; accepted: String or Integral",
    ),
    (
        {"feature_groups__0__features__updated": "Integral"},
        "feature_groups.0.features.updated",
        "found 'Integral' for event_time; accepted: String or Fractional",
    ),
    ({"feature_groups__0__features__Write_Time": "String"}, "feature_groups.0.features.Write_Time", "keeps for itself"),
    ({"feature_groups__0__features__Orders": "String"}, "feature_groups.0.features.Orders", "upper and lower case"),
    ({"feature_groups__0__features__x_": "String"}, "feature_groups.0.features.x_", "ends with an underscore"),
    ({"feature_groups__0__online": False, "feature_groups__0__offline": False}, "feature_groups.0.online", "false too"),
    (
        {"feature_groups__0__online": False, "feature_groups__0__online_days": 9},
        "feature_groups.0.online_days",
        "online",
    ),
    # networks and places
    (
        {"environments__0__network": {"existing": EXISTING, "nat": False}},
        "environments.0.network.nat",
        "one of the two",
    ),
    (
        {"environments__0__network": {"existing": {**EXISTING, "subnets": [SUBNETS[0]] * 2}}},
        "environments.0.network.existing.subnets.1",
        "a second time",
    ),
    (
        {"environments__0__network": {"availability_zones": ["a", "a"]}},
        "environments.0.network.availability_zones.1",
        "a second time",
    ),
    ({"environments__0__network__cidr": "8.8.0.0/16"}, "environments.0.network.cidr", "from /16 to /20"),
    ({"environments__0__network__cidr": "172.17.16.0/20"}, "environments.0.network.cidr", "of Docker"),
    ({"environments__1__network__cidr": "10.20.128.0/20"}, "environments.1.network.cidr", "overlaps 10.20.0.0/16"),
    ({"environments__1__name": "dev"}, "environments.1.name", "found 'dev' a second time"),
    ({"environments__0__region": "us-eats-1"}, "environments.0.region", "did you mean 'us-east-1'?"),
    ({"environments__0__region": "cn-north-1"}, "environments.0.region", "outside China and GovCloud"),
    ({"environments__0__account": "000000000000"}, "environments.0.account", "which is no AWS account"),
    # models
    ({"models__0__training": {"max_runtime_minutes": 1441}}, "models.0.training.max_runtime_minutes", "1440 at most"),
    ({"models__0__training": {"spot": True, "instance_count": 2}}, "models.0.training.instance_count", "with spot: 1"),
    ({"models__0__monitoring": {"thresholds": {"height": 0.1}}}, "models.0.monitoring.thresholds.height", "no feature"),
    (
        {"models__0__monitoring": {"segments": ["age"]}},
        "models.0.monitoring.segments.0",
        "found 'age', which is no categorical feature; accepted: region",
    ),
    (
        {"models__0__monitoring": {"freshness": {"feature": "region", "hours": 1}}},
        "models.0.monitoring.freshness.feature",
        "found 'region', which is no numeric feature; accepted: age",
    ),
    (
        {"models__0__monitoring": {"freshness": {"feature": "age", "hours": 0.02}}},
        "models.0.monitoring.freshness.hours",
        "0.1",
    ),
    (
        {"models__0__monitoring": {"rules": [{"left": "age", "is": "<", "right": "height"}]}},
        "models.0.monitoring.rules.0.right",
        "found 'height', which is no feature; accepted: age, region",
    ),
    (
        {"models__0__monitoring": {"rules": [{"left": "age", "is": "<", "right": "age"}]}},
        "models.0.monitoring.rules.0.right",
        "found 'age', which is the left side too; accepted: another feature, or a number",
    ),
    (
        {"models__0__monitoring": {"rules": [{"left": "age", "is": ">", "right": 0}] * 2}},
        "models.0.monitoring.rules.1",
        "found age > 0.0 a second time",
    ),
    (
        {"models__0__monitoring": {"thresholds": {"age": 1.5}}},
        "models.0.monitoring.thresholds.age",
        "found 1.5, but the distance kolmogorov_smirnov is at most 1; accepted: more than 0, up to 1",
    ),
    (
        {"models__0__monitoring": {"numeric_distance": "wasserstein", "thresholds": {"age": 1.5, "region": 2}}},
        "models.0.monitoring.thresholds.region",
        "the distance l_infinity is at most 1",
    ),
    (
        {"models__0__monitoring": {"numeric_distance": "wasserstein", "drift_threshold": 1.5}},
        "models.0.monitoring.drift_threshold",
        "found 1.5, but the distance l_infinity of region is at most 1; accepted: up to 1, or",
    ),
    ({"models__0__monitoring": {"segments": ["region", "region"]}}, "models.0.monitoring.segments.1", "a second time"),
    ({"models__0__sensitive": ["region", "region"]}, "models.0.sensitive.1", "a second time"),
    ({"models__0__monitoring": {"alarm_datapoints": 3}}, "models.0.monitoring.alarm_datapoints", "accepted: 2 to 2"),
    (
        {"models__0__monitoring": {"period_hours": 5, "engine": "managed"}},
        "models.0.monitoring.period_hours",
        "found 5 with engine: managed, whose schedules begin anew each day; accepted: 1, 2, 3, 4, 6, 8, 12, 24",
    ),
    (
        {"models__0__monitoring": {"workers": 2, "engine": "managed"}},
        "models.0.monitoring.workers",
        "found 2 with engine: managed, which gives every instance its own part of a window; accepted: 1, or engine",
    ),
    (
        {"models__0__monitoring": {"period_hours": 4, "labels_within_hours": 50}},
        "models.0.monitoring.labels_within_hours",
        "found 50 with windows of 4 h; accepted: a multiple of that, as 52",
    ),
    (
        {"models__0__monitoring": {"engine": "managed", "labels_within_hours": 24}},
        "models.0.monitoring.labels_within_hours",
        "found 24 with engine: managed, whose schedules look once; accepted: 0, or engine: own",
    ),
    (
        {"models__0__monitoring": {"labels_within_hours": 48}, "environments__0__retention": {"capture_days": 2}},
        "models.0.monitoring.labels_within_hours",
        "found 48, but dev deletes what is captured after 48 h; accepted: at most 47",
    ),
    (
        {"models__0__monitoring": {"period_hours": 24, "alarm_periods": 8}},
        "models.0.monitoring.alarm_periods",
        "CloudWatch accepts at most 7",
    ),
    (
        {"models__0__retraining": {"monthly_budget_usd": 0.5}},
        "models.0.retraining.monthly_budget_usd",
        "one run may cost 0.78 in eu-west-1",
    ),
    (
        {"models__0__features": {f"a_rather_long_name_of_a_feature_{index}": "numeric" for index in range(2000)}},
        "models.0.features",
        "and its parameters hold 8",
    ),
    ({"models__1": COMPLETE["models"][0]}, "models.1.name", "names in models that differ"),
    (
        {"models__0__name": "canvas", "studio__canvas": {}},
        "models.0.name",
        "found 'canvas', but SageMaker Canvas keeps what members make below canvas/ of its bucket; accepted: another",
    ),
]
