"""Actions on the wire."""

from pydantic import BaseModel, Field


class ActionView(BaseModel):
    """One word of the vocabulary."""

    action: str = Field(examples=["member.role_changed"])
    service: str = Field(description="who says it")
    name: str = Field(description="in English")
    description: str = Field(description="in English")
    target_kind: str


class Actions(BaseModel):
    items: list[ActionView]
