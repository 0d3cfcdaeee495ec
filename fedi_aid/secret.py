"""The secret of this instance, from which the keys for forms and addresses are made."""

import hmac
import os
import secrets
from pathlib import Path
from typing import Final

from fedi_aid.settings import Settings

KEY_NAME: Final = "secret_key"


def key_for(settings: Settings, purpose: str) -> bytes:
    """32 bytes for one purpose: from `secret_key`, else from a file of the data folder, made on first use.

    Reads and may write a file: for start-up.
    """
    secret = settings.secret_key or _kept(settings.data_dir / KEY_NAME)
    return hmac.digest(secret.encode(), purpose.encode(), "sha256")


def _kept(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = secrets.token_urlsafe(48)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(made)
    try:
        os.link(draft, path)  # never over another process's file, never half written
    except FileExistsError:
        return path.read_text().strip()
    finally:
        draft.unlink()
    return made
