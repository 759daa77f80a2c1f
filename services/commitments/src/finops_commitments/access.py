"""What routes of commitments ask of their caller."""

from typing import Annotated

from fastapi import Security

from finops_common.auth.caller import Caller
from finops_common.auth.dependencies import current_caller

MayRead = Annotated[Caller, Security(current_caller, scopes=["commitments:view"])]
MayChange = Annotated[Caller, Security(current_caller, scopes=["commitments:edit"])]
