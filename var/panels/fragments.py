"""Mends of Streamlit where parts of a page (fragments) run by themselves: what is drawn anew keeps nothing of what
stood there before, a part of a page that was left does not empty the one that is open, and a part that runs several
times a second does not sweep the memory each time."""

from __future__ import annotations

import gc
from dataclasses import replace
from types import SimpleNamespace

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.fragment import FragmentStorage
from streamlit.runtime.scriptrunner import ScriptRunner, get_script_run_ctx, script_runner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

_MENDED = "touchline_mended"


def mend_fragments() -> None:
    """Mend what Streamlit 1.67 does with parts that run again each second, once a process."""
    _keep_ends()
    _stay_on_page()
    _sweep_after_pages()


def _keep_ends() -> None:
    """Let the end of a fragment's run reach the browser although another fragment has begun to run meanwhile.

    Streamlit turns an end that still waits to be sent into "stopped early" as soon as the next run begins, also where
    that run draws another fragment. The browser then never takes away what the finished run no longer draws: beside a
    line that runs again each second, old errors and verdicts stay on the page next to the new ones.
    """
    shipped = ForwardMsgQueue.clear
    if hasattr(shipped, _MENDED):
        return
    finished = ForwardMsg.ScriptFinishedStatus.FINISHED_FRAGMENT_RUN_SUCCESSFULLY

    def clear(
        queue: ForwardMsgQueue, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None
    ) -> None:
        """As shipped; ends of runs whose fragments are not drawn now stay what they are."""
        ends = [
            msg
            for msg in queue._queue
            if fragment_ids_this_run is not None
            and msg.WhichOneof("type") == "script_finished"
            and msg.script_finished == finished
            and set(msg.metadata.run.fragment_ids).isdisjoint(fragment_ids_this_run)
        ]
        shipped(queue, retain_lifecycle_msgs, fragment_ids_this_run)
        for msg in ends:
            msg.script_finished = finished

    setattr(clear, _MENDED, True)
    ForwardMsgQueue.clear = clear  # type: ignore[method-assign,assignment]


def _stay_on_page() -> None:
    """Let no fragment run as part of a page that is no longer open.

    A run that was asked for while the page changed waits, and then begins with the page it was asked from. The browser
    takes that for a change of page, throws away what the new page has drawn, and stays empty.
    """
    shipped = ScriptRunner._run_script
    if hasattr(shipped, _MENDED):
        return

    def run_script(runner: ScriptRunner, rerun_data: RerunData) -> None:
        """As shipped, on the page that is open; nothing where the fragment is not on it."""
        here = runner._pages_manager.current_page_script_hash
        fitting = on_this_page(rerun_data, here, runner._fragment_storage)
        if fitting is not None:
            shipped(runner, fitting)

    setattr(run_script, _MENDED, True)
    ScriptRunner._run_script = run_script  # type: ignore[method-assign,assignment]


def _sweep_after_pages() -> None:
    """Let the memory be swept by force after runs of whole pages alone.

    Streamlit sweeps after every run, a part's too. Over all that the app has loaded that takes some 60 ms, in which no
    other page is served: a part that runs twice a second kept a seventh of a processor busy with it. Python's own
    sweeping goes on as ever.
    """
    if hasattr(vars(script_runner)["gc"], _MENDED):
        return

    def collect(generation: int = 2) -> int:
        """As shipped; nothing where a part of a page has run."""
        context = get_script_run_ctx(suppress_warning=True)
        return 0 if context is not None and context.fragment_ids_this_run else gc.collect(generation)

    vars(script_runner)["gc"] = SimpleNamespace(collect=collect, **{_MENDED: True})


def on_this_page(asked: RerunData, here: str, storage: FragmentStorage) -> RerunData | None:
    """``asked`` as it can run on the page ``here`` (its hash; empty before the first run): a run of fragments that was
    asked from another page keeps those which are on this one too. None where there are none."""
    if not asked.fragment_id_queue or not here or asked.page_script_hash == here:
        return asked
    there = [fragment for fragment in asked.fragment_id_queue if storage.contains(fragment)]
    return replace(asked, fragment_id_queue=there, page_script_hash=here) if there else None
