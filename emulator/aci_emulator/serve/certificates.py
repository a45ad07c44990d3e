"""A throw-away certificate authority, kept in a folder so that a restarted emulator is still trusted."""

import ssl
from pathlib import Path

import trustme

CA = "ca.pem"
CA_KEY = "ca-key.pem"


def server_context(folder: Path, host: str) -> ssl.SSLContext:
    """TLS for the listener. `folder/ca.pem` is what clients trust; its key is beside it for the next start.

    Raises:
        OSError: the folder cannot be written.
        ValueError: what is in the folder is no certificate.
    """
    folder.mkdir(parents=True, exist_ok=True)
    certificate, key = folder / CA, folder / CA_KEY
    if certificate.exists() and key.exists():
        authority = trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())
    else:
        authority = trustme.CA(organization_name="aci-emulator")
        key.touch(mode=0o600)
        authority.private_key_pem.write_to_path(str(key))
        authority.cert_pem.write_to_path(str(certificate))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*{host, "127.0.0.1", "localhost"}).configure_cert(context)
    return context
