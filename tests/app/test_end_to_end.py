"""The whole way in a browser: a rendered match, an offside reviewed by clicks, a decision, a report."""

from __future__ import annotations

import http.client
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import av
import numpy as np
import pypdfium2
import pytest
from browser import ARGUMENTS, EVERYBODYS_NAME, enter, find_chromium, serving, session
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from athletes.demo import build as build_session
from touchline.timebase import ClockMap
from var.archive import Archive
from var.demo import make_match
from var.measure.curves import curve_of
from var.measure.pitch import Pitch
from var.model import BodyPart, Click, Match, Role
from var.synthetic.camera import observe
from var.synthetic.truth import Truth, load_truth

APP = Path(__file__).resolve().parents[2] / "streamlit_app.py"
SIZE = (1280, 720)
MARGIN_M = 0.40
pytestmark = [pytest.mark.browser, pytest.mark.slow]


@dataclass(frozen=True)
class Ground:
    """The running app with one rendered match, and the truth about it."""

    address: str
    home: Path
    match: Match
    truth: Truth


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Ground]:
    home = tmp_path_factory.mktemp("home")
    archive = Archive(home)
    # 7 s are enough for the kick at 5.5 s; 720 lines keep the render short.
    match = make_match(archive, "demo-offside", MARGIN_M, size_px=SIZE, seconds=7)
    build_session(home, force=False, lang="vi", progress=lambda line: None)
    truth = load_truth(archive.folder(match.id) / "truth")
    with serving(APP, home) as address:
        yield Ground(address, home, match, truth)


def open_page(chromium: Browser, ground: Ground, path: str, lang: str = "vi", **options: object) -> Page:
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, accept_downloads=True, **options)  # type: ignore[arg-type]
    context.add_cookies([{"name": "touchline_lang", "value": lang, "url": ground.address}])
    enter(context, ground.address)
    page = context.new_page()
    page.set_default_timeout(30_000)
    outside: list[str] = []
    page.on("request", lambda request: outside.append(request.url) if "127.0.0.1" not in request.url else None)
    page.goto(f"{ground.address}{path}")
    page.outside = outside  # type: ignore[attr-defined]
    return page


def show(page: Page, match_s: float) -> None:
    """Show the step nearest to an instant and wait until all angles stand still on their source pictures."""
    page.wait_for_function("window.__touchline?.state()?.n >= 0")
    page.evaluate("s => window.__touchline.seekTime(s)", match_s)
    page.wait_for_timeout(300)


def click_source(page: Page, ground: Ground, camera: str, pixel: np.ndarray) -> None:
    """Click on a pixel of the source picture as a person does under the loupe."""
    stage = page.locator(f".tile[data-camera={camera}].aims .stage")
    stage.wait_for()
    box = stage.bounding_box()
    assert box is not None
    width, height = ground.match.clip(camera).size_px
    x = box["x"] + (float(pixel[0]) + 0.5) / width * box["width"]
    y = box["y"] + (float(pixel[1]) + 0.5) / height * box["height"]
    page.mouse.click(x, y)


def enlarge(page: Page, camera: str) -> None:
    """Make one angle large, for finer clicks."""
    number = camera.removeprefix("cam")
    page.locator(f".tile[data-camera={camera}]").hover()
    page.keyboard.press(number)
    page.wait_for_timeout(400)


def settled(page: Page) -> None:
    """Wait until the page has answered the last click: no provisional mark is left and no script runs."""
    page.wait_for_timeout(250)
    page.wait_for_function(
        "window.__touchline.player.tiles.every(tile => tile.marks.length === 0)"
        " && !document.querySelector('[data-testid=stStatusWidget]')"
    )
    page.wait_for_timeout(250)


def choose(page: Page, words: str) -> None:
    """Press one of a group of choices."""
    page.locator("[data-testid=stButtonGroup] button").filter(has_text=words).first.click()
    settled(page)


