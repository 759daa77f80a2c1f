"""What other services ask about sessions while revocations are silent."""

from uuid import UUID

from fastapi import APIRouter

from finops_common.contracts.access import SessionState
from finops_identity.dependencies import States

router = APIRouter(tags=["sessions"])


@router.get("/sessions/{session_id}", summary="Whether a session may still be used")
async def get_session_state(session_id: UUID, states: States) -> SessionState:
    """Unknown sessions are not active."""
    return SessionState(active=await states.active(session_id))
