"""How routers get their use cases from the wiring."""

from typing import Annotated

from fastapi import Depends

from finops_common.app import wired
from finops_identity.accounts.service import AccountService
from finops_identity.email_changes.service import EmailChangeService
from finops_identity.keys.service import SigningKeys
from finops_identity.passwords.service import PasswordService
from finops_identity.sessions.log_ins import LogInService
from finops_identity.sessions.service import SessionService
from finops_identity.sessions.states import SessionStates
from finops_identity.settings import Settings

Accounts = Annotated[AccountService, Depends(wired("accounts"))]
EmailChanges = Annotated[EmailChangeService, Depends(wired("email_changes"))]
Passwords = Annotated[PasswordService, Depends(wired("passwords"))]
LogIns = Annotated[LogInService, Depends(wired("log_ins"))]
Sessions = Annotated[SessionService, Depends(wired("sessions"))]
States = Annotated[SessionStates, Depends(wired("session_states"))]
Keys = Annotated[SigningKeys, Depends(wired("keys"))]
IdentitySettings = Annotated[Settings, Depends(wired("settings"))]