def test_an_offside_from_the_first_page_to_the_filed_report(chromium: Browser, ground: Ground) -> None:
    page = open_page(chromium, ground, "/")
    page.get_by_role("button", name="Mở phòng xem lại").first.click()
    page.wait_for_url("**/review?match=demo-offside")
    truth, kick_s = ground.truth, ground.truth.kick_s
    # The kick frame: the first picture of the offside-line camera at or after the touch.
    clip = ground.match.clip("cam2")
    frame = next(i for i in range(len(clip)) if clip.match_s(i) >= kick_s)
    show(page, float(clip.match_s(frame)))
    page.locator(".tile[data-camera=cam2]").click(position={"x": 90, "y": 90})
    page.keyboard.press("k")
    page.get_by_text("Chọn hướng tấn công để tiếp tục").wait_for()  # it is never guessed
    choose(page, "Sang phải")
    # One angle of the demo is calibrated already, so the attacker is next; calibrate the main stand's as well.
    page.get_by_role("button", name="Tiếp: cầu thủ tấn công").wait_for()
    choose(page, "Sân")
    page.get_by_role("radio", name="1", exact=True).click()
    settled(page)
    camera = truth.camera("cam1")
    places = Pitch(*truth.pitch_m).points
    seen = {name: observe(camera, np.array([place]))[0] for name, place in places.items() if place[2] == 0}
    inside = {n: p for n, p in seen.items() if 15 < p[0] < SIZE[0] - 15 and 15 < p[1] < SIZE[1] - 15}
    assert len(inside) >= 6
    enlarge(page, "cam1")
    for name in list(inside)[:7]:
        page.locator(f"g[data-name={name}] .hit").click()
        settled(page)
        click_source(page, ground, "cam1", inside[name])
        settled(page)
    expect(page.get_by_text("Sai lệch")).to_be_visible()
    archive = Archive(ground.home)
    assert {mark.name for mark in archive.pitch_marks("demo-offside", "cam1")} == set(list(inside)[:7])
    enlarge(page, "cam1")

    # Attacker and defender, on two angles each, at the points that govern.
    body = {"head": "Đầu", "shoulder": "Vai", "hip": "Hông", "knee": "Gối", "heel": "Gót", "toe": "Mũi chân"}
    for step, person, part in (
        ("Tấn công", truth.attacker_id, truth.attacker_part),
        ("Phòng ngự", truth.defender_id, truth.defender_part),
    ):
        choose(page, step)
        page.get_by_role("radio", name=body[part.split("_")[-1]], exact=True).click()
        settled(page)
        for camera_id in ("cam1", "cam2"):
            enlarge(page, camera_id)
            shown = page.evaluate("window.__touchline.state()")["frames"][camera_id]
            where = truth.body_points(ground.match.clip(camera_id).match_s(shown))[person][part]
            click_source(page, ground, camera_id, observe(truth.camera(camera_id), where[None])[0])
            settled(page)
            enlarge(page, camera_id)
    page.get_by_role("button", name="Tiếp: xem kết quả").click()
    banner = page.get_by_role("status").filter(has_text="VIỆT VỊ")
    expect(banner).to_contain_text("95 %")

    # What the software says is true: right side, and the truth inside its interval.
    page.get_by_role("button", name="Ghi quyết định").click()
    page.get_by_text("phần mềm không chọn thay").wait_for()  # nothing is chosen beforehand
    choose(page, "Việt vị")
    page.get_by_role("button", name="Ghi quyết định").click()
    page.get_by_role("button", name="Lập biên bản").wait_for()
    incident = archive.incidents("demo-offside")[-1]
    decision = archive.decisions(incident.id)[-1]
    assert (decision.outcome, decision.decided_by) == ("offside", EVERYBODYS_NAME)
    assert decision.margin is not None
    low, high = decision.margin.interval95
    assert 0 < low < MARGIN_M < high
    assert high - low < 0.6

    # The report.
    page.get_by_role("button", name="Lập biên bản").click()
    with page.expect_download(timeout=120_000) as download:
        page.get_by_role("button", name="Tải biên bản (PDF)").click(timeout=120_000)
    pdf = pypdfium2.PdfDocument(download.value.path())
    text = "\n".join(sheet.get_textpage().get_text_bounded() for sheet in pdf)
    for words in ("Nguyễn Văn An", "Giải bóng đá minh hoạ", "MÔ PHỎNG", "Huế", "Đà Nẵng", "Việt vị"):
        assert words in text
    pdf.close()
    with page.expect_download() as download:
        page.get_by_role("button", name="Tải cả hồ sơ (ZIP)").click()
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as packed:
        names = packed.namelist()
        document = json.loads(packed.read(next(name for name in names if name.endswith("incident.json"))))
    assert sum(name.endswith(".mp4") for name in names) == 4
    assert sum(name.endswith(".jpg") for name in names) >= 4
    assert "simulated" in json.dumps(document)
    page.reload()  # a report that was written can be had again
    page.get_by_role("button", name="Tải biên bản (PDF)").wait_for()
    # A new kick frame would pull the ground from under the marks: it is asked first.
    show(page, float(clip.match_s(frame)) - 1)
    page.keyboard.press("k")
    page.get_by_role("button", name="Giữ như cũ").click()
    settled(page)
    assert archive.incident(incident.id).kick_frame == frame
    assert page.outside == []  # type: ignore[attr-defined]
    page.context.close()


