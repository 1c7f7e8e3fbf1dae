"""/api/v1/files: what stations have brought to the file endpoint."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import hdrs, web

from broker.server.admin.audit import audited
from broker.server.admin.context import CONTEXT
from broker.server.admin.jsontext import respond
from broker.server.admin.messages import LARGEST_PAGE, USUAL_PAGE
from broker.server.admin.problems import ApiProblem
from broker.server.admin.query import no_body, number, parameters, segment
from broker.server.admin.surface import FileBook
from broker.server.files import Upload

_ID_SEGMENT = 4  # "", "api", "v1", "files", id


async def list_files(request: web.Request) -> web.Response:
    """The uploads in the order in which they came, by pages."""
    wanted = parameters(request, "identity", "purpose", "after", "limit")
    limit = number(wanted, "limit", 1, LARGEST_PAGE) or USUAL_PAGE
    after = wanted.get("after", "")
    found = _files(request).uploads(identity=wanted.get("identity"), purpose=wanted.get("purpose"))
    rows = [shown(upload) for upload in found if upload.id > after]
    more = {"next": rows[limit - 1]["id"]} if len(rows) > limit else {}
    return respond({"files": rows[:limit], **more})


async def get_file(request: web.Request) -> web.StreamResponse:
    """One upload as it came. Who fetches it is in the audit log: it may tell much of a station and its customers."""
    parameters(request)
    upload, path = _found(request)
    with audited(request, "file fetched", file=upload.id, identity=upload.identity):
        return web.FileResponse(path, headers=_headers(upload))


async def delete_file(request: web.Request) -> web.Response:
    """Delete one upload for good."""
    parameters(request)
    await no_body(request)
    upload, _ = _found(request)
    with audited(request, "file deleted", file=upload.id, identity=upload.identity):
        if not await _files(request).remove(upload.id):
            raise _unknown()
    return respond({"status": "deleted"})


def shown(upload: Upload) -> dict[str, Any]:
    """An upload as an answer; `name` is what the station calls it."""
    return {
        "id": upload.id,
        "identity": upload.identity,
        "purpose": upload.purpose,
        "name": upload.name,
        "bytes": upload.bytes,
        "at": datetime.fromtimestamp(upload.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def _headers(upload: Upload) -> dict[str, str]:
    """To be saved and never shown: what a station sends is nothing that a browser should run."""
    name = quote(upload.name or upload.id, safe="")
    return {
        hdrs.CONTENT_TYPE: "application/octet-stream",
        hdrs.CONTENT_DISPOSITION: f"attachment; filename=\"{upload.id}\"; filename*=UTF-8''{name}",
    }


def _found(request: web.Request) -> tuple[Upload, Path]:
    """The upload in the path; 404 where there is none."""
    found = _files(request).upload(segment(request, _ID_SEGMENT) or "")
    if found is None:
        raise _unknown()
    return found


def _files(request: web.Request) -> FileBook:
    return request.app[CONTEXT].surface.files


def _unknown() -> ApiProblem:
    return ApiProblem("unknown-file", "no station has brought such a file, or it has been deleted")
