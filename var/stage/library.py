"""The browser's part of the 3-D view: three.js and its reader of GLB files, as the package trimesh carries them.

``trimesh.viewer.scene_to_html`` writes a page with the library and a small viewer of its own in one script; the library
is everything before that viewer. See docs/decisions/0011-three-js-from-trimesh.md.
"""

from __future__ import annotations

from functools import cache

from touchline.errors import Missing

BEGINS, ENDS = "<script>", "var camera,controls,scene,renderer"
NEEDED = ("Three.js Authors", "SPDX-License-Identifier: MIT", "THREE.GLTFLoader=GLTFLoader")


@cache
def three_js() -> bytes:
    """The library as one classic script that defines ``THREE`` and ``THREE.GLTFLoader``, its licence notice included.

    Raises ``Missing`` where the installed trimesh does not carry it in this form.
    """
    import trimesh
    from trimesh.viewer.notebook import scene_to_html

    page = scene_to_html(trimesh.Scene(trimesh.creation.box()))
    start, end = page.find(BEGINS), page.find(ENDS)
    script = page[start + len(BEGINS) : end] if 0 <= start < end else ""
    if not all(words in script for words in NEEDED):
        raise Missing("var.errors.no_three_js", version=trimesh.__version__)
    return script.encode("utf-8")
