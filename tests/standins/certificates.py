"""A certificate authority for one test, made by the openssl program."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

HOSTS = (
    "api.anthropic.com",
    "platform.claude.com",
    "claude.ai",
    "console.anthropic.com",
    "mcp-proxy.anthropic.com",
    "chatgpt.com",
    "ab.chatgpt.com",
    "auth.openai.com",
    "api.openai.com",
    "oauth2.googleapis.com",
    "cloudcode-pa.googleapis.com",
    "www.googleapis.com",
    "play.googleapis.com",
    "generativelanguage.googleapis.com",
    "accounts.google.com",
)
"""Every name a provider's CLI is known to look for."""

_CA = """\
[req]
distinguished_name = name
x509_extensions = extensions
prompt = no
[name]
CN = Stand-in test authority
[extensions]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """Paths of PEM files: the authority's certificate, the server's certificate and its key."""

    ca: Path
    chain: Path
    key: Path


def make_certificates(folder: Path, hosts: tuple[str, ...] = HOSTS) -> Certificates:
    """Make an authority and a certificate for `hosts` in `folder`; both are good for two days."""
    (folder / "ca.cnf").write_text(_CA, encoding="utf-8")
    names = ",".join(f"DNS:{host}" for host in hosts)
    (folder / "server.ext").write_text(
        f"subjectAltName = {names}\nbasicConstraints = critical, CA:FALSE\n"
        "extendedKeyUsage = serverAuth\nauthorityKeyIdentifier = keyid\n",
        encoding="utf-8",
    )
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    _openssl(folder, "req", "-x509", *curve, "-config", "ca.cnf", "-days", "2",
             "-keyout", "ca.key", "-out", "ca.pem")  # fmt: skip
    _openssl(folder, "req", *curve, "-subj", "/CN=stand-in", "-keyout", "server.key",
             "-out", "server.csr")  # fmt: skip
    _openssl(folder, "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
             "-CAcreateserial", "-days", "2", "-extfile", "server.ext",
             "-out", "server.pem")  # fmt: skip
    return Certificates(
        ca=folder / "ca.pem", chain=folder / "server.pem", key=folder / "server.key"
    )


def _openssl(folder: Path, *arguments: str) -> None:
    done = subprocess.run(
        ["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr.strip()}")
