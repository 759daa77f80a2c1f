"""What the catcher shows: a list of mails, one mail, and the same as JSON."""

from dataclasses import asdict
from html import escape
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Query
from fastapi.responses import HTMLResponse

from finops_sandbox.mail.mailbox import CaughtMail, Mailbox

FRAME = """<!doctype html><html><head><meta charset="utf-8"><title>{title}</title><style>
body{{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#222}}
table{{width:100%;border-collapse:collapse}}td,th{{text-align:left;padding:.4rem;border-bottom:1px solid #ddd}}
pre{{white-space:pre-wrap;background:#f6f6f6;padding:1rem}}iframe{{width:100%;height:40rem;border:1px solid #ddd}}
</style></head><body>{body}</body></html>"""


def _json(mail: CaughtMail) -> dict[str, Any]:
    fields = asdict(mail)
    return {"from": fields.pop("sender"), **fields}


def _list_page(mails: list[CaughtMail]) -> str:
    rows = "".join(
        f"<tr><td>{escape(mail.received_at)}</td><td>{escape(', '.join(mail.to))}</td>"
        f'<td><a href="/mails/{mail.id}">{escape(mail.subject) or "(no subject)"}</a></td></tr>'
        for mail in mails
    )
    table = f"<table><tr><th>Received</th><th>To</th><th>Subject</th></tr>{rows}</table>"
    return FRAME.format(title="Mails", body="<h1>Mails</h1>" + (table if mails else "None yet."))


def _mail_page(mail: CaughtMail) -> str:
    # The mail's own HTML runs no script and cannot reach this page from its sandbox.
    html = f'<iframe sandbox="allow-popups" srcdoc="{escape(mail.html)}"></iframe>'
    links = "".join(f"<li>{_link(link)}</li>" for link in mail.links)
    body = (
        f'<p><a href="/">All mails</a></p><h1>{escape(mail.subject)}</h1>'
        f"<p>From {escape(mail.sender)} to {escape(', '.join(mail.to))}, {mail.received_at}</p>"
        f"{html if mail.html else ''}<pre>{escape(mail.text)}</pre><ul>{links}</ul>"
    )
    return FRAME.format(title=escape(mail.subject), body=body)


def _link(address: str) -> str:
    shown = escape(address)
    followed = address.startswith(("http://", "https://", "mailto:"))
    return f'<a href="{shown}">{shown}</a>' if followed else shown


def create_app(mailbox: Mailbox) -> FastAPI:
    """The catcher's page and API over one mailbox."""
    app = FastAPI(title="Caught mails", docs_url=None, redoc_url=None)

    def get(mail_id: str) -> CaughtMail:
        mail = mailbox.find(mail_id)
        if mail is None:
            raise HTTPException(404, "No such mail, or it is forgotten already")
        return mail

    @app.get("/", response_class=HTMLResponse)
    async def list_page() -> str:
        return _list_page(mailbox.list_newest(limit=200))

    @app.get("/mails/{mail_id}", response_class=HTMLResponse)
    async def mail_page(mail_id: str) -> str:
        return _mail_page(get(mail_id))

    @app.get("/api/mails")
    async def list_mails(
        to: str | None = None, limit: Annotated[int, Query(ge=1, le=1000)] = 50
    ) -> list[dict[str, Any]]:
        return [_json(mail) for mail in mailbox.list_newest(to, limit)]

    @app.get("/api/mails/{mail_id}")
    async def get_mail(mail_id: str) -> dict[str, Any]:
        return _json(get(mail_id))

    return app
