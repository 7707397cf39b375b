"""Builds model files of a package's members: the same bytes on every machine.

MediaPipe's Tasks want to read from the model how its picture is scaled; the files in the npm packages do not say it,
because there the graph did. The numbers here are those of that graph (``output_tensor_float_range`` in MediaPipe's
``pose_detection_cpu.pbtxt`` and ``pose_landmark_by_roi_cpu.pbtxt``): -1 to 1 for the detector, 0 to 1 for
the landmarks.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Sequence

from touchline.models.flatbuffer import ALIGNMENT, Floats, Old, Reader, Scalar, Table, write

VERSION, BUFFERS, METADATA, LAST_FIELD = 0, 4, 6, 9
"""Fields of the table ``Model`` in TFLite's schema, version 3."""
SUBGRAPHS, OUTPUTS = 2, 2
IMAGE, NORMALIZATION, RGB = 2, 1, 1
"""Kinds of content, of processing and of colour in TFLite's metadata schema (``metadata_schema.fbs``, ``M001``)."""


def picture_metadata(name: str, outputs: int, mean: float, std: float) -> bytes:
    """TFLite metadata of a model that takes one RGB picture as ``(value - mean) / std``, values from 0 to 255."""
    limits = {0: Floats(((255 - mean) / std,)), 1: Floats((-mean / std,))}
    picture = Table(
        {
            0: "image",
            3: Table({0: Scalar("B", IMAGE), 1: Table({0: Scalar("B", RGB)})}),
            4: [Table({0: Scalar("B", NORMALIZATION), 1: Table({0: Floats((mean,)), 1: Floats((std,))})})],
            5: Table(dict(limits)),
        }
    )
    results = [Table({0: f"output_{index}"}) for index in range(outputs)]
    return write(Table({0: name, 3: [Table({2: [picture], 3: results})], 5: "Apache-2.0", 7: "1.0.0"}), "M001")


def with_metadata(model: bytes, name: str, mean: float, std: float) -> bytes:
    """The TFLite ``model`` with metadata. Raises ``ValueError`` where it is no such model or has metadata already."""
    old = Reader(model, "TFL3")
    if old.size(old.root) > LAST_FIELD + 1:
        raise ValueError("a newer schema of TFLite than is known here")
    known = old.vector(old.root, METADATA)
    if any(old.text(entry, 0) == "TFLITE_METADATA" for entry in known):
        raise ValueError("there is metadata already")
    (graph,) = old.vector(old.root, SUBGRAPHS)
    outputs = old.follow(graph, OUTPUTS)
    buffers = old.vector(old.root, BUFFERS)
    version = old.field(old.root, VERSION)
    if outputs is None or version is None:
        raise ValueError("a model without outputs or version")
    metadata = picture_metadata(name, old.number(outputs), mean, std)
    fields: dict[int, Scalar | Old | list[Old | Table]] = {VERSION: Scalar("I", old.number(version))}
    for field in range(1, LAST_FIELD + 1):
        place = old.follow(old.root, field)
        if place is not None:
            fields[field] = Old(place)
    fields[BUFFERS] = [*map(Old, buffers), Table({0: metadata})]
    fields[METADATA] = [*map(Old, known), Table({0: "TFLITE_METADATA", 1: Scalar("I", len(buffers))})]
    return write(Table(dict(fields)), "TFL3", before=model)


def bundle(files: dict[str, bytes]) -> bytes:
    """A ``.task`` file: a zip without compression whose members stand at multiples of 16 bytes, to be mapped."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # else it names the machine that it was made on
            entry.external_attr = 0o100644 << 16
            used = out.tell() + 30 + len(name) + 4  # the local header, the name, the head of the extra field
            entry.extra = struct.pack("<HH", 0xD935, -used % ALIGNMENT) + bytes(-used % ALIGNMENT)
            archive.writestr(entry, data)
    return out.getvalue()


def copy(members: Sequence[bytes]) -> bytes:
    """The one member as it is."""
    (data,) = members
    return data


def pose(members: Sequence[bytes]) -> bytes:
    """A bundle for MediaPipe's ``PoseLandmarker`` of the detector and of one of the landmark models."""
    detector, landmarks = members
    return bundle(
        {
            "pose_detector.tflite": with_metadata(detector, "pose_detector", mean=127.5, std=127.5),
            "pose_landmarks_detector.tflite": with_metadata(landmarks, "pose_landmarks", mean=0.0, std=255.0),
        }
    )


BUILDERS: dict[str, Callable[[Sequence[bytes]], bytes]] = {"copy": copy, "pose": pose}
