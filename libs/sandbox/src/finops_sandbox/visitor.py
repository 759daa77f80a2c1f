"""Somebody who uses the product over HTTP: signs up, reads their mail, logs in, asks."""

import asyncio
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

PASSWORD = "four words nobody guesses"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36"


class UnexpectedAnswerError(AssertionError):
    """The product answered otherwise than a visitor must be able to rely on."""


@dataclass
class Visitor:
    """A person with a browser and a mailbox. `base` gives a service's URL, or the gateway's."""

    base: Callable[[str], str]
    http: httpx.AsyncClient
    mail_url: str
    name: str = "Ada Lovelace"
    email: str = field(default_factory=lambda: f"ada-{secrets.token_hex(6)}@example.com")
    password: str = PASSWORD
    token: str | None = None
    refresh_token: str | None = None
    device_token: str | None = None
    user_id: str = ""
    headers: dict[str, str] = field(default_factory=lambda: {"User-Agent": CHROME})

    async def ask(
        self, method: str, path: str, json: Any = None, *, expect: int | None = None, **headers: str
    ) -> httpx.Response:
        """Call `/service/v1/…`; with `expect`, anything but that status is an error here."""
        sent = dict(self.headers) | headers
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        url = self.base(path.split("/")[1]) + path
        answer = await self.http.request(method, url, json=json, headers=sent)
        if expect is not None and answer.status_code != expect:
            raise UnexpectedAnswerError(
                f"{method} {path}: {answer.status_code} {answer.text[:600]}"
            )
        return answer

    async def get(self, path: str) -> Any:
        """The JSON behind a GET that must succeed."""
        return (await self.ask("GET", path, expect=200)).json()

    async def post(self, path: str, json: Any = None, *, expect: int = 201, **headers: str) -> Any:
        """The JSON answer of a POST that must succeed."""
        answer = await self.ask("POST", path, json, expect=expect, **headers)
        return answer.json() if answer.content else None

    async def sign_up(self) -> None:
        """Ask for an account; the mail is on its way."""
        body = {
            "email": self.email,
            "password": self.password,
            "full_name": self.name,
            "company_name": "Analytical Engines",
            "terms_version": "2026-10-01",
            "privacy_version": "2026-10-01",
        }
        await self.post("/identity/v1/accounts", body, expect=202)

    async def log_in(self) -> None:
        """Open a session and keep its tokens."""
        body = {"email": self.email, "password": self.password, "device_token": self.device_token}
        given = await self.post("/identity/v1/sessions", body)
        self.token, self.refresh_token = given["access_token"], given["refresh_token"]
        self.device_token = given["device_token"]
        self.user_id = (await self.get("/identity/v1/me"))["id"]

    async def arrive(self) -> "Visitor":
        """Sign up, open the mailed link, log in."""
        await self.sign_up()
        token = await self.mailed_token("verify-email")
        await self.post("/identity/v1/email-verifications", {"token": token}, expect=204)
        await self.log_in()
        return self

    async def mailed_token(self, page: str, *, newest_of: int = 1) -> str:
        """The token of the newest mailed link to `page`, once `newest_of` such mails have come."""
        for _ in range(200):
            found = await self.links(page)
            if len(found) >= newest_of:
                return found[0]
            await asyncio.sleep(0.1)
        raise UnexpectedAnswerError(f"no mail with a link to {page} for {self.email}")

    async def links(self, page: str) -> list[str]:
        """The tokens of all mailed links to `page`, newest first."""
        texts = [mail["text"] for mail in await self.mails()]
        matches = [re.search(rf"/{page}[?#]token=([\w-]+)", text) for text in texts]
        return [match[1] for match in matches if match]

    async def mails(self) -> list[dict[str, Any]]:
        """Everything in the mailbox, newest first."""
        listed = await self.http.get(
            f"{self.mail_url}/api/mails", params={"to": self.email, "limit": 50}
        )
        body = listed.json()
        items = body["items"] if isinstance(body, dict) else body
        return [
            (await self.http.get(f"{self.mail_url}/api/mails/{mail['id']}")).json()
            for mail in items
        ]

    async def found_company(self, name: str = "Analytical Engines", region: str = "US") -> str:
        """Create a company and become its Owner; its id."""
        made = await self.post("/org-rbac/v1/companies", {"name": name, "region": region})
        company_id: str = made["id"]
        return company_id

    async def open_organization(self, company_id: str, name: str = "Platform") -> str:
        """Create an organization of the company; its id."""
        made = await self.post(f"/org-rbac/v1/companies/{company_id}/organizations", {"name": name})
        organization_id: str = made["id"]
        return organization_id

    async def invite(self, company_id: str, guest: "Visitor", **invitation: Any) -> None:
        """Invite `guest`, who accepts by the mailed link."""
        body = {"email": guest.email, **invitation}
        before = len(await guest.links("accept-invitation"))
        await self.post(f"/org-rbac/v1/companies/{company_id}/invitations", body)
        token = await guest.mailed_token("accept-invitation", newest_of=before + 1)
        for _ in range(50):
            answer = await guest.ask(
                "POST", "/org-rbac/v1/invitations/acceptances", {"token": token}
            )
            # A brand-new account may be a moment ahead of the event about it.
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            await asyncio.sleep(0.1)
        if answer.status_code != httpx.codes.OK:
            raise UnexpectedAnswerError(f"acceptance: {answer.status_code} {answer.text[:600]}")
