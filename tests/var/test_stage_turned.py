"""The 3-D view in a real browser, turned by fingers and by keys: what the hand means is what the eye does."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page, Route
from test_stage import scene_with

import var
from touchline.i18n import t
from touchline.origin import Origin
from var.measure.offside import measure
from var.panels.scene import TEXTS
from var.stage.document import stage_document
from var.stage.export import scene_glb
from var.stage.library import three_js
from var.stage.look import views
from var.stage.words import stage_words, view_words

pytestmark = pytest.mark.browser

WEB = Path(str(var.__file__)).parent / "web"
TYPES = {".js": "text/javascript", ".html": "text/html"}
LONG = 1500
"""Pixels of page below the scene: something that a finger could scroll."""


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    """What the page gives the view (``var.panels.scene.stage``)."""
    scene = scene_with()
    document = stage_document(scene, measure(scene), origin=Origin.SIMULATED)
    return {
        "pid": "test",
        "library": "http://stage.test/three.js",
        "glb": base64.b64encode(scene_glb(document, "vi")).decode("ascii"),
        "views": [{**view.document(), "label": view_words(view.name, document, "vi")} for view in views(document)],
        "words": stage_words(document, "vi"),
        "texts": {name: t(f"var.stage.{name}", "vi") for name in TEXTS},
        "alt": "cảnh",
        "name": "scene",
        "picture": None,
    }


@pytest.fixture
def phone(chromium: Browser, data: dict[str, Any]) -> Iterator[Page]:
    """The view on a page of its own, on a telephone that wants nothing to move by itself."""

    def serve(route: Route) -> None:
        name = route.request.url.rsplit("/", 1)[-1]
        if name == "three.js":
            route.fulfill(body=three_js(), content_type="text/javascript")
        elif (WEB / name).is_file():
            route.fulfill(body=(WEB / name).read_bytes(), content_type=TYPES[Path(name).suffix])
        else:
            page = (
                f'<!doctype html><meta name="viewport" content="width=device-width"><main></main>'
                f'<div style="height:{LONG}px"></div><script type="module">'
                f"import {{ render }} from '/stage.js';"
                f"render({{ parentElement: document.querySelector('main'), data: {json.dumps(data)}, "
                f"setTriggerValue() {{}} }});</script>"
            )
            route.fulfill(body=page, content_type="text/html")

    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, reduced_motion="reduce"
    )
    context.route("**/*", serve)
    page = context.new_page()
    page.goto("http://stage.test/")
    page.wait_for_selector(".scene3d[data-ready]")
    if page.locator(".scene3d").get_attribute("data-ready") != "webgl":
        context.close()
        pytest.skip("this browser has no WebGL")
    page.wait_for_selector(".scene3d[data-distance]")
    yield page
    context.close()


def eye(page: Page) -> tuple[float, float]:
    """Azimuth in radians and distance in metres, as last drawn."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    held = page.locator(".scene3d").evaluate("root => [root.dataset.azimuth, root.dataset.distance]")
    return float(held[0]), float(held[1])


def middle(page: Page) -> tuple[float, float]:
    """The middle of the view in the window."""
    box = page.locator("canvas.space").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(hand: CDPSession, begins: list[tuple[float, float]], ends: list[tuple[float, float]], steps: int = 8) -> None:
    """Fingers that go from ``begins`` to ``ends`` at once, as a screen reports them."""

    def send(kind: str, share: float) -> None:
        points = [
            {"x": a[0] + share * (b[0] - a[0]), "y": a[1] + share * (b[1] - a[1]), "id": number}
            for number, (a, b) in enumerate(zip(begins, ends, strict=True))
        ]
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [] if kind == "touchEnd" else points})

    send("touchStart", 0.0)
    for step in range(1, steps + 1):
        send("touchMove", step / steps)
    send("touchEnd", 1.0)


