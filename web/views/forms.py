"""What a form posts."""

from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request

from web.errors import RefusedRequestError

_MOST_BODY: Final = 8_192
_MOST_FIELDS: Final = 20


async def posted(request: Request) -> dict[str, str]:
    """The fields of a form, each with its first value; RefusedRequestError where it is too large to be one of ours."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BODY:
            raise RefusedRequestError(413, "That is more than this form has")
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise RefusedRequestError(400, "That is not what this form has") from None
    return {name: values[0].strip() for name, values in fields.items()}
