"""Athena on the running embedded AWS: queries over tables in S3, in the name of who asks."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.start import EmbeddedAws, eventually
from tests.local.conftest import allow

pytestmark = pytest.mark.slow
ROWS = "id,spend\n1,2.5\n2,4.0\n"
SMALLEST_LIMIT = 10_000_000
"""Bytes; Athena takes no smaller one."""


@dataclass
class Lake:
    """A bucket with a table, and a workgroup whose results go to it."""

    aws: EmbeddedAws
    name: str

    def make(self, limit: int | None = None) -> Lake:
        """`limit`: bytes that a query may read."""
        s3, glue = self.aws.client("s3"), self.aws.client("glue")
        s3.create_bucket(Bucket=self.name)
        s3.put_object(Bucket=self.name, Key="table/rows.csv", Body=ROWS.encode())
        glue.create_database(DatabaseInput={"Name": self.database})
        storage = {
            "Columns": [{"Name": "id", "Type": "bigint"}, {"Name": "spend", "Type": "double"}],
            "Location": f"s3://{self.name}/table/",
            "SerdeInfo": {"Parameters": {"field.delim": ","}},
        }
        parameters = {"classification": "csv", "skip.header.line.count": "1"}
        table = {"Name": "spending", "StorageDescriptor": storage, "Parameters": parameters}
        glue.create_table(DatabaseName=self.database, TableInput=table)
        configuration: dict[str, Any] = {
            "EnforceWorkGroupConfiguration": True,
            "ResultConfiguration": {"OutputLocation": f"s3://{self.name}/results/"},
        }
        if limit:
            configuration["BytesScannedCutoffPerQuery"] = limit
        self.aws.client("athena").create_work_group(Name=self.name, Configuration=configuration)
        return self

    @property
    def database(self) -> str:
        return self.name.replace("-", "_")

    def ask(self, athena: Any, query: str = "select sum(spend) as total from spending", **more: Any) -> dict[str, Any]:
        """The query's execution when it is over."""
        context = {"Database": self.database}
        id = athena.start_query_execution(
            QueryString=query, WorkGroup=self.name, QueryExecutionContext=context, **more
        )["QueryExecutionId"]
        for _ in eventually():
            execution: dict[str, Any] = athena.get_query_execution(QueryExecutionId=id)["QueryExecution"]
            if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
                break
        return execution


@pytest.fixture
def lake(aws: EmbeddedAws, unique: Callable[[str], str]) -> Lake:
    return Lake(aws, unique("lake"))


def analyst(role: Callable[..., str], lake: Lake, *, reads: str = "*") -> str:
    """May query in the workgroup, and read these keys."""
    return role(
        "sagemaker",
        allow("athena:*", on=f"arn:aws:athena:*:*:workgroup/{lake.name}"),
        allow("glue:GetTable", on=f"arn:aws:glue:*:*:table/{lake.database}/*"),
        allow("s3:ListBucket", on=f"arn:aws:s3:::{lake.name}"),
        allow("s3:GetObject", on=f"arn:aws:s3:::{lake.name}/{reads}"),
        allow("s3:PutObject", on=f"arn:aws:s3:::{lake.name}/results/*"),
    )


def test_a_query_is_answered_and_its_result_written_where_the_workgroup_says(
    lake: Lake, role: Callable[..., str], client_as: Callable[[str, str], Any]
) -> None:
    athena = client_as(analyst(role, lake.make()), "athena")
    elsewhere = {"OutputLocation": "s3://elsewhere/"}
    execution = lake.ask(athena, ResultConfiguration=elsewhere)
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    assert execution["ResultConfiguration"]["OutputLocation"].startswith(f"s3://{lake.name}/results/")
    assert execution["Statistics"]["DataScannedInBytes"] == len(ROWS)
    rows = athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])["ResultSet"]["Rows"]
    assert rows[1]["Data"] == [{"VarCharValue": "6.5"}]


def test_who_may_not_read_the_data_gets_no_answer(
    lake: Lake, role: Callable[..., str], client_as: Callable[[str, str], Any]
) -> None:
    athena = client_as(analyst(role, lake.make(), reads="results/*"), "athena")
    execution = lake.ask(athena)
    assert execution["Status"]["State"] == "FAILED"
    assert "PERMISSION_DENIED" in execution["Status"]["StateChangeReason"]


def test_a_query_that_would_read_too_much_is_cancelled(lake: Lake) -> None:
    lake.make(limit=SMALLEST_LIMIT)
    more = b"3,1.0\n" * (SMALLEST_LIMIT // 6)
    lake.aws.client("s3").put_object(Bucket=lake.name, Key="table/more.csv", Body=more)
    execution = lake.ask(lake.aws.client("athena"))
    assert execution["Status"]["State"] == "CANCELLED"
    assert "Bytes scanned limit was exceeded" in execution["Status"]["StateChangeReason"]


def test_an_answer_is_for_those_who_may_use_the_workgroup(
    lake: Lake, role: Callable[..., str], client_as: Callable[[str, str], Any]
) -> None:
    execution = lake.make().ask(lake.aws.client("athena"))
    stranger = role("sagemaker", allow("athena:*", on="arn:aws:athena:*:*:workgroup/another"))
    with pytest.raises(ClientError, match="athena:GetQueryResults"):
        client_as(stranger, "athena").get_query_results(QueryExecutionId=execution["QueryExecutionId"])


def test_a_service_that_works_for_a_caller_may_be_anywhere(
    lake: Lake, role: Callable[..., str], client_as: Callable[[str, str], Any]
) -> None:
    """A bucket that denies a role from outside of a VPC lets Athena read for that role."""
    name = analyst(role, lake.make())
    condition = {
        "ArnEquals": {"aws:PrincipalArn": [name]},
        "StringNotEquals": {"aws:SourceVpc": "vpc-0123456789abcdef0"},
        "BoolIfExists": {"aws:ViaAWSService": "false"},
    }
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{lake.name}/*"}
    policy = {"Version": "2012-10-17", "Statement": [{**deny, "Condition": condition}]}
    lake.aws.client("s3").put_bucket_policy(Bucket=lake.name, Policy=json.dumps(policy))
    with pytest.raises(ClientError, match="AccessDenied"):
        client_as(name, "s3").get_object(Bucket=lake.name, Key="table/rows.csv")
    assert lake.ask(client_as(name, "athena"))["Status"]["State"] == "SUCCEEDED"
