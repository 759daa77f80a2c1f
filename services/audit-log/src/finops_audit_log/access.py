"""What routes of audit-log ask of their caller."""

from typing import Annotated

from fastapi import Security

from finops_common.auth.caller import Caller
from finops_common.auth.dependencies import current_caller

MayViewSecurity = Annotated[Caller, Security(current_caller, scopes=["security:view"])]
