// Opening a match: its description, its time line and its cameras, all of one layout.
import { Camera } from './camera.js';
import { ask, body } from './net.js';
import { Timeline } from './timeline.js';

const MEMORY_BYTES = 260e6; // decoded pictures of all cameras; the browser takes nearly twice as much for them
const ATTEMPTS = 3; // the layout may change between two requests

export function addressOf(base, match) {
  return `${base ?? ''}/var/${encodeURIComponent(match)}`;
}

export async function describe(root) {
  return body(await ask(`${root}/match.json`), 'json');
}

// The steps of a layout from one on, as `timeline.bin` gives them.
export async function steps(root, version, from = 0) {
  return body(await ask(`${root}/timeline.bin?version=${encodeURIComponent(version)}&from=${from}`), 'arrayBuffer');
}

// { match, timeline, cameras }. Raises PictureError, or an error with the code 'empty' where there is nothing to show, or
// one with `soon` where the first pictures of a recording have still to come.
export async function openMatch(root) {
  for (let attempt = 1; ; attempt++) {
    const match = await describe(root);
    if (!match.clips.length || (!match.steps && !match.live)) throw Object.assign(new Error('no clips'), { code: 'empty' });
    const timeline = new Timeline(match.clips.length);
    const cameras = match.clips.map((clip) => new Camera(clip, root, MEMORY_BYTES / match.clips.length));
    try {
      const opened = Promise.all(cameras.map((camera) => camera.open()));
      timeline.take(await steps(root, match.version));
      await opened;
      if (!timeline.length) throw Object.assign(new Error('no steps yet'), { soon: true });
      return { match, timeline, cameras };
    } catch (error) {
      for (const camera of cameras) camera.close();
      if (error.code !== 'changed' || attempt === ATTEMPTS) throw error;
    }
  }
}
