"""``upload``: the bytes of files."""

from typing import Any

from telethon.tl import functions, types

from tests.support.mtproto_server.calls import Call, handles
from tests.support.mtproto_server.errors import RefusedError

STEP, MAX_PART = 1024, 1 << 20


@handles(functions.upload.GetFileRequest)
def get_file(call: Call) -> Any:
    request = call.request
    if not 0 < request.limit <= MAX_PART or request.limit % STEP:
        raise RefusedError(400, "LIMIT_INVALID")
    if request.offset < 0 or request.offset % STEP:
        raise RefusedError(400, "OFFSET_INVALID")
    content = call.world.files.find(request.location).content
    part = content[request.offset : request.offset + request.limit]
    return types.upload.File(types.storage.FileUnknown(), int(call.world.clock()), part)
