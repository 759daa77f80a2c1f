"""Mails about accounts, with or without a single-use link."""

import hashlib
import secrets
from datetime import timedelta

from finops_common.db.transaction import Transaction
from finops_common.errors.problem import TooManyRequests
from finops_common.mail import send_mail
from finops_identity.accounts.domain import Account
from finops_identity.links.domain import A_DAY, AGAIN_AFTER, Letter, Link, Purpose
from finops_identity.links.repository import LinkRepository
from finops_identity.problems import LinkInvalid


class LinkMailer:
    """Writes letters whose links lead to the frontend at `app_url`."""

    def __init__(self, app_url: str) -> None:
        self._app_url = app_url.rstrip("/")

    async def mail(self, tx: Transaction, account: Account, letter: Letter) -> None:
        """Queue a letter whose link proves nothing."""
        link = f"{self._app_url}/{letter.page}"
        subject, text = letter.write(account.language, link=link)
        await send_mail(tx, to=account.email, subject=subject, text=text)

    async def mail_link(
        self,
        tx: Transaction,
        account: Account,
        purpose: Purpose,
        letter: Letter,
        *,
        new_email: str | None = None,
        to: str | None = None,
    ) -> None:
        """Queue a letter with a new link; goes to `to`, else to the account's own address."""
        token = secrets.token_urlsafe(32)
        await LinkRepository(tx).add(account.id, purpose, _digest(token), new_email)
        # Behind a #, because a browser sends that to no server, log or other site (PRIV-7).
        link = f"{self._app_url}/{letter.page}#token={token}"
        subject, text = letter.write(account.language, link=link, new_email=new_email)
        await send_mail(tx, to=to or account.email, subject=subject, text=text)


async def open_link(tx: Transaction, token: str, *purposes: Purpose) -> Link:
    """Spend the link; from here on its user acts.

    Raises:
        LinkInvalid: unknown, opened before, expired, superseded, or for another purpose.
    """
    link = await LinkRepository(tx).use(_digest(token), *purposes)
    if link is None:
        raise LinkInvalid
    tx.act_as(link.user_id)
    return link


async def mailed_just_now(tx: Transaction, account: Account, purpose: Purpose) -> bool:
    """Whether the last link of this purpose is younger than a minute."""
    lately = tx.now - AGAIN_AFTER
    return await LinkRepository(tx).count_since(account.id, purpose, lately) > 0


async def need_quota(tx: Transaction, account: Account, purpose: Purpose) -> None:
    """Refuse more than one link a minute or ten a day.

    Raises:
        TooManyRequests: with the seconds to wait.
    """
    if await mailed_just_now(tx, account, purpose):
        raise TooManyRequests(retry_after=int(AGAIN_AFTER.total_seconds()))
    yesterday = tx.now - timedelta(days=1)
    if await LinkRepository(tx).count_since(account.id, purpose, yesterday) >= A_DAY:
        raise TooManyRequests(retry_after=3600)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
