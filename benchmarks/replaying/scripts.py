"""What runs inside the page: the player and plain ``<video>`` elements put to the same tasks."""

from __future__ import annotations

from barcoded import READ_BARS_JS

_WAIT = "await new Promise((resolve) => setTimeout(resolve, 30));"

SEEK_PLAYER = f"""
async (steps) => {{
  const {{lockstep}} = window.__touchline.player, spent = [];
  for (const n of steps) {{
    const began = performance.now();
    await lockstep.seek(n);
    spent.push(performance.now() - began);
    {_WAIT}
  }}
  return spent;
}}
"""

VIDEOS = """
  const {match, timeline} = window.__touchline.player;
  const at = (c, frame) => (frame + 0.5) / 50; // the middle of the frame, as <video> must be asked for
  const videos = await Promise.all(match.clips.map(async (clip) => {
    const video = document.createElement('video');
    Object.assign(video, {muted: true, preload: 'auto', src: `/var/${match.id}/${clip.camera}/media/1.mp4`});
    video.style.cssText = 'position:fixed;left:0;top:0;width:400px;z-index:99';
    document.body.append(video);
    await new Promise((resolve, reject) => {
      video.onloadeddata = resolve;
      video.onerror = () => reject(video.error);
    });
    return video;
  }));
  const leave = () => { for (const video of videos) { video.removeAttribute('src'); video.load(); video.remove(); } };
"""
"""Four elements on the very proxies that the player decodes; all angles have 50 frames a second."""

SEEK_VIDEO = f"""
async (steps) => {{
  {VIDEOS}
  const spent = [], shown = videos.map(() => -1);
  for (const n of steps) {{
    const began = performance.now();
    await Promise.all(videos.map((video, c) => new Promise((resolve) => {{
      const frame = timeline.frameOf(c, n);
      if (frame === shown[c]) return resolve();
      shown[c] = frame;
      const limit = setTimeout(resolve, 3000);
      video.requestVideoFrameCallback(() => {{ clearTimeout(limit); resolve(); }});
      video.currentTime = at(c, frame);
    }})));
    spent.push(performance.now() - began);
    {_WAIT}
  }}
  leave();
  return spent;
}}
"""

SCRUB_PLAYER = """
async (steps) => {
  const {lockstep} = window.__touchline.player, seen = new Set();
  const began = performance.now();
  let last;
  for (const n of steps) {
    last = lockstep.seek(n);
    await new Promise((resolve) => setTimeout(resolve, 16));
    seen.add(lockstep.shown);
  }
  const ended = performance.now();
  await last;
  return {pictures: seen.size / ((ended - began) / 1000), settle_ms: performance.now() - ended};
}
"""

SCRUB_VIDEO = f"""
async (steps) => {{
  {VIDEOS}
  const counts = videos.map(() => 0);
  videos.forEach((video, c) => {{
    const count = () => {{ counts[c] += 1; video.requestVideoFrameCallback(count); }};
    video.requestVideoFrameCallback(count);
  }});
  const began = performance.now();
  for (const n of steps) {{
    videos.forEach((video, c) => {{ video.currentTime = at(c, timeline.frameOf(c, n)); }});
    await new Promise((resolve) => setTimeout(resolve, 16));
  }}
  const ended = performance.now(), pictures = Math.min(...counts) / ((ended - began) / 1000);
  while (videos.some((video) => video.seeking)) await new Promise((resolve) => setTimeout(resolve, 4));
  const settle_ms = performance.now() - ended;
  leave();
  return {{pictures, settle_ms}};
}}
"""

PLAY_PLAYER = f"""
async ([from, seconds]) => {{
  const {{lockstep, tiles, timeline}} = window.__touchline.player, read = {READ_BARS_JS};
  await lockstep.seek(from);
  lockstep.speed = 1;
  await new Promise((resolve) => setTimeout(resolve, 300));
  const began = performance.now(), first = timeline.t[lockstep.shown];
  let wrong = 0, samples = 0, before = -1, painted = 0, media = 0;
  lockstep.play(1);
  while (performance.now() - began < seconds * 1000) {{
    await new Promise((resolve) => requestAnimationFrame(resolve));
    if (lockstep.shown === before) continue;
    before = lockstep.shown;
    painted += 1;
    if (painted % 5) continue; // reading back costs time of its own
    samples += 1;
    wrong += tiles.some((tile, c) => read(tile.picture)?.[1] !== timeline.frameOf(c, before));
  }}
  const passed = (performance.now() - began) / 1000;
  media = timeline.t[lockstep.shown] - first;
  lockstep.pause();
  return {{samples, skewed: wrong, speed: media / passed, steps: painted / passed}};
}}
"""

