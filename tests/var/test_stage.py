"""The scene shown again: its document says what was measured, and every drawing shows what the document says."""

from __future__ import annotations

import copy
import io
import json
import math
import struct
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from measuring import BEHIND, MAIN, PITCH, calibrated, drawn_scene

from touchline.commands import schemas
from touchline.errors import BadFile, BadValue, TouchlineError
from touchline.i18n import LANGUAGES
from touchline.measure import Z95
from touchline.origin import Origin
from var.measure.offside import measure
from var.measure.pitch import BALL_RADIUS_M, LINE_WIDTH_M
from var.measure.scene import BallPlace, Scene
from var.model import AttackDirection, BodyPart, Role
from var.stage.clip import FPS, write_orbit
from var.stage.document import CHI2_95_2, stage_document
from var.stage.export import scene_glb, write_scene
from var.stage.figure import HEIGHT_M, HIGHEST_M, standing
from var.stage.letters import write_words
from var.stage.library import three_js
from var.stage.look import orbit, views
from var.stage.paint import Eye, paint
from var.stage.parts import axes_of, figure, governing_lines, parts
from var.stage.pitch_parts import line_meshes
from var.stage.shapes import Kind
from var.stage.top_view import top_view
from var.stage.words import stage_words, view_words

SVG = "{http://www.w3.org/2000/svg}"


def scene_with(parts_of: dict[Role, BodyPart] | None = None, seed: int = 4) -> Scene:
    """A measured scene of two views, with the given parts where they are given."""
    random = np.random.default_rng(seed)
    cameras = {"main": MAIN, "behind": BEHIND}
    calibrations = {name: calibrated(theta, random) for name, theta in cameras.items()}
    for _ in range(200):
        scene, _ = drawn_scene(random, cameras, calibrations)
        found = {seen.role: seen.part for seen in scene.observations}
        if (parts_of is None or found == parts_of) and measure(scene).margin is not None:
            return scene
    raise AssertionError("no such scene was drawn")


@pytest.fixture(scope="module")
def scene() -> Scene:
    return scene_with({Role.ATTACKER: BodyPart.SHOULDER, Role.DEFENDER: BodyPart.TOE})


@pytest.fixture(scope="module")
def document(scene: Scene) -> dict[str, Any]:
    return stage_document(scene, measure(scene), origin=Origin.SIMULATED, labels={"main": "Khán đài chính"})


def mirrored(document: dict[str, Any]) -> dict[str, Any]:
    """The same scene toward the other goal."""
    other = copy.deepcopy(document)
    other["attack"] = "left"
    for line in other["lines"]:
        line["x_m"], line["band95_m"] = -line["x_m"], [-x for x in reversed(line["band95_m"])]
    for point in other["points"]:
        point["xyz_m"][0] *= -1
        point["ellipse95"]["angle_rad"] *= -1
    for one in other["figures"]:
        point = next(p for p in other["points"] if p["player"] == one["player"] and p["governs"])
        one |= standing(point["xyz_m"], -1)
    return other


# ---------------------------------------------------------------------- the document


def test_the_document_says_what_was_measured(scene: Scene, document: dict[str, Any]) -> None:
    verdict = measure(scene)
    assert verdict.margin is not None
    assert verdict.attacker is not None
    assert verdict.defender is not None
    lines = {line["role"]: line for line in document["lines"]}
    for at in (verdict.attacker, verdict.defender):
        half = Z95 * at.sigma_x_m
        assert lines[at.role.value]["band95_m"] == pytest.approx([at.line_x_m - half, at.line_x_m + half])
    assert document["margin_m"] == verdict.margin.value
    assert {point["part"] for point in document["points"]} == {"shoulder", "toe"}
    assert all(point["governs"] for point in document["points"])
    passed, attacker = governing_lines(document) or (0.0, 0.0)
    assert attacker - passed == pytest.approx(document["margin_m"])
    places = {camera["name"]: camera["centre_m"] for camera in document["cameras"]}
    assert places["main"] == pytest.approx([20.0, -74.0, 10.0], abs=1.5)
    assert [camera["label"] for camera in document["cameras"]] == ["Khán đài chính", "behind"]
    json.dumps(document, allow_nan=False)


