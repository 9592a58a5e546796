"""What jobs need of AWS, before and after their pure part. The only package in `containers` that knows boto3."""

from containers.shell.errors import Absent, AwsRefused
from containers.shell.files import change, fetch, fetch_optional, put
from containers.shell.lines import list_files, open_blocks, read_files
from containers.shell.metrics import publish
from containers.shell.model import names, read_policy, read_release, uri

__all__ = [
    "Absent",
    "AwsRefused",
    "change",
    "fetch",
    "fetch_optional",
    "list_files",
    "names",
    "open_blocks",
    "publish",
    "put",
    "read_files",
    "read_policy",
    "read_release",
    "uri",
]