PLAY_VIDEO = f"""
async ([from, seconds]) => {{
  {VIDEOS}
  const shown = videos.map(() => null), counts = videos.map(() => 0), skews = [];
  await Promise.all(videos.map((video, c) => new Promise((resolve) => {{
    video.onseeked = resolve;
    video.currentTime = at(c, timeline.frameOf(c, from));
  }})));
  videos.forEach((video, c) => {{
    const note = (_, {{mediaTime}}) => {{
      shown[c] = mediaTime;
      counts[c] += 1;
      video.requestVideoFrameCallback(note);
    }};
    video.requestVideoFrameCallback(note);
  }});
  const starts = videos.map((video) => video.currentTime), began = performance.now();
  for (const video of videos) video.play();
  while (performance.now() - began < seconds * 1000) {{
    await new Promise((resolve) => requestAnimationFrame(resolve));
    if (shown.some((time) => time === null)) continue;
    const off = shown.map((time, c) => time - starts[c]);
    skews.push((Math.max(...off) - Math.min(...off)) * 1000);
  }}
  const passed = (performance.now() - began) / 1000;
  const media = Math.min(...videos.map((video, c) => video.currentTime - starts[c]));
  leave();
  const bad = skews.filter((ms) => ms > 10.5).length; // more than half a frame apart
  skews.sort((a, b) => a - b);
  return {{
    samples: skews.length, skewed: bad, p95_ms: skews[Math.floor(skews.length * 0.95)], max_ms: skews.at(-1),
    speed: media / passed, steps: Math.min(...counts) / passed,
  }};
}}
"""

OPEN_PLAYER = """
async (match) => {
  const {Review} = await import(`/var/ui/review.js?v=${Date.now()}`); // loaded anew, as on a first visit
  const old = window.__touchline.player;
  const began = performance.now();
  const player = new Review({...old.data, match, seek: null}, () => false);
  document.body.append(player.root);
  await player.ready;
  const opened = performance.now();
  while (!(player.lockstep?.shown >= 0)) await new Promise((resolve) => setTimeout(resolve, 2));
  const painted = performance.now();
  const kinds = player.tiles.map((tile) => tile.painted.kind);
  player.close();
  return {opened_ms: opened - began, first_picture_ms: painted - began, kinds};
}
"""

OPEN_VIDEO = """
async ([match, cameras]) => {
  const began = performance.now();
  const videos = await Promise.all(cameras.map(async (camera) => {
    const video = document.createElement('video');
    Object.assign(video, {muted: true, preload: 'auto', src: `/var/${match}/${camera}/media/0.mp4`});
    video.style.cssText = 'position:fixed;left:0;top:0;width:400px;z-index:99';
    document.body.append(video);
    await new Promise((resolve, reject) => {
      video.onloadeddata = resolve;
      video.onerror = () => reject(video.error);
    });
    return video;
  }));
  const first_picture_ms = performance.now() - began;
  for (const video of videos) { video.removeAttribute('src'); video.load(); video.remove(); }
  return {first_picture_ms};
}
"""

AWAIT_OVERLAY = """
(camera) => {
  const {player} = window.__touchline, tile = player.tiles.find((one) => one.clip.camera === camera);
  const frame = String(tile.painted.frame), drawings = () => (player.data.overlays[camera]?.[frame] ?? []).length;
  const before = drawings(), marks = tile.marks.length;
  window.answered = new Promise((resolve) => {
    window.addEventListener('pointerup', () => {
      const began = performance.now();
      let provisional_ms = null;
      const look = () => {
        const passed = performance.now() - began;
        if (provisional_ms === null && tile.marks.length > marks) provisional_ms = passed;
        if (drawings() > before) resolve({provisional_ms, overlay_ms: passed});
        else if (passed > 5000) resolve(null);
        else setTimeout(look, 2);
      };
      look();
    }, {capture: true, once: true});
  });
}
"""
"""From a click to the browser's own mark and to Python's drawing on that frame, through the page's round trip."""
