"""The Glue table of an offline store."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from local.credentials import account_client
from local.sagemaker.feature_store.features import types_of
from local.sagemaker.store import Record

COLUMNS = {"Integral": "bigint", "Fractional": "double", "String": "string"}
ADDED = {"write_time": "timestamp", "api_invocation_time": "timestamp", "is_deleted": "boolean"}
"""Columns that Feature Store adds to those of the features."""
PARTS = ("year", "month", "day", "hour")
PARQUET = "org.apache.hadoop.hive.ql.io.parquet"
DEFAULT_DATABASE = "sagemaker_featurestore"


def catalog_of(group: Record) -> dict[str, str]:
    """Where the table stands: as asked, or as Feature Store names it."""
    asked = group["OfflineStoreConfig"].get("DataCatalogConfig")
    if asked:
        return dict(asked)
    stamp = int(group["CreationTime"].timestamp())
    table = f"{group['FeatureGroupName'].replace('-', '_').lower()}_{stamp}"
    return {"Catalog": "AwsDataCatalog", "Database": DEFAULT_DATABASE, "TableName": table}


def make(group: Record) -> None:
    """Make the table, and the default database where it is the one. ClientError where Glue refuses."""
    glue, catalog = account_client("glue"), group["OfflineStoreConfig"]["DataCatalogConfig"]
    if catalog["Database"] == DEFAULT_DATABASE:
        with suppress(glue.exceptions.AlreadyExistsException):
            glue.create_database(DatabaseInput={"Name": DEFAULT_DATABASE})
    glue.create_table(DatabaseName=catalog["Database"], TableInput=_described(group))


def add_features(group: Record) -> None:
    glue, catalog = account_client("glue"), group["OfflineStoreConfig"]["DataCatalogConfig"]
    glue.update_table(DatabaseName=catalog["Database"], TableInput=_described(group))


def add_partition(group: Record, hour: datetime) -> None:
    """Nothing where it is there already."""
    glue, catalog = account_client("glue"), group["OfflineStoreConfig"]["DataCatalogConfig"]
    storage = {**_described(group)["StorageDescriptor"], "Location": f"{location(group)}/{folder(hour)}"}
    values = [f"{hour:%Y}", f"{hour:%m}", f"{hour:%d}", f"{hour:%H}"]
    try:
        glue.create_partition(
            DatabaseName=catalog["Database"],
            TableName=catalog["TableName"],
            PartitionInput={"Values": values, "StorageDescriptor": storage},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "AlreadyExistsException":
            raise


def folder(hour: datetime) -> str:
    """
    >>> folder(datetime(2026, 11, 2, 9))
    'year=2026/month=11/day=02/hour=09'
    """
    return f"year={hour:%Y}/month={hour:%m}/day={hour:%d}/hour={hour:%H}"


def location(group: Record) -> str:
    """S3 URI of the data."""
    uri: str = group["OfflineStoreConfig"]["S3StorageConfig"]["ResolvedOutputS3Uri"]
    return uri


def _described(group: Record) -> dict[str, Any]:
    columns = {name: COLUMNS[type] for name, type in types_of(group).items()} | ADDED
    return {
        "Name": group["OfflineStoreConfig"]["DataCatalogConfig"]["TableName"],
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [{"Name": part, "Type": "string"} for part in PARTS],
        "Parameters": {"classification": "parquet", "EXTERNAL": "TRUE"},
        "StorageDescriptor": {
            "Columns": [{"Name": name, "Type": type} for name, type in columns.items()],
            "Location": location(group),
            "InputFormat": f"{PARQUET}.MapredParquetInputFormat",
            "OutputFormat": f"{PARQUET}.MapredParquetOutputFormat",
            "SerdeInfo": {"SerializationLibrary": f"{PARQUET}.serde.ParquetHiveSerDe"},
        },
    }
