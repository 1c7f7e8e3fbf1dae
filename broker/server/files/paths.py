"""Paths of the file endpoint, `<prefix>/<token>/<name>`, and names that stations choose."""

import secrets
from urllib.parse import quote, unquote

TOKEN_LENGTH = 40
LONGEST_NAME = 200


def new_token() -> str:
    """160 random bits in hexadecimal: nothing in it that a station could encode in another way."""
    return secrets.token_hex(TOKEN_LENGTH // 2)


def token_and_name(path: str, prefix: str) -> tuple[str, str]:
    """What stands at the token's place in the path of a request, as it was sent, and the name behind it.

    `prefix` is the path of the public URL; a proxy in front may have taken it off. Stations take the URL for a folder
    and add a name, some without a slash between: a token has one length, so it is found all the same.
    """
    rest = path[len(prefix) :] if prefix and path.startswith(f"{prefix}/") else path
    rest = rest.lstrip("/")
    return rest[:TOKEN_LENGTH], clean_name(unquote(rest[TOKEN_LENGTH:], errors="replace"))


def clean_name(text: str) -> str:
    """A station's name for a file, to be shown and never to be opened: its last part, printable and not too long."""
    last = text.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return "".join(char if char.isprintable() else "_" for char in last[:LONGEST_NAME])


def is_file_name(name: str) -> bool:
    """Whether an operator's name can only be that of a file in the folder itself."""
    return bool(name) and name not in (".", "..") and "/" not in name and "\\" not in name and name.isprintable()


def url_of(base: str, token: str, name: str = "") -> str:
    """The URL for a token; with the name of what is to be fetched behind it."""
    return f"{base}/{token}/{quote(name, safe='')}" if name else f"{base}/{token}"
