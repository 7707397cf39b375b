"""The notebook of a training session runs from top to bottom, on the simulated session alone."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "training_session.ipynb"


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_the_notebook_runs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code), "outputs are not committed"
    NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(NOTEBOOK.parents[1])}}
    ).execute()
    printed = "".join(output.get("text", "") for cell in code for output in cell.outputs)
    assert "Karvonen" in printed
    assert "không có nhịp tim" in printed
    chart = code[-1].outputs[-1]["data"]
    spec = next(value for kind, value in chart.items() if "vegalite" in kind)
    assert len(spec["vconcat"]) == 3
    assert "text/html" not in chart  # Altair's page would fetch its scripts from a network
