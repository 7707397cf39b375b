"""A motion's glTF file played by three.js in a browser: the reader that most pages have."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import Browser
from space_scene import ring, take

from athletes.pose.model import BODY33
from athletes.space.exporters.glb import glb
from athletes.space.paired import paired
from athletes.space.triangulate import triangulated
from var.stage.library import three_js

pytestmark = pytest.mark.browser

PLAY = """
([data, instants]) => new Promise((done, failed) => {
    const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
    new THREE.GLTFLoader().parse(bytes.buffer, "", (file) => {
        const mixer = new THREE.AnimationMixer(file.scene);
        mixer.clipAction(file.animations[0]).play();
        const seen = instants.map((at) => {
            mixer.setTime(at);
            file.scene.updateMatrixWorld(true);
            const place = (name) => {
                const node = file.scene.getObjectByName(name);
                return [...node.getWorldPosition(new THREE.Vector3()).toArray(), node.scale.x];
            };
            return [place("left_knee"), place("nose")];
        });
        done({ seen, seconds: file.animations[0].duration, extras: file.scene.userData });
    }, failed);
})
"""


def test_three_js_plays_the_motion(chromium: Browser) -> None:
    motion = triangulated(paired([take(camera) for camera in ring(3)]))
    knee, nose = BODY33.places("left_knee", "nose")
    motion.xyz_m[20:25, knee] = np.nan
    motion = replace(motion, method="thử")
    page = chromium.new_page()
    page.set_content("<p>three</p>")
    page.add_script_tag(content=three_js().decode("utf-8"))
    shown = [0, 10, 22, 40]
    # A hair after each instant: steps (what is hidden) begin with it.
    asked = [base64.b64encode(glb(motion, "m")).decode("ascii"), [float(motion.t_s[at]) + 1e-6 for at in shown]]
    found = json.loads(json.dumps(page.evaluate(PLAY, asked)))
    page.close()
    assert found["seconds"] == pytest.approx(motion.t_s[-1], abs=1e-6)
    assert found["extras"]["origin"] == "simulated"
    for at, (seen_knee, seen_nose) in zip(shown, found["seen"], strict=True):
        x, y, z = motion.xyz_m[at, nose]
        np.testing.assert_allclose(seen_nose[:3], [x, z, -y], atol=1e-4)  # y is up there
        if at == 22:
            assert seen_knee[3] == 0  # hidden, not guessed
        else:
            x, y, z = motion.xyz_m[at, knee]
            np.testing.assert_allclose(seen_knee, [x, z, -y, 1], atol=1e-4)
