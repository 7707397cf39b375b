"""Whether what a browser's page says over its socket is somebody's doing, or the page's own."""

from __future__ import annotations

from touchline.asgi import Message


def acts(message: Message) -> bool:
    """True for what a person did; False for parts of a page that ask to be drawn anew by themselves, and heartbeats.

    What cannot be read counts as somebody's doing.
    """
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from streamlit.proto.BackMsg_pb2 import BackMsg

    try:
        said = BackMsg.FromString(message.get("bytes") or b"")
    except DecodeError:
        return True
    kind = said.WhichOneof("type")
    return not (kind == "app_heartbeat" or (kind == "rerun_script" and said.rerun_script.is_auto_rerun))
