"""API tokens over HTTP: one's own, made and revoked by a person who is signed in."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response, status
from pydantic import BaseModel, ConfigDict, Field

from studio.api.auth import CurrentActor, Services

router = APIRouter(prefix="/api/tokens", tags=["tokens"])


class TokenRequest(BaseModel):
    """What the token is for."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=200)]
    scopes: Annotated[list[str], Field(max_length=20)] = []
    days: int = 30


class Token(BaseModel):
    """A token as it may be shown."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    hint: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class MadeToken(Token):
    """A fresh token; the secret is shown this once."""

    secret: str


@router.get("")
def list_tokens(actor: CurrentActor, container: Services) -> list[Token]:
    """Return one's own tokens, newest first."""
    return [Token.model_validate(record) for record in container.tokens.of(actor)]


@router.post("", status_code=status.HTTP_201_CREATED)
def create_token(request: TokenRequest, actor: CurrentActor, container: Services) -> MadeToken:
    """Make a token; use it as `Authorization: Bearer …`."""
    made = container.tokens.create(actor, request.name, request.scopes, days=request.days)
    return MadeToken(**Token.model_validate(made.record).model_dump(), secret=made.secret)


@router.delete("/{token_id}", status_code=status.HTTP_204_NO_CONTENT)
def revoke_token(token_id: str, actor: CurrentActor, container: Services) -> Response:
    """Make a token useless, at once."""
    container.tokens.revoke(actor, token_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)
