"""The kinds of resource that Studio is made of."""

from __future__ import annotations

from local.sagemaker.kinds import IN_USE, Kind, Lifecycle, named
from local.sagemaker.store import Record, Store, deleted
from local.service import ApiError

STUDIO = Lifecycle(
    "Status",
    ready="InService",
    creating="Pending",
    updating="Updating",
    deleting="Deleting",
    create_failed="Failed",
    update_failed="Update_Failed",
    delete_failed="Delete_Failed",
)
APPLICATION = Lifecycle(
    "Status",
    ready="InService",
    creating="Pending",
    deleting="Deleting",
    deleted="Deleted",
    create_failed="Failed",
    delete_failed="Failed",
)
DOMAIN = Kind("Domain", ("DomainId",), "domain/{DomainId}", STUDIO)
PROFILE = Kind("UserProfile", ("DomainId", "UserProfileName"), "user-profile/{DomainId}/{UserProfileName}", STUDIO)
SPACE = Kind("Space", ("DomainId", "SpaceName"), "space/{DomainId}/{SpaceName}", STUDIO)
APP = Kind(
    "App", ("DomainId", "Owner", "AppType", "AppName"), "app/{DomainId}/{Owner}/{AppType}/{AppName}", APPLICATION
)
SCRIPT = named("StudioLifecycleConfig", "studio-lifecycle-config")
APP_IMAGE_CONFIG = named("AppImageConfig", "app-image-config")
IMAGE = named(
    "Image",
    "image",
    Lifecycle(
        "ImageStatus",
        ready="CREATED",
        creating="CREATING",
        updating="UPDATING",
        deleting="DELETING",
        create_failed="CREATE_FAILED",
        update_failed="UPDATE_FAILED",
        delete_failed="DELETE_FAILED",
    ),
)
IMAGE_VERSION = Kind(
    "ImageVersion",
    ("ImageName", "Version"),
    "image-version/{ImageName}/{Version}",
    Lifecycle(
        "ImageVersionStatus",
        ready="CREATED",
        creating="CREATING",
        deleting="DELETING",
        create_failed="CREATE_FAILED",
        delete_failed="DELETE_FAILED",
    ),
)


def refuse_while(store: Store, kind: Kind, what: str, **inside: str) -> None:
    """ResourceInUse where a record of the kind has these members. `what` begins the sentence."""
    for record in living(store, kind):
        if all(record.get(name) == value for name, value in inside.items()):
            raise ApiError(IN_USE, f"{what} because {kind.name} {record[kind.keys[-1]]} is still associated with it.")


def living(store: Store, kind: Kind) -> list[Record]:
    return [record for record in store.every(kind) if not deleted(kind, record)]


def next_uid(store: Store) -> str:
    """POSIX user id in the domain's file system: the next free one."""
    return str(200001 + len(store.every(PROFILE)) + len(store.every(SPACE)))
