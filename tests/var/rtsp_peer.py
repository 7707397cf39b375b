"""An RTSP camera for tests: GStreamer's server sends a file again and again to whoever asks, in real time.

Run by the system's Python, which has GStreamer: ``rtsp_peer.py PORT FILE [--sound] [--user NAME:PASSWORD] [--hevc]``.
Prints ``ready`` when it can be reached. The path is ``/cam``.
"""

import argparse
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port")
    parser.add_argument("file")
    parser.add_argument("--sound", action="store_true")
    parser.add_argument("--user")
    parser.add_argument("--hevc", action="store_true")
    args = parser.parse_args()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(args.port)
    codec = "h265" if args.hevc else "h264"
    launch = f"filesrc location={args.file} ! qtdemux ! {codec}parse ! rtp{codec}pay name=pay0 pt=96 config-interval=-1"
    if args.sound:
        launch += " audiotestsrc is-live=true ! audio/x-raw,rate=8000,channels=1 ! alawenc ! rtppcmapay name=pay1 pt=8"
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(f"( {launch} )")
    factory.set_shared(True)
    if args.user:
        name, _, password = args.user.partition(":")
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "operator")
        auth = GstRtspServer.RTSPAuth()
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(name, password), token)
        server.set_auth(auth)
        rights = GstRtspServer.RTSPPermissions()
        rights.add_permission_for_role("operator", "media.factory.access", True)
        rights.add_permission_for_role("operator", "media.factory.construct", True)
        factory.set_permissions(rights)
    server.get_mount_points().add_factory("/cam", factory)
    if not server.attach(None):
        raise SystemExit("the port is taken")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    GLib.MainLoop().run()


main()
