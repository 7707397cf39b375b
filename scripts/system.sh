#!/bin/sh
# Installs system libraries that wheels need, where that is allowed; otherwise says in one line what is missing.
# usage: system.sh libraries | browser | peers
set -u

have_library() {
    "${PYTHON:-python3}" - "$1" <<'PY'
import ctypes, sys
try:
    ctypes.CDLL(sys.argv[1])
except OSError:
    sys.exit(1)
PY
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then sudo -n "$@"; else return 1; fi
}

install() { # package...
    command -v apt-get >/dev/null 2>&1 || return 1
    as_root true 2>/dev/null || return 1
    echo "Installing from the system's packages: $*"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update >/dev/null 2>&1
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" >/dev/null 2>&1
}

case "${1:-}" in
libraries)
    [ "$(uname -s)" = Linux ] || exit 0
    missing=""
    have_library libGL.so.1 || missing="$missing libgl1"
    have_library libgthread-2.0.so.0 || missing="$missing libglib2.0-0"
    have_library libEGL.so.1 || missing="$missing libegl1"
    have_library libGLESv2.so.2 || missing="$missing libgles2"
    [ -z "$missing" ] && exit 0
    # shellcheck disable=SC2086
    install $missing && exit 0
    case "$missing" in
    *libgl1* | *libglib*) echo "Missing system libraries:$missing. Pictures cannot be drawn without libgl1 and libglib2.0-0; install them with your system's package manager." ;;
    *) echo "Missing system libraries:$missing. Everything but pose estimation works; install them with your system's package manager." ;;
    esac
    ;;
browser)
    for name in "${TOUCHLINE_CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
        [ -n "$name" ] && command -v "$name" >/dev/null 2>&1 && exit 0
    done
    install chromium && exit 0
    echo "No Chromium found and it may not be installed here: the browser tests are skipped. Install the package 'chromium' or set TOUCHLINE_CHROMIUM."
    ;;
peers)
    # Senders of the camera protocols for the tests of live capture: FFmpeg (SRT, UDP, TCP) and GStreamer's RTSP server.
    [ "$(uname -s)" = Linux ] || exit 0
    missing=""
    command -v ffmpeg >/dev/null 2>&1 || missing="ffmpeg"
    /usr/bin/python3 -c 'import gi; gi.require_version("GstRtspServer", "1.0"); from gi.repository import GstRtspServer' >/dev/null 2>&1 ||
        missing="$missing python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly"
    # A token in software, for the tests of signing.
    command -v softhsm2-util >/dev/null 2>&1 || missing="$missing softhsm2"
    command -v pkcs11-tool >/dev/null 2>&1 || missing="$missing opensc"
    # A message bus for the double of the system's Bluetooth, a database server for the tests of the store.
    command -v dbus-daemon >/dev/null 2>&1 || missing="$missing dbus-daemon"
    command -v pg_ctl >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/pg_ctl >/dev/null 2>&1 || missing="$missing postgresql"
    [ -z "$missing" ] && exit 0
    # shellcheck disable=SC2086
    install $missing && exit 0
    echo "Missing for the tests of live cameras, signing, Bluetooth and PostgreSQL: $missing. They are skipped; install them with your system's package manager."
    ;;
*)
    echo "usage: system.sh libraries|browser|peers" >&2
    exit 2
    ;;
esac
exit 0
