"""Names of Telegram's methods: for flood waits, and the few of them that are labels of metrics."""

from telethon.tl import TLRequest, functions

LABELS = frozenset(
    {
        "account.initTakeoutSession",
        "auth.checkPassword",
        "auth.sendCode",
        "auth.signIn",
        "channels.getChannels",
        "channels.getFullChannel",
        "channels.getMessages",
        "channels.joinChannel",
        "contacts.resolveUsername",
        "messages.getDialogs",
        "messages.getHistory",
        "ping",
        "takeout",
        "updates.getChannelDifference",
        "updates.getDifference",
        "updates.getState",
        "upload.getFile",
        "users.getUsers",
    }
)
OTHER = "other"
_TAKEOUT = "takeout "
_FUNCTIONS = functions.__name__


def name_of(request: TLRequest) -> str:
    """A request's method as Telegram writes it; in a takeout session it is another one, with limits of its own."""
    if isinstance(request, functions.InvokeWithTakeoutRequest):
        return _TAKEOUT + name_of(request.query)
    kind = type(request)
    name = kind.__name__.removesuffix("Request")
    folder = kind.__module__.removeprefix(_FUNCTIONS).removeprefix(".")
    return f"{folder}.{name[0].lower()}{name[1:]}" if folder else name.lower()


def label_of(method: str) -> str:
    """A method's name as a metric's label: one of LABELS, or OTHER."""
    if method.startswith(_TAKEOUT):
        return "takeout"
    return method if method in LABELS else OTHER
