"""What all that was entered says of itself on the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel


class EnteredView(BaseModel):
    id: UUID
    version: int
    changed_by: UUID
    created_at: datetime
    changed_at: datetime
