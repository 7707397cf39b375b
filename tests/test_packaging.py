"""What is shipped and what is installed: the wheel's top level, one OpenCV, locks without addresses."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import venv
from importlib.metadata import distributions, entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {"touchline", "var", "athletes", "wearables"}


@pytest.mark.slow
def test_the_wheel_installs_into_a_clean_environment(tmp_path: Path) -> None:
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path), str(ROOT)],
        check=True,
        env=environment,
    )
    (wheel,) = tmp_path.glob("touchline-*.whl")
    venv.create(tmp_path / "clean", with_pip=True)
    python = tmp_path / "clean" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    install = ["-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([str(python), *install], check=True)
    code = (
        "from importlib import metadata, resources\n"
        "import touchline, var, athletes, wearables\n"
        "files = metadata.distribution('touchline').files\n"
        "first = {file.parts[0] for file in files}\n"
        "top = {name for name in first if name != '..' and not name.endswith('.dist-info')}\n"
        "print(*sorted(top))\n"
        "for name in ('locales/match.vi.toml', 'web/player.js', 'export/report.typ', 'panels/booth.css', 'py.typed',\n"
        "             'rules/blank.toml', 'rules/packs/football.toml'):\n"
        "    assert resources.files('var').joinpath(*name.split('/')).is_file(), name\n"
        "assert resources.files('touchline').joinpath('paper.typ').is_file()\n"
    )
    done = subprocess.run([str(python), "-I", "-c", code], check=False, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) == PACKAGES


def test_exactly_one_opencv_is_installed_and_mediapipe_lives_with_it() -> None:
    found = sorted({d.metadata["Name"] for d in distributions() if d.metadata["Name"].startswith("opencv")})
    assert found == ["opencv-python"]
    # In a process of its own: mediapipe's import may warn, and without libEGL it may not load at all.
    code = "import ctypes\nctypes.CDLL('libEGL.so.1'), ctypes.CDLL('libGLESv2.so.2')\n"
    if (
        sys.platform == "linux"
        and subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode
    ):
        pytest.skip("libEGL and libGLESv2 are not installed here; pose estimation needs them")
    code = "import cv2\nfrom mediapipe.tasks.python import vision\nassert vision.PoseLandmarker and cv2.__version__"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("name", "least"), [("app.txt", 41), ("dev.txt", 41), ("npm.txt", 1)])
def test_the_locks_hold_hashes_and_no_address(name: str, least: int) -> None:
    text = (ROOT / "requirements" / name).read_text("utf-8")
    assert "://" not in text
    assert "index-url" not in text
    pins = re.findall(r"^([a-z0-9._-]+)==", text, re.MULTILINE)
    blocks = re.split(r"^(?=[a-z0-9._-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(pins) == len(blocks) >= least
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_lock_holds_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = {re.split(r"[\[><=~!; ]", line)[0].lower() for line in project["project"]["dependencies"]}
    locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements" / "app.txt").read_text("utf-8"), re.MULTILINE))
    assert wanted <= locked
    assert "Private :: Do Not Upload" in project["project"]["classifiers"]


def test_every_declared_command_loads() -> None:
    points = entry_points(group="touchline.commands")
    assert {point.name for point in points} >= {"demo", "match", "import", "decode", "offside", "incident", "schema"}
    for point in points:
        assert callable(point.load()), point.name


def test_no_folder_of_data_is_a_package() -> None:
    assert not any((ROOT / name / "__init__.py").exists() for name in ("datasets", "notebooks", "benchmarks"))
