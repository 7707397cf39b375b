"""HLS playlists: whether a sender has closed its list, which the library does not tell apart from a server that is
away (both are the end of the stream to it)."""

from __future__ import annotations

import re
from urllib.parse import urljoin

_MOST_BYTES = 4 << 20
_TIMEOUT_S = 5.0


def is_closed(url: str) -> bool:
    """Whether the playlist at ``url`` says that nothing more will be added (RFC 8216, 4.3.3.4); False where nobody
    answers. Of a list of variants the first is asked: all of them end together."""
    import av

    try:
        text = _text(url)
        if "#EXT-X-STREAM-INF" in text:
            named = (line.strip() for line in text.splitlines())
            variant = urljoin(url, next((line for line in named if line and not line.startswith("#")), ""))
            if not variant.lower().startswith(("http://", "https://")):  # a list may not make this computer read files
                return False
            text = _text(variant)
    except (OSError, ValueError, av.FFmpegError):
        return False
    return re.search(r"^#EXT-X-ENDLIST\b", text, re.MULTILINE) is not None


def _text(url: str) -> str:
    import av

    found = bytearray()
    options = {"protocol_whitelist": "http,https,tcp,tls,crypto"}
    with av.open(url, format="data", options=options, timeout=_TIMEOUT_S) as container:
        for packet in container.demux():
            found += bytes(packet)
            if len(found) > _MOST_BYTES:
                raise ValueError("no playlist")
    return found.decode("utf-8", "replace")