def test_a_line_is_chosen_on_the_map_and_clicked_in_three_places(chromium: Browser, ground: Ground) -> None:
    page = open_page(chromium, ground, "/review?match=demo-offside")
    truth, archive = ground.truth, Archive(ground.home)
    clip = ground.match.clip("cam2")
    frame = next(i for i in range(len(clip)) if clip.match_s(i) >= truth.kick_s)
    show(page, float(clip.match_s(frame)))
    page.locator(".tile[data-camera=cam2]").click(position={"x": 90, "y": 90})
    page.keyboard.press("m")
    page.keyboard.press("k")
    page.get_by_text("Chọn hướng tấn công để tiếp tục").wait_for()
    choose(page, "Sang phải")
    choose(page, "Sân")
    page.get_by_role("radio", name="1").first.click()
    settled(page)
    enlarge(page, "cam1")
    archive.clear_pitch_marks("demo-offside", "cam1")
    camera, width = truth.camera("cam1"), SIZE[0]
    curve = curve_of(Pitch(*truth.pitch_m), "right_penalty_area_front")
    assert curve is not None
    seen = observe(camera, curve)
    seen = seen[((seen > 15) & (seen < np.array(SIZE) - 15)).all(axis=1)]
    assert len(seen) > 8
    # 15 px beside the line, where nothing else is as near: the line is meant all the same.
    box = page.locator("g[data-line=right_penalty_area_front] .ink").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2 - 15, box["y"] + 0.8 * box["height"])
    page.get_by_text("Bấm dọc giữa vạch: Vạch 16,5 m song song biên ngang, cầu môn phải (đã bấm 0)").wait_for()
    for count, place in enumerate((1, len(seen) // 2, len(seen) - 2), 1):
        click_source(page, ground, "cam1", seen[place])
        settled(page)
        kept = archive.line_clicks("demo-offside", "cam1")
        assert [mark.name for mark in kept] == ["right_penalty_area_front"] * count
        # To the width of a pixel on the screen, a little more than one of the source.
        assert np.abs(seen[place] - (kept[-1].click.u_px, kept[-1].click.v_px)).max() < 2 * width / 700
    page.get_by_text("(đã bấm 3)").wait_for()
    state = page.locator("g[data-line=right_penalty_area_front]")
    expect(state).to_have_attribute("aria-label", "Vạch 16,5 m song song biên ngang, cầu môn phải, đã đánh dấu")
    drawn = page.evaluate("window.__touchline.player.data.overlays.cam1['*'].filter(d => d.shape === 'label')")
    assert [label["text"] for label in drawn] == ["Vạch 16,5 m song song biên ngang · 1", "2", "3"]
    page.keyboard.press("u")
    page.get_by_text("(đã bấm 2)").wait_for()
    assert len(archive.line_clicks("demo-offside", "cam1")) == 2
    # A single click can be taken back too, from the list.
    page.get_by_text("Các dấu đã bấm (2)").click()
    page.locator("[data-testid=stExpander] button").first.click()
    page.get_by_text("mới bấm một chỗ").first.wait_for()
    assert [mark.id for mark in archive.line_clicks("demo-offside", "cam1")] == [kept[1].id]
    # The keys reach lines as well as points.
    settled(page)
    page.locator("g[data-line=right_goal_line]").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Bấm dọc giữa vạch: Biên ngang, cầu môn phải (đã bấm 0)").wait_for()
    assert page.outside == []  # type: ignore[attr-defined]
    page.context.close()


def test_undo_and_the_other_language(chromium: Browser, ground: Ground) -> None:
    page = open_page(chromium, ground, "/review?match=demo-offside", lang="en")
    show(page, 3.0)
    page.locator(".tile[data-camera=cam1]").click(position={"x": 90, "y": 90})
    page.keyboard.press("m")
    page.get_by_text("first", exact=False).first.wait_for()
    archive = Archive(ground.home)
    count = len(archive.incidents("demo-offside"))
    page.keyboard.press("k")
    settled(page)
    page.wait_for_timeout(500)
    assert archive.incidents("demo-offside")[-1].kick_s is not None
    page.keyboard.press("u")
    page.wait_for_timeout(1500)
    assert archive.incidents("demo-offside")[-1].kick_s is None
    assert len(archive.incidents("demo-offside")) == count
    page.get_by_role("button", name="Tiếng Việt").click()
    page.get_by_role("link", name="Trận đấu").wait_for()
    page.reload()
    page.get_by_role("link", name="Trận đấu").wait_for()  # remembered
    page.context.close()


def test_files_from_the_page_become_a_match(chromium: Browser, ground: Ground, tmp_path: Path) -> None:
    page = open_page(chromium, ground, "/")
    bad = tmp_path / "ghi chú.mp4"
    bad.write_text("không phải video")
    page.get_by_label("Tên trận").fill("Trận của tôi")
    page.locator("input[type=file]").first.set_input_files([str(ground.match.clips[3].path), str(bad)])
    page.get_by_role("button", name="Tạo trận từ 2 tệp").click()
    page.get_by_text("Không nhận «ghi chú.mp4»").wait_for(timeout=90_000)
    match = Archive(ground.home).match("tran-cua-toi")
    assert [len(clip) for clip in match.clips] == [len(ground.match.clips[3])]
    page.context.close()


def test_the_training_page_shows_the_simulated_session(chromium: Browser, ground: Ground) -> None:
    page = open_page(chromium, ground, "/training")
    page.get_by_text("MÔ PHỎNG", exact=False).or_(page.get_by_text("mô phỏng", exact=False)).first.wait_for()
    page.context.close()


def test_a_foreign_host_name_gets_nothing(ground: Ground) -> None:
    port = int(ground.address.rsplit(":", 1)[1])
    answers, cookie = {}, session(ground.home)
    for host in ("127.0.0.1", "localhost", "evil.example"):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/var/demo-offside/match.json", headers={"Host": f"{host}:{port}", "Cookie": cookie})
        answers[host] = connection.getresponse().status
        connection.close()
    assert answers == {"127.0.0.1": 200, "localhost": 200, "evil.example": 400}


def test_an_angle_that_nobody_synchronised_says_so(chromium: Browser, ground: Ground) -> None:
    archive = Archive(ground.home)
    clocks = (ClockMap(sigma_s=0.15), ClockMap(), ClockMap(sigma_s=0.15))  # the last one as by arrival of its packets
    clips = tuple(replace(clip, to_match=at) for clip, at in zip(ground.match.clips, clocks, strict=False))
    archive.add_match(replace(ground.match, id="loose", name="loose", clips=clips, master=0))
    page = open_page(chromium, ground, "/review?match=loose")
    page.wait_for_function("window.__touchline?.state()?.n >= 0")
    assert "chưa đồng bộ" in page.locator(".tile[data-camera=cam2] .name").inner_text()
    assert "thô ±294 ms" in page.locator(".tile[data-camera=cam3] .name").inner_text()
    assert "+0,0 ms" in page.locator(".tile[data-camera=cam1] .name").inner_text()  # the one the others are set by
    page.context.close()


def marked_incident(ground: Ground) -> str:
    """An incident that a careful person has marked on two angles, ready for its verdict."""
    archive, truth, match = Archive(ground.home), ground.truth, ground.match
    clip = match.clip("cam2")
    frame = next(i for i in range(len(clip)) if clip.match_s(i) >= truth.kick_s)
    camera = truth.camera("cam1")
    first = match.clip("cam1")
    for name, place in Pitch(*truth.pitch_m).points.items():
        u, v = (float(value) for value in observe(camera, np.array([place]))[0])
        if place[2] == 0 and 15 < u < SIZE[0] - 15 and 15 < v < SIZE[1] - 15:
            archive.mark_pitch(match.id, name, place, Click("cam1", 0, first.sha256, u, v), by="test")
    incident = archive.add_incident(match.id, at_s=clip.match_s(frame), attack=truth.attack)
    archive.set_kick(incident.id, camera_id="cam2", frame=frame, sha256=clip.sha256)
    people = (
        (Role.ATTACKER, truth.attacker_id, truth.attacker_part),
        (Role.DEFENDER, truth.defender_id, truth.defender_part),
    )
    for role, person, part in people:
        for camera_id in ("cam1", "cam2"):
            own = match.clip(camera_id)
            shown = own.frame_at(clip.match_s(frame))
            assert shown is not None
            where = truth.body_points(own.match_s(shown))[person][part]
            u, v = (float(value) for value in observe(truth.camera(camera_id), where[None])[0])
            click = Click(camera_id, shown, own.sha256, u, v)
            archive.mark_body(incident.id, role, BodyPart(part.split("_")[-1]), click, by="test")
    return incident.id


SOFTWARE_WEBGL = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-first-run"]


def test_the_scene_is_turned_by_hand_and_taken_along(chromium: Browser, ground: Ground, tmp_path: Path) -> None:
    marked_incident(ground)
    seeing = chromium.browser_type.launch(executable_path=find_chromium(), args=SOFTWARE_WEBGL)
    try:
        page = open_page(seeing, ground, "/review?match=demo-offside")
        page.wait_for_function("window.__touchline?.state()?.n >= 0")
        above = page.locator("img.top-view")
        above.wait_for()
        assert "cm" in (above.get_attribute("alt") or "")
        assert above.evaluate("image => image.complete && image.naturalWidth > 0")
        page.get_by_text("Mở hình 3 chiều").click()
        stage = page.locator(".scene3d")
        page.locator(".scene3d[data-ready=webgl][data-azimuth]").wait_for()
        canvas = stage.locator("canvas.space")
        canvas.scroll_into_view_if_needed()

        def at(name: str) -> float:
            return float(stage.get_attribute(f"data-{name}") or "nan")

        box, before = canvas.bounding_box(), at("azimuth")
        assert box is not None
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(*middle)
        page.mouse.down()
        page.mouse.move(middle[0] - 80, middle[1], steps=4)
        page.mouse.up()
        page.wait_for_timeout(300)
        assert at("azimuth") == pytest.approx(before + 80 * 0.006, abs=0.02)
        away = at("distance")
        page.mouse.wheel(0, -120)
        page.wait_for_timeout(300)
        assert at("distance") < away
        canvas.focus()
        turned = at("azimuth")
        page.keyboard.press("ArrowLeft")
        page.wait_for_timeout(300)
        assert at("azimuth") == pytest.approx(turned - 0.12, abs=0.01)
        for name in ("above", "along", "behind", "camera:cam1"):
            stage.locator(f"button[data-view='{name}']").click()
            page.wait_for_timeout(700)
            assert stage.get_attribute("data-view") == name
        # The picture holds the scene, not an empty canvas: grass, both colours, the plates.
        stage.locator("button[data-view='along']").click()
        page.wait_for_timeout(700)
        with page.expect_download() as download:
            stage.locator("button[data-act=png]").click()
        picture = np.asarray(Image.open(download.value.path()).convert("RGB")).astype(int)
        for colour in ((255, 214, 10), (255, 107, 53), (16, 74, 140), (179, 38, 30)):
            assert (np.abs(picture - colour).max(axis=2) < 14).sum() > 40, colour
        green = (picture[..., 1] > picture[..., 0] + 20) & (picture[..., 1] > picture[..., 2] + 20)
        assert green.mean() > 0.15
        stage.locator("button[data-act=whole]").click()
        page.wait_for_timeout(400)
        whole = canvas.bounding_box()
        assert whole is not None
        assert whole["width"] > 1300
        page.keyboard.press("Escape")
        page.wait_for_timeout(400)
        assert (canvas.bounding_box() or {"width": 0})["width"] == pytest.approx(box["width"], abs=2)
        # Picture, clip and file, made by a job.
        page.get_by_role("button", name="Làm ảnh và đoạn phim").click()
        with page.expect_download(timeout=240_000) as download:
            page.get_by_role("button", name="Tải đoạn phim (MP4)").click(timeout=240_000)
        with av.open(str(download.value.path())) as container:
            assert container.streams.video[0].codec_context.name == "h264"
            assert 4 <= float(container.duration or 0) / 1e6 <= 6
        for name, head in (("Tải ảnh (PNG)", b"\x89PNG"), ("Tải tệp 3 chiều (GLB)", b"glTF")):
            with page.expect_download() as download:
                page.get_by_role("button", name=name).click()
            assert Path(download.value.path()).read_bytes()[:4] == head
        assert page.outside == []  # type: ignore[attr-defined]
        page.context.close()
    finally:
        seeing.close()


def test_without_webgl_the_server_draws_the_scene(chromium: Browser, ground: Ground) -> None:
    marked_incident(ground)
    blind = chromium.browser_type.launch(executable_path=find_chromium(), args=[*ARGUMENTS, "--disable-3d-apis"])
    try:
        page = open_page(blind, ground, "/review?match=demo-offside", lang="en")
        page.wait_for_function("window.__touchline?.state()?.n >= 0")
        page.get_by_text("Open the 3-D view").click()
        page.locator(".scene3d[data-ready=picture] img").wait_for()
        first = page.locator(".scene3d img").get_attribute("src")
        page.get_by_text("This browser cannot draw in three dimensions").wait_for()
        page.locator(".scene3d button[data-view=above]").click()
        expect(page.locator(".scene3d img")).not_to_have_attribute("src", first or "", timeout=30_000)
        page.context.close()
    finally:
        blind.close()
