"""The source's clock: wraps, jumps, repeats and holes, without a guess."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import BadValue
from var.capture.address import Kind, hidden, parse, redacted, split_secrets
from var.capture.clock import Clock, Verdict, unwrapped
from var.capture.samples import aac_config, adts_config, with_lengths, without_adts
from var.footage.nal import units

RATE = 90000
STEP, STEP_NS = 3600, 40_000_000


def running(count: int = 60, *, begins: int = 1_000_000) -> Clock:
    """A clock after ``count`` regular pictures."""
    clock = Clock(RATE)
    clock.connect([(begins, 0)])
    for k in range(count):
        assert clock.place(begins + k * STEP, begins + k * STEP, k * STEP_NS).verdict is Verdict.TAKE
    return clock


@given(st.integers(0, 1 << 40), st.integers(-(1 << 31), 1 << 31))
def test_a_wrapped_time_stamp_is_found_again_near_the_last_one(true: int, off: int) -> None:
    assert unwrapped(true % (1 << 33), true + off) == true


@given(st.lists(st.tuples(st.integers(-5000, 9000), st.integers(0, 80)), min_size=1, max_size=120))
def test_what_is_recorded_always_rises_whatever_comes(moves: list[tuple[int, int]]) -> None:
    clock = Clock(RATE)
    clock.connect([(0, 0)])
    ticks = now_ns = 0
    taken: list[tuple[int, int]] = []
    for delta, wait_ms in moves:
        ticks, now_ns = ticks + delta, now_ns + wait_ms * 1_000_000
        placed = clock.place(ticks, ticks + max(0, delta), now_ns)
        if placed.verdict is Verdict.TAKE:
            taken.append((placed.dts, placed.pts))
    assert all(b[0] > a[0] for a, b in itertools.pairwise(taken))
    assert all(dts <= pts for dts, pts in taken)
    shown = [pts for _, pts in taken]
    assert len(set(shown)) == len(shown)


def test_a_hole_in_a_regular_row_counts_what_is_missing() -> None:
    clock = running(60)
    hole = clock.place(1_000_000 + 65 * STEP, 1_000_000 + 65 * STEP, 65 * STEP_NS)
    assert (hole.verdict, hole.lost) == (Verdict.TAKE, 5)


def test_a_camera_without_a_steady_rate_loses_nothing_that_anybody_knows_of() -> None:
    rng = random.Random(1)
    clock = Clock(RATE)
    clock.connect([(0, 0)])
    at = 0
    for _ in range(200):
        at += rng.choice([3000, 6000, 9000])
        placed = clock.place(at, at, at * 1_000_000_000 // RATE)
        assert (placed.verdict, placed.lost) == (Verdict.TAKE, 0)


def test_packets_without_or_with_repeated_times_are_dropped() -> None:
    clock = running(3)
    last = 1_000_000 + 2 * STEP
    assert clock.place(None, None, 3 * STEP_NS).verdict is Verdict.DROP
    assert clock.place(last, last, 3 * STEP_NS).verdict is Verdict.DROP
    assert clock.place(last - STEP, last + STEP, 3 * STEP_NS).verdict is Verdict.DROP
    assert clock.place(last + 1, last, 3 * STEP_NS).verdict is Verdict.DROP
    assert clock.place(None, last + STEP, 3 * STEP_NS).verdict is Verdict.TAKE


@pytest.mark.parametrize("jump_s", [0.6, 5, 3600])
def test_a_clock_that_runs_ahead_of_the_host_is_another_clock(jump_s: float) -> None:
    clock = running(60)
    ticks = 1_000_000 + 60 * STEP + round(jump_s * RATE)
    assert clock.place(ticks, ticks, 60 * STEP_NS).verdict is Verdict.JUMPED


def test_a_sender_that_paused_and_goes_on_where_it_stood_is_set_anew() -> None:
    clock = running(60)
    late_ns = 3_000_000_000
    verdicts = []
    for k in range(60, 60 + 400):
        ticks = 1_000_000 + k * STEP
        verdicts.append(clock.place(ticks, ticks, k * STEP_NS + late_ns).verdict)
        if verdicts[-1] is Verdict.JUMPED:
            break
    assert verdicts[-1] is Verdict.JUMPED  # its pictures would be shown 3 s too early for the rest of the match
    assert verdicts.count(Verdict.TAKE) >= 100  # but a network that hung for a while is given its time


def test_a_network_that_hung_changes_nothing() -> None:
    clock = running(60)
    for k in range(60, 200):
        ticks = 1_000_000 + k * STEP
        arrival_ns = max(k, 100) * STEP_NS  # 1.6 s of pictures come in one go
        assert clock.place(ticks, ticks, arrival_ns).verdict is Verdict.TAKE


def test_two_good_clocks_that_drift_apart_stay_joined() -> None:
    clock = Clock(RATE)
    clock.connect([(0, 0)])
    for k in range(0, 25 * 7200, 25):  # two hours, a picture a second, 100 ppm apart: 0.72 s in the end
        ticks = k * STEP
        placed = clock.place(ticks, ticks, round(k * STEP_NS * 1.0001))
        assert placed.verdict is Verdict.TAKE


def test_the_clock_goes_on_after_a_loss_where_it_agrees_with_arrival() -> None:
    clock = running(60)
    later = 60 + 250
    went_on, differs_s, _ = clock.connect([(1_000_000 + later * STEP, later * STEP_NS + 20_000_000)])
    assert went_on
    assert differs_s == pytest.approx(0.02, abs=1e-6)
    placed = clock.place(1_000_000 + later * STEP, 1_000_000 + later * STEP, later * STEP_NS, after_gap=True)
    assert placed.lost == 0
    assert placed.dts == later * STEP  # at 0 of the host it was 0


def test_a_clock_that_was_reset_is_set_by_arrival() -> None:
    clock = running(60)
    later_ns = 310 * STEP_NS
    went_on, differs_s, _ = clock.connect([(500, later_ns), (500 + STEP, later_ns + STEP_NS)])
    assert not went_on
    assert abs(differs_s) > 10
    placed = clock.place(500, 500, later_ns, after_gap=True)
    assert placed.dts == pytest.approx(310 * STEP, abs=1)  # ticks are whole


ADDRESSES = {
    "rtsp://admin:p%40ss@10.0.0.5:554/Streaming/101?x=1": (Kind.RTSP, "10.0.0.5", 554),
    "udp://@:5000": (Kind.UDP, None, 5000),
    "udp://239.1.1.1:5000?localaddr=10.0.0.1": (Kind.UDP, "239.1.1.1", 5000),
    "tcp://10.0.0.5:9000": (Kind.TCP, "10.0.0.5", 9000),
    "tcp://0.0.0.0:9000?listen": (Kind.TCP, "0.0.0.0", 9000),
    "tcp://0.0.0.0:9000?listen=1": (Kind.LISTEN, "0.0.0.0", 9000),
    "https://box.local/live.m3u8?token=abc": (Kind.HTTP, "box.local", None),
    "srt://[fe80::1]:9000?passphrase=0123456789": (Kind.SRT, "fe80::1", 9000),
    "/dev/video0": (Kind.DEVICE, None, None),
    "v4l2:/dev/video2": (Kind.DEVICE, None, None),
    "/tmp/a b.mp4": (Kind.FILE, None, None),
}


@pytest.mark.parametrize("text", ADDRESSES)
def test_addresses(text: str) -> None:
    address = parse(text)
    kind, host, port = ADDRESSES[text]
    if text.endswith("?listen"):
        kind = Kind.LISTEN
    assert (address.kind, address.host, address.port) == (kind, host, port)
    for secret in ("p%40ss", "abc", "0123456789"):
        assert secret not in address.shown
        assert secret not in repr(address)


def test_a_file_may_be_repeated() -> None:
    assert parse("file:/tmp/x.mp4?loop=1").loop
    assert parse("/tmp/x.mp4?loop=1").url == "/tmp/x.mp4"
    assert not parse("file:///tmp/x.mp4").loop
    assert parse("file:///tmp/x.mp4").url == "/tmp/x.mp4"


@pytest.mark.parametrize(
    "text",
    ["", " ", "gopher://x/y", "rtsp://", "rtsp:///path", "udp://host", "tcp://:5000", "rtsp://h:99999/x", "rtsp://a:b:c/x",
     "rtsp://user:pa/ss@host/x", "srt://host", "http://", "a\nb"],
)  # fmt: skip
def test_what_is_no_address_is_refused_without_its_password(text: str) -> None:
    with pytest.raises(ValueError, match="camera") as refused:
        parse(text)
    assert "pa/ss" not in str(refused.value)


@given(
    st.text(min_size=3, max_size=20).filter(
        lambda word: not set(word) & set(" '\"<>\n\r\t@/?#&=") and word.isprintable()
    )
)
def test_no_password_is_ever_shown(word: str) -> None:
    secret = f"Zz{word}Zz"
    for text in (
        f"rtsp://user:{secret}@host:554/x",
        f"srt://h:1?passphrase={secret}&mode=caller",
        f"http://h/x?token={secret}",
    ):
        assert secret not in redacted(f"could not open {text}: refused")


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://u:geheim x@h/x",
        "rtsp://u:geheim'x@h/x",
        'rtsp://u:"geheim"@h/x',
        "rtsp://u:a<geheim>@h/x",
        "rtsp://u:a@geheim:b@h:554/x",
        "rtsp://u:ge/heim/geheim@h/x",
        "rtsp://h:554/user=admin&password=geheim&channel=1&stream=0.sdp?",
        "rtsp://h:554/user=admin_password=geheim_x_channel=1_stream=0.sdp?real_stream",
        "http://h/x?usr=a&pw=geheim",
        "rtsp:/admin:geheim@1.2.3.4/x",
        "rtsp//admin:geheim@1.2.3.4",
        "admin:geheim@1.2.3.4:554/x",
        "srt://h:9000?passphrase=geheim'b;$(reboot)",
    ],
)
def test_a_password_is_hidden_whatever_signs_stand_in_it(address: str) -> None:
    assert "geheim" not in hidden(address)
    try:
        said = parse(address).shown
    except BadValue as fault:
        said = str(fault)
    assert "geheim" not in said


@pytest.mark.parametrize(
    "address",
    [
        "rtsp:/u:p@h/x",
        "rtsp//h/x",
        "http:h/x",
        "srt://h:1?passphrase=x%0Afile%20/etc/passwd",
        "rtsp://h\n/x",
        "tcp://h\x7f:1",
    ],
)
def test_mistyped_addresses_are_no_files_and_hold_no_orders(address: str) -> None:
    with pytest.raises(BadValue, match="cannot be used"):
        parse(address)


def test_secrets_are_taken_out_of_srt_addresses() -> None:
    url, secrets = split_secrets("srt://ref:geheim@h:1?mode=caller&passphrase=geheim&pbkeylen=16")
    assert "geheim" not in url
    assert url.startswith("srt://h:1?")
    assert "mode=caller" in url
    assert secrets["passphrase"] == "geheim"


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=8))
def test_start_codes_become_lengths(payloads: list[bytes]) -> None:
    # A NAL unit holds no start code and ends with a bit of its own (ITU-T H.264, 7.4.1).
    whole = [b"\x65" + payload.replace(b"\0", b"\1") + b"\x80" for payload in payloads]
    annex_b = b"".join((b"\0\0\0\1" if k % 2 else b"\0\0\1") + unit for k, unit in enumerate(whole))
    assert list(units(with_lengths("h264", b"", annex_b), 4)) == whole
    assert with_lengths("mjpeg", b"", annex_b) == annex_b
    avcc = b"\1\x64\0\x1f\xff"
    assert with_lengths("h264", avcc, annex_b) == annex_b


def test_aac_loses_its_transport_header() -> None:
    header = bytes([0xFF, 0xF1, 0x4C, 0x80, 0x01, 0x7F, 0xFC])  # MPEG-4, LC, 48 kHz, two channels, no checksum
    assert adts_config(header + b"data") == aac_config(48000, 2) == b"\x11\x90"
    assert without_adts(header + b"data") == b"data"
    assert without_adts(b"\x21\x10data...") == b"\x21\x10data..."