def test_one_finger_turns_and_the_page_stays(phone: Page) -> None:
    hand, (x, y) = phone.context.new_cdp_session(phone), middle(phone)
    azimuth, distance = eye(phone)
    drag(hand, [(x - 60, y)], [(x + 60, y)])
    turned, same = eye(phone)
    assert math.remainder(turned - azimuth, 2 * math.pi) == pytest.approx(-120 * 0.006, abs=0.02)
    assert same == pytest.approx(distance)
    drag(hand, [(x, y + 50)], [(x, y - 50)])  # upward: it is the view that tilts, not the page that scrolls
    assert phone.evaluate("scrollY") == 0
    assert eye(phone) == pytest.approx((turned, distance))


def test_two_fingers_zoom_and_neither_turns_when_the_other_is_lifted(phone: Page) -> None:
    hand, (x, y) = phone.context.new_cdp_session(phone), middle(phone)
    azimuth, distance = eye(phone)
    drag(hand, [(x - 40, y), (x + 40, y)], [(x - 80, y), (x + 80, y)])
    closer = eye(phone)
    assert closer[0] == pytest.approx(azimuth)
    assert closer[1] == pytest.approx(distance / 2, rel=0.03)
    drag(hand, [(x - 80, y), (x + 80, y)], [(x - 40, y), (x + 40, y)])
    assert eye(phone) == pytest.approx((azimuth, distance), rel=0.03)
    assert phone.evaluate("visualViewport.scale") == 1  # it was the scene that came closer, not the page


def test_a_finger_that_the_system_takes_away_is_not_held_on(phone: Page) -> None:
    hand, (x, y) = phone.context.new_cdp_session(phone), middle(phone)
    at = [{"x": x, "y": y, "id": 0}]
    hand.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": at})
    hand.send("Input.dispatchTouchEvent", {"type": "touchCancel", "touchPoints": []})
    azimuth, distance = eye(phone)
    drag(hand, [(x - 30, y)], [(x + 30, y)])  # one finger again, not a second one
    turned, same = eye(phone)
    assert math.remainder(turned - azimuth, 2 * math.pi) == pytest.approx(-60 * 0.006, abs=0.02)
    assert same == pytest.approx(distance)


def test_a_finger_beside_the_scene_scrolls_the_page(phone: Page) -> None:
    hand = phone.context.new_cdp_session(phone)
    drag(hand, [(195.0, 800.0)], [(195.0, 500.0)], steps=12)
    phone.wait_for_function("scrollY > 100")


def test_keys_turn_and_zoom_and_leave_the_rest_to_the_page(phone: Page) -> None:
    phone.keyboard.press("Tab")
    assert phone.evaluate("document.activeElement.className") == "space"
    azimuth, distance = eye(phone)
    phone.keyboard.press("ArrowLeft")
    left, _ = eye(phone)
    assert math.remainder(left - azimuth, 2 * math.pi) == pytest.approx(-0.12, abs=0.002)
    phone.keyboard.press("ArrowRight")
    assert eye(phone)[0] == pytest.approx(azimuth, abs=0.002)
    phone.keyboard.press("+")
    assert eye(phone)[1] == pytest.approx(0.85 * distance, rel=0.01)
    phone.keyboard.press("-")
    assert eye(phone)[1] == pytest.approx(distance, rel=0.01)
    assert phone.evaluate("scrollY") == 0
    # Other keys, and those of the browser, are not the scene's.
    others: list[tuple[str, dict[str, bool]]] = [
        ("PageDown", {}),
        ("k", {}),
        ("ArrowLeft", {"altKey": True}),
        ("-", {"ctrlKey": True}),
        ("+", {"metaKey": True}),
    ]
    for key, held in others:
        taken = phone.evaluate(
            "init => !document.activeElement.dispatchEvent(new KeyboardEvent('keydown', init))",
            {"key": key, "bubbles": True, "cancelable": True, **held},
        )
        assert not taken, key
