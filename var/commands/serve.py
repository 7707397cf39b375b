"""``touchline serve``: the application for this machine, or with ``--lan`` for the venue's network over HTTPS."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchline.cli import add_json, plain
from touchline.errors import BadValue, Missing
from touchline.files import data_home
from touchline.i18n import t
from touchline.store import store_at
from var.serve.keys import Role
from var.serve.venue import Venue, Watchable, open_venue, serve_here

if TYPE_CHECKING:
    from touchline.asgi import App

SCRIPT = Path(__file__).resolve().parents[2] / "streamlit_app.py"


def register(parser: argparse.ArgumentParser) -> None:
    """``touchline serve [--lan] [--port N] [--new-keys] [--json]``."""
    add_json(parser)
    parser.add_argument("--lan", action="store_true", help="serve the venue's network too: HTTPS, with a join key")
    parser.add_argument("--port", type=int, default=8501, help="port (default: 8501; 0: any free one)")
    parser.add_argument("--new-keys", action="store_true", help="make new join keys: every device must join again")
    parser.set_defaults(run=_serve)


def _serve(args: argparse.Namespace) -> int:
    from var.serve.door import Door
    from var.serve.listener import Listener, bind

    if not 0 <= args.port <= 65535:
        raise BadValue("var.errors.no_port", port=args.port)
    home = data_home()
    store_at(home)  # where nothing can be kept, that is said before anything is served
    sockets = bind(args.port, lan=args.lan)
    port = int(sockets[0].getsockname()[1])
    try:
        hosts = [name.strip() for name in os.environ.get("TOUCHLINE_HOSTS", "").split(",") if name.strip()]
        venue = _open(home, port, args, hosts) if args.lan else None
        app = _application(port, lan=args.lan)
        listener = Listener(
            Door(app, venue) if venue else app,
            sockets,
            venue=venue,
            on_ready=lambda: _say(document(venue, port), venue, args),
        )
        listener.run_here()
    finally:
        for listening in sockets:
            listening.close()
    return 0


def _open(home: Path, port: int, args: argparse.Namespace, hosts: list[str]) -> Venue:
    def matches() -> list[Watchable]:
        from var.archive import Archive

        return [
            Watchable(match.id, match.name, any(clip.recording for clip in match.clips))
            for match in Archive(home).matches()
        ]

    venue = open_venue(home, port, renew_keys=args.new_keys, extra_hosts=hosts, matches=matches)
    serve_here(venue)
    return venue


def _application(port: int, *, lan: bool) -> App:
    """The app of ``streamlit_app.py``, set up as ``make app`` does. Raises ``Missing`` where the file is not there."""
    if not SCRIPT.is_file():
        raise Missing("var.errors.no_app", path=SCRIPT)
    os.environ.setdefault("STREAMLIT_BROWSER_GATHER_USAGE_STATS", "false")
    os.environ["STREAMLIT_SERVER_PORT"] = str(port)
    os.environ["STREAMLIT_SERVER_ADDRESS"] = "127.0.0.1"
    if lan:  # the door has looked at the host's name already, and knows when the network changes
        os.environ["TOUCHLINE_HOSTS"] = "*"
    from streamlit import config

    config.set_option("server.port", port)  # Streamlit's own start reads the environment, this one does not
    sys.path.insert(0, str(SCRIPT.parent))
    spec = importlib.util.spec_from_file_location("streamlit_app", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["streamlit_app"] = module
    spec.loader.exec_module(module)
    app: App = module.app
    return app


def document(venue: Venue | None, port: int) -> dict[str, Any]:
    """What the command says once it answers. Addresses of the network are empty where there is no network."""
    local = f"http://127.0.0.1:{port}"
    if venue is None:
        return {
            "urls": [local], "local_url": local, "lan": False, "join": None, "keys": None, "fingerprint": None,
            "ca_fingerprint": None, "ca_file": None, "expires_utc": None, "unvouched": [],
        }  # fmt: skip
    first = venue.urls[0] if venue.urls else None
    return {
        "urls": venue.urls,
        "local_url": local,
        "lan": True,
        "join": {role.value: venue.join_url(role, first, "vi") for role in Role} if first else None,
        "keys": {role.value: venue.keys.of(role) for role in Role},
        "fingerprint": venue.issued.fingerprint,
        "ca_fingerprint": venue.issued.authority_fingerprint,
        "ca_file": str(venue.issued.authority),
        "expires_utc": venue.issued.expires_utc,
        "unvouched": list(venue.issued.outside),
    }


def _say(said: dict[str, Any], venue: Venue | None, args: argparse.Namespace) -> None:
    """One line of JSON for programs; addresses and QR codes for people."""
    if args.json:
        sys.stdout.write(json.dumps(plain(said), ensure_ascii=False, allow_nan=False) + "\n")
        sys.stdout.flush()
        return
    lang = args.lang
    lines = [t("var.serve.here", lang, url=said["local_url"])]
    if venue is not None and not venue.urls:
        lines.append(t("var.serve.no_network", lang))
    if venue is not None and venue.urls:
        lines += [t("var.serve.network", lang, url=url) for url in venue.urls]
        for role in Role:
            lines += ["", t(f"var.serve.terminal_{role.value}", lang, code=venue.keys.of(role))]
            lines.append(_qr(venue.join_url(role, venue.urls[0], lang)))
        lines.append(t("var.serve.warning", lang))
        lines.append(t("var.serve.terminal_ca", lang, file=said["ca_file"], fingerprint=said["ca_fingerprint"]))
        if said["unvouched"]:
            lines.append(t("var.serve.unvouched", lang, addresses=", ".join(said["unvouched"])))
    lines.append(t("var.serve.how_to_end", lang))
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _qr(text: str) -> str:
    """A QR code in the signs of a terminal."""
    import io

    import segno

    out = io.StringIO()
    segno.make(text, error="m", micro=False).terminal(out, compact=True)
    return out.getvalue()
