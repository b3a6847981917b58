"""A mail server for stories: aiosmtpd with TLS and AUTH, which does to each recipient what rules.json says.

Usage: server.py FOLDER PORT starttls|implicit|plain

Rules map an address, or "*", to "accept", to a reply such as "550 5.1.1 no such mailbox", to "hang" or to
"drop" (take the message, then go away without an answer). "greeting" and "sender" map to a reply in place
of the server's own greeting, and to every sender. Each message becomes NNNNN.eml in FOLDER, and
NNNNN.json says how it came. The certificate authority is FOLDER/ca.pem. One line says the port.
"""

import asyncio
import json
import os
import ssl
import sys
from pathlib import Path

import trustme
from aiosmtpd.smtp import SMTP, AuthResult

folder, port, protection = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]


def context():
    chain = folder / "server.pem"
    if not chain.exists():
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        authority.issue_cert("localhost", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(chain))
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(chain)
    return made


def rules():
    try:
        return json.loads((folder / "rules.json").read_text())
    except FileNotFoundError:
        return {}


def rule(address):
    return rules().get(address, rules().get("*", "accept"))


def keep(session, envelope):
    number = sum(1 for _ in folder.glob("*.eml"))
    facts = {"tls": session.ssl is not None or protection == "implicit", "authenticated": bool(session.authenticated)}
    (folder / f"{number:05}.json").write_text(json.dumps({"to": envelope.rcpt_tos, **facts}))
    unfinished = folder / "unfinished"
    unfinished.write_bytes(envelope.content)
    os.rename(unfinished, folder / f"{number:05}.eml")


class Server(SMTP):
    async def push(self, status):
        if isinstance(status, str) and status.startswith("220 ") and self.session.host_name is None:
            status = rules().get("greeting", status)
        await super().push(status)


class Handler:
    async def handle_MAIL(self, server, session, envelope, address, options):
        answer = rules().get("sender", "250 OK")
        if answer.startswith("250"):
            envelope.mail_from = address
        return answer

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = rule(address)
        if answer[0].isdigit():
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        answer = rule(envelope.rcpt_tos[0])
        if answer == "hang":
            await asyncio.sleep(3600)
        keep(session, envelope)
        if answer == "drop":
            server.transport.abort()
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    known = data.login == b"proviso" and data.password == b"correct horse"
    return AuthResult(success=known, handled=False)


async def main():
    tls = None if protection == "plain" else context()
    starttls = tls if protection == "starttls" else None

    def protocol():
        return Server(
            Handler(),
            tls_context=starttls,
            require_starttls=starttls is not None,
            authenticator=authenticate,
            auth_required=tls is not None,
            auth_require_tls=starttls is not None,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", port, ssl=tls if protection == "implicit" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