def test_the_ellipse_is_as_wide_as_the_point_is_uncertain(document: dict[str, Any]) -> None:
    for point in document["points"]:
        axes = axes_of(point["ellipse95"])
        # The variance of x in an ellipse of 95 % is that of its axes over the chi-square's point.
        assert math.sqrt((axes[0] ** 2).sum() / CHI2_95_2) == pytest.approx(point["sigma_x_m"], rel=1e-6)
    assert pytest.approx(5.9915, abs=1e-4) == CHI2_95_2


def test_nothing_is_shown_that_was_not_measured(scene: Scene) -> None:
    blind = replace(scene, observations=())
    found = stage_document(blind, measure(blind))
    assert (found["lines"], found["points"], found["figures"], found["margin_m"]) == ([], [], [], None)
    assert found["outcome"] == "not_measurable"
    kinds = {part.name.split()[1] for part in parts(found)}
    assert not kinds & {"wall", "band", "line", "figure", "point", "margin"}
    for lang in LANGUAGES:
        ET.fromstring(top_view(found, lang))


def test_where_the_halfway_line_governs_it_is_what_is_shown(scene: Scene) -> None:
    far = replace(scene, attack=AttackDirection.LEFT)  # both stand deep in the other half: own half of this attack
    found = stage_document(far, measure(far))
    assert found["halfway_governs"]
    passed, attacker = governing_lines(found) or (0.0, 0.0)
    assert passed == -LINE_WIDTH_M / 2
    assert found["margin_m"] == pytest.approx(passed - attacker)
    assert {line["role"]: line["governs"] for line in found["lines"]} == {
        "attacker": True,
        "defender": False,
        "halfway": True,
    }
    assert "Vạch giữa sân" in top_view(found, "vi")


def test_where_the_ball_governs_its_foremost_point_is_the_line(scene: Scene) -> None:
    defender = measure(scene).defender
    assert defender is not None
    ball = BallPlace((defender.line_x_m + 3.0, 5.0), 0.05)
    found = stage_document(replace(scene, ball=ball), measure(replace(scene, ball=ball)))
    passed, x = governing_lines(found) or (0.0, 0.0)
    assert passed == pytest.approx(ball.pitch_m[0] + BALL_RADIUS_M)
    assert x - passed == pytest.approx(found["margin_m"])
    assert found["ball_m"] == [*ball.pitch_m, BALL_RADIUS_M]
    assert any(part.name == "solid ball" for part in parts(found))
    ET.fromstring(top_view(found, "vi"))


def test_the_document_keeps_to_its_schema(document: dict[str, Any]) -> None:
    import jsonschema

    jsonschema.validate({**document, "written": None}, schemas()["scene"])


# ---------------------------------------------------------------------- figures


@pytest.mark.parametrize("height", [0.0, 0.05, 0.3, 0.5, 0.9, 1.2, 1.35, 1.5, 1.6, 1.75])
@pytest.mark.parametrize("sign", [1, -1])
def test_no_part_of_a_figure_reaches_beyond_its_measured_point(height: float, sign: int) -> None:
    place = standing((20.0, -3.0, height), sign)
    vertices, faces = figure((place["at_m"][0], place["at_m"][1]), place["lean"], sign)
    assert (sign * vertices[:, 0]).max() <= sign * 20.0 + 0.004  # as far as flat triangles follow a round body
    # At the height of the point the figure's front is there, but for shin and neck, which lie behind the outline.
    edges = vertices[np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])]
    level = min(max(height, 0.01), HIGHEST_M)
    crossing = edges[(edges[:, 0, 2] - level) * (edges[:, 1, 2] - level) <= 0]
    rise = np.where(crossing[:, 1, 2] == crossing[:, 0, 2], 1.0, crossing[:, 1, 2] - crossing[:, 0, 2])
    share = (level - crossing[:, 0, 2]) / rise
    front = sign * (crossing[:, 0, 0] + share * (crossing[:, 1, 0] - crossing[:, 0, 0]))
    assert sign * 20.0 - front.max() < 0.075
    assert abs(place["lean"]) < 0.30
    assert vertices[:, 2].min() > -0.01
    assert vertices[:, 2].max() == pytest.approx(HEIGHT_M, abs=0.02)


def test_every_figure_is_the_same_and_says_that_it_is_an_illustration(document: dict[str, Any]) -> None:
    shapes = [figure((0.0, 0.0), 0.0, 1)[0] for _ in document["figures"]]
    assert np.array_equal(shapes[0], shapes[1])
    assert all(one["illustration"] is True for one in document["figures"])
    names = [part.name for part in parts(document) if "figure" in part.name]
    assert len(names) == 2
    assert all(name.endswith("(illustration)") for name in names)


