"""The bin over HTTP: workflows that were deleted, until they are restored or deleted for good."""

from datetime import datetime

from fastapi import APIRouter, Response, status
from pydantic import BaseModel, ConfigDict

from studio.api.auth import CurrentActor, Services
from studio.api.studio_flag import STUDIO_ON
from studio.api.workflows import SpecDetail, detail, etag_of
from tasks.control import deletions

router = APIRouter(prefix="/api/deleted-workflows", tags=["workflows"], dependencies=STUDIO_ON)


class DeletedWorkflow(BaseModel):
    """A workflow in the bin."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    deleted_at: datetime
    deleted_by_name: str


@router.get("")
def list_deleted(actor: CurrentActor, container: Services) -> list[DeletedWorkflow]:
    """Return what is in the bin, the last deleted first."""
    found = deletions.deleted_workflows(container.control, actor)
    return [DeletedWorkflow.model_validate(each) for each in found]


@router.post("/{name}/restore")
def restore(name: str, actor: CurrentActor, container: Services, response: Response) -> SpecDetail:
    """Take a workflow out of the bin as it was; its schedule stays paused."""
    workflow = deletions.restore_workflow(container.control, actor, name)
    response.headers["ETag"] = etag_of(workflow)
    return detail(workflow)


@router.delete("/{name}", status_code=status.HTTP_204_NO_CONTENT)
def purge(name: str, actor: CurrentActor, container: Services) -> None:
    """Delete a workflow of the bin for good, with its versions and schedule; its runs stay."""
    deletions.purge_workflow(container.control, actor, name)
