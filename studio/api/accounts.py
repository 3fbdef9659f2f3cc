"""Accounts over HTTP: all of them for admins, one's own sessions and password for everybody who is signed in."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field

from studio.api.auth import CurrentActor, Services, allowed, session_hash_of
from studio.services.directory import AccountView
from studio.wiring import Container
from tasks.access import Actor, Permission, Reauthentication

router = APIRouter(tags=["accounts"])

Admin = Annotated[Actor, Depends(allowed(Permission.ACCOUNTS))]
Password = Annotated[str, Field(max_length=4096)]
Text = Annotated[str, Field(max_length=4096)]


class Reason(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid")

    reason: Text


class Change(Reason):
    """Why, and the caller's own password once more."""

    your_password: Password


class NewAccount(BaseModel):
    """Somebody who may come in."""

    model_config = ConfigDict(extra="forbid")

    name: Text
    password: Password
    role: Text
    your_password: Password


class RoleChange(Change):
    """The role an account gets."""

    role: Text


class PasswordReset(Change):
    """The password an account gets."""

    password: Password


class OwnPassword(BaseModel):
    """One's new password, and the one of now."""

    model_config = ConfigDict(extra="forbid")

    password: Password
    your_password: Password


class Account(BaseModel):
    """An account as it may be shown."""

    id: str
    name: str
    role: str
    created_at: datetime
    disabled_at: datetime | None
    sessions: int
    """How many are open."""
    last_seen_at: datetime | None


class OpenSession(BaseModel):
    """A signed-in browser."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    opened_from: str | None
    client: str | None


@router.get("/api/accounts")
def list_accounts(actor: Admin, container: Services) -> list[Account]:
    """Return all accounts by name."""
    return [_account(view) for view in container.directory.all(actor)]


@router.post("/api/accounts", status_code=status.HTTP_201_CREATED)
def create_account(http: Request, request: NewAccount, actor: Admin, container: Services) -> Account:
    """Create an account for somebody else."""
    proof = _proof(container, http, actor, request.your_password)
    return _account(container.directory.create(actor, request.name, request.password, request.role, proof))


@router.get("/api/accounts/{account_id}")
def get_account(account_id: str, actor: CurrentActor, container: Services) -> Account:
    """Return one account: one's own, or for admins any."""
    return _account(container.directory.get(actor, account_id))


@router.put("/api/accounts/{account_id}/role")
def set_role(
    account_id: str, http: Request, request: RoleChange, actor: Admin, container: Services
) -> Account:
    """Give an account another role."""
    proof = _proof(container, http, actor, request.your_password)
    return _account(container.directory.set_role(actor, account_id, request.role, request.reason, proof))


@router.put("/api/accounts/{account_id}/password", status_code=status.HTTP_204_NO_CONTENT)
def reset_password(
    account_id: str, http: Request, request: PasswordReset, actor: Admin, container: Services
) -> Response:
    """Give somebody else a new password, and sign them out everywhere."""
    proof = _proof(container, http, actor, request.your_password)
    container.directory.reset_password(actor, account_id, request.password, request.reason, proof)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.post("/api/accounts/{account_id}/disable")
def disable_account(account_id: str, request: Reason, actor: Admin, container: Services) -> Account:
    """Let nobody sign in with an account any more; its sessions end at once."""
    return _account(container.directory.disable(actor, account_id, request.reason))


@router.post("/api/accounts/{account_id}/enable")
def enable_account(
    account_id: str, http: Request, request: Change, actor: Admin, container: Services
) -> Account:
    """Let somebody sign in again."""
    proof = _proof(container, http, actor, request.your_password)
    return _account(container.directory.enable(actor, account_id, request.reason, proof))


@router.get("/api/accounts/{account_id}/sessions")
def list_sessions(account_id: str, actor: CurrentActor, container: Services) -> list[OpenSession]:
    """Return the open sessions of one's own account, or for admins of any."""
    return [OpenSession.model_validate(record) for record in container.directory.sessions(actor, account_id)]


@router.delete("/api/sessions/{session_id}", status_code=status.HTTP_204_NO_CONTENT)
def revoke_session(session_id: str, actor: CurrentActor, container: Services) -> Response:
    """Sign a browser out: one's own, or for admins any."""
    container.directory.revoke_session(actor, session_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.put("/api/session/password", status_code=status.HTTP_204_NO_CONTENT)
def change_password(
    http: Request, request: OwnPassword, actor: CurrentActor, container: Services
) -> Response:
    """Replace one's own password; one's other sessions end."""
    proof = _proof(container, http, actor, request.your_password)
    container.directory.change_own_password(
        actor, request.password, proof, session_hash=session_hash_of(http)
    )
    return Response(status_code=status.HTTP_204_NO_CONTENT)


def _proof(container: Container, http: Request, actor: Actor, password: str) -> Reauthentication:
    return container.accounts.reauthenticate(
        actor, password, session=session_hash_of(http), field="your_password"
    )


def _account(view: AccountView) -> Account:
    user = view.record
    return Account(
        id=user.id,
        name=user.name,
        role=user.role,
        created_at=user.created_at,
        disabled_at=user.disabled_at,
        sessions=view.sessions,
        last_seen_at=view.last_seen_at,
    )