# ---------------------------------------------------------------------- bodies


def test_lines_are_as_wide_as_law_1_has_them_and_lie_inside() -> None:
    meshes = line_meshes(PITCH)
    every = np.concatenate([vertices for vertices, _ in meshes])
    assert every[:, 0].max() == 52.5  # outer edges
    assert every[:, 1].min() == -34.0
    halfway = next(v for v, _ in meshes if np.allclose(np.abs(v[:, 0]), LINE_WIDTH_M / 2))
    assert np.ptp(halfway[:, 1]) == 68.0
    areas = [(v, f) for v, f in meshes if len(v) == 4]
    for vertices, _ in areas:
        assert np.ptp(vertices[:, :2], axis=0).min() == pytest.approx(LINE_WIDTH_M)
    circle = max((v for v, f in meshes if len(f) > 100), key=len)
    assert np.linalg.norm(circle[:, :2], axis=1).max() == pytest.approx(9.15)


def test_the_bands_and_walls_stand_where_the_lines_are(document: dict[str, Any]) -> None:
    found = {part.name: part for part in parts(document)}
    for line in document["lines"]:
        band, wall = found[f"ground band {line['role']}"], found[f"glass wall {line['role']}"]
        assert [band.vertices[:, 0].min(), band.vertices[:, 0].max()] == pytest.approx(line["band95_m"])
        assert wall.vertices[:, 0] == pytest.approx(line["x_m"])
    margin = found["ground margin"]
    assert np.ptp(margin.vertices[:, 0]) == pytest.approx(abs(document["margin_m"]) + 0.04)
    shoulder = next(part for name, part in found.items() if "point attacker" in name)
    assert shoulder.vertices[:, 2].min() < 0.05  # the plumb line reaches the ground
    assert all(part.faces.max() < len(part.vertices) and np.isfinite(part.vertices).all() for part in found.values())


def test_the_glb_is_read_back_as_it_was_drawn(document: dict[str, Any]) -> None:
    import trimesh

    data = scene_glb(document, "vi")
    assert data == scene_glb(document, "vi")  # the same bytes for the same scene
    assert struct.unpack("<4sII", data[:12]) == (b"glTF", 2, len(data))
    head = json.loads(data[20 : 20 + struct.unpack("<I", data[12:16])[0]])
    assert head["scenes"][0]["extras"]["origin"] == "simulated"
    assert "minh hoạ" in head["scenes"][0]["extras"]["note"].lower()
    read = trimesh.load(io.BytesIO(data), file_type="glb")
    back = dict(read.geometry)
    drawn = parts(document)
    assert {name.replace("_", " ") for name in back} == {part.name for part in drawn}
    for part in drawn:
        mesh = back[part.name]
        assert len(mesh.faces) == len(part.faces)
        transform = read.graph[part.name][0]
        places = trimesh.transform_points(mesh.vertices, transform)
        x, y, z = places.T
        assert np.ptp(x) == pytest.approx(np.ptp(part.vertices[:, 0]), abs=1e-4)
        assert [y.min(), y.max()] == pytest.approx([part.vertices[:, 2].min(), part.vertices[:, 2].max()], abs=1e-4)
        assert [-z.max(), -z.min()] == pytest.approx([part.vertices[:, 1].min(), part.vertices[:, 1].max()], abs=1e-4)


# ---------------------------------------------------------------------- pictures


@pytest.mark.parametrize("name", ["free", "above", "along", "behind", "camera:main"])
def test_a_picture_shows_each_line_where_it_is(document: dict[str, Any], name: str) -> None:
    view = next(view for view in views(document) if view.name == name)
    size = (640, 360)
    drawn = parts(document)
    bare = [part for part in drawn if part.kind is Kind.GROUND]  # nothing stands before the ground
    picture = paint(bare, view, size).astype(int)
    without = paint([p for p in bare if not p.name.startswith(("ground line ", "ground band"))], view, size).astype(int)
    changed = np.abs(picture - without).max(axis=2) > 24
    eye = Eye(view, size)
    seen = 0
    for line in document["lines"]:
        for y in np.linspace(-34, 34, 60):
            at = eye.project((line["x_m"], float(y), 0.02))
            if at is None or not (2 <= at[0] < size[0] - 2 and 2 <= at[1] < size[1] - 2):
                continue
            seen += 1
            u, v = round(at[0]), round(at[1])
            assert changed[v - 1 : v + 2, u - 1 : u + 2].any(), (name, line["role"], y)
    assert seen > 10


def test_near_things_hide_far_ones(document: dict[str, Any]) -> None:
    """Along the lines the nearer figure covers what is behind it, whichever way round one looks."""
    along = next(view for view in views(document) if view.name == "along")
    solid = [part for part in parts(document) if part.kind is not Kind.GLASS]
    for eye_y, target_y in ((-1, 1), (1, -1)):
        xs = [one["at_m"][0] for one in document["figures"]]
        ys = [one["at_m"][1] for one in document["figures"]]
        nearer = document["figures"][int(np.argmin(np.array(ys) * -eye_y))]
        x = nearer["at_m"][0]
        view = replace(along, eye_m=(x, eye_y * 33.0, 1.3), target_m=(x, target_y * 33.0, 1.0))
        picture = paint(solid, view, (640, 360))
        at = Eye(view, (640, 360)).project((x, nearer["at_m"][1], 1.1))
        assert at is not None
        blue, _, red = (int(value) for value in picture[round(at[1]), round(at[0])])
        assert (red > blue) == (nearer["role"] == "attacker"), (nearer["role"], xs)


def test_what_lies_behind_the_eye_is_not_drawn(document: dict[str, Any]) -> None:
    view = next(view for view in views(document) if view.name == "along")
    away = replace(view, target_m=(view.eye_m[0], view.eye_m[1] - 20.0, 1.0))
    lines = [part for part in parts(document) if part.name.startswith(("glass wall", "solid figure"))]
    sky = paint([], away, (320, 180))
    assert np.array_equal(paint(lines, away, (320, 180)), sky)
    assert Eye(away, (320, 180)).project((0.0, 30.0, 0.0)) is None


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("size", [(1280, 720), (390, 640)])
def test_the_words_are_burnt_in(document: dict[str, Any], lang: str, size: tuple[int, int]) -> None:
    view = views(document)[0]
    plain = np.full((size[1], size[0], 3), 90, np.uint8)
    words = stage_words(document, lang)
    written = write_words(plain, view, words)
    assert (plain == 90).all()
    low = written[-round(size[1] * 0.08) :, : size[0] // 2]
    assert low.std() > 20  # the caution
    alarm = np.abs(written.astype(int) - (30, 38, 179)).max(axis=2) < 6
    assert alarm[: size[1] // 4, size[0] // 2 :].sum() > 400  # simulated
    real = write_words(plain, view, {**words, "simulated": None})
    assert (np.abs(real.astype(int) - (30, 38, 179)).max(axis=2) < 6).sum() < 20
    yellow = np.abs(written.astype(int) - (10, 214, 255)).max(axis=2) < 6
    xs = np.nonzero(yellow)[1]
    assert len(xs) > 400  # the margin's plate
    assert xs.min() > 0
    assert xs.max() < size[0] - 1


def test_words_follow_the_language(document: dict[str, Any]) -> None:
    document = {**document, "margin_m": 1.2345, "sigma_m": 0.1}
    assert stage_words(document, "vi")["margin"] == "+123 ± 20 cm (95 %)"
    assert stage_words(document, "vi")["simulated"] == "MÔ PHỎNG"
    assert stage_words({**document, "origin": None}, "en")["simulated"] is None
    names = [view_words(view.name, document, "vi") for view in views(document)]
    assert names[-2:] == ["Máy: Khán đài chính", "Máy: behind"]
    assert len(set(names)) == len(names)


# ---------------------------------------------------------------------- from above


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("turned", [False, True])
def test_the_view_from_above_is_one_drawing_of_both_lines(document: dict[str, Any], lang: str, turned: bool) -> None:
    shown = mirrored(document) if turned else document
    root = ET.fromstring(top_view(shown, lang))
    assert root.tag == f"{SVG}svg"
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert stage_words(shown, lang)["margin"] in texts
    assert texts.count("A") == texts.count("D") == 2  # beside the players and on the enlarged lines
    sizes = [float(element.attrib["font-size"]) for element in root.iter(f"{SVG}text")]
    assert min(sizes) >= 22  # 11 px where the drawing is half as wide, on a phone
    ellipses = list(root.iter(f"{SVG}ellipse"))
    assert len(ellipses) == 2
    _, _, width, height = (float(value) for value in root.attrib["viewBox"].split())
    for element in root.iter(f"{SVG}circle"):
        if element.attrib["r"] == "21":
            assert 0 < float(element.attrib["cx"]) < width
            assert 0 < float(element.attrib["cy"]) < height
    # No word of the enlargement is cut: at 26 units a letter of the widest font takes some 16.
    for element in root.iter(f"{SVG}text"):
        wide = 0.62 * float(element.attrib["font-size"]) * len(element.text or "")
        if (shift := {"start": 0.0, "middle": -0.5, "end": -1.0}.get(element.attrib["text-anchor"])) is not None:
            left = float(element.attrib["x"]) + shift * wide
            assert -8 < left < left + wide < width + 8, element.text
    # The enlarged margin: as long as the distance of the lines, in the order that they have on the pitch.
    wide = {
        element.attrib["fill"]: float(element.attrib["x"])
        for element in root.iter(f"{SVG}rect")
        if element.attrib["width"] == "7"
    }
    offside = (shown["margin_m"] > 0) != turned
    assert (wide["#ff6b35"] > wide["#3aa0ff"]) == offside


def test_people_s_names_cannot_become_markup(document: dict[str, Any]) -> None:
    named = copy.deepcopy(document)
    for each in (*named["points"], *named["figures"]):
        each["player"] = '<b>9 & "10"</b>'
    root = ET.fromstring(top_view(named, "vi"))
    assert '<b>9 & "10"</b>' in [element.text for element in root.iter(f"{SVG}text")]


# ---------------------------------------------------------------------- files


def test_the_clip_goes_round_the_line_and_back(document: dict[str, Any], tmp_path: Path) -> None:
    path, shares = tmp_path / "scene.mp4", []
    write_orbit(path, document, stage_words(document, "vi"), size_px=(320, 180), seconds=1.0, step=shares.append)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        pictures = [frame.to_ndarray(format="bgr24") for frame in container.decode(stream)]
        assert stream.codec_context.name == "h264"
        assert stream.average_rate == FPS
        assert (stream.width, stream.height) == (320, 180)
    assert len(pictures) == FPS
    assert shares[-1] == 1.0
    assert shares == sorted(shares)
    first, quarter, last = (pictures[i].astype(int) for i in (0, FPS // 4, -1))
    assert np.abs(first - last).mean() < 4  # it comes back to where it began
    assert np.abs(first - quarter).mean() > 8
    ways = orbit(document, 9)
    assert ways[0].eye_m == pytest.approx(ways[-1].eye_m)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("suffix", [".png", ".glb", ".svg", ".json"])
def test_each_file_is_written_whole(document: dict[str, Any], tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"scene{suffix}"
    write_scene(path, document, "en")
    data = path.read_bytes()
    if suffix == ".png":
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert picture.shape == (900, 1600, 3)
    elif suffix == ".json":
        assert json.loads(data) == document
    else:
        assert data[:4] in (b"glTF", b"<svg")
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_a_scene_that_cannot_be_written_is_refused(document: dict[str, Any], tmp_path: Path) -> None:
    def refusal(kind: type[TouchlineError], path: Path, view: str = "free") -> str:
        with pytest.raises(kind) as refused:
            write_scene(path, document, "vi", view=view)
        return refused.value.code

    assert refusal(BadValue, tmp_path / "scene.gif") == "var.errors.scene_format"
    assert refusal(BadValue, tmp_path / "scene.png", "camera:moon") == "var.errors.no_such_view"
    (tmp_path / "file").write_text("x")
    for suffix in (".png", ".mp4"):
        assert refusal(BadFile, tmp_path / "file" / f"scene{suffix}") == "var.errors.scene_unwritable"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_the_browser_s_library_comes_out_of_the_package_with_its_licence() -> None:
    script = three_js().decode("utf-8")
    assert "SPDX-License-Identifier: MIT" in script[:300]
    assert "THREE.GLTFLoader" in script
    assert "</script" not in script
    assert "$B64GLTF" not in script  # the package's own viewer is left out
    assert script.rstrip().endswith(("})();", "}));"))
