// The player on the same page: what it has painted, and how it is moved to a very frame.

// The registry of players is the page's (var/web/player.js); nothing is asked of the server.
export function playerOf(pid) {
  const player = window.__touchlinePlayers?.get(pid);
  return player?.lockstep?.shown >= 0 && player.timeline ? player : null;
}

// What is painted for a camera: { frame, s } with the frame's own instant; frame null where the camera is not on the
// screen (then the instant of the screen counts); null where that camera has no picture now.
export function painted(player, camera) {
  const tile = camera && player.tiles.find(({ clip }) => clip.camera === camera);
  if (!tile) return { frame: null, s: player.timeline.t[player.lockstep.shown] };
  return tile.painted.kind === 'picture' ? { frame: tile.painted.frame, s: tile.times.seconds } : null;
}

// A short name for what the screen shows: another one means that something is to be drawn.
export function shownNow(player) {
  return `${player.lockstep.shown} ${player.tiles.map(({ painted: { kind, frame } }) => `${kind}${frame}`).join(' ')}`;
}

const AROUND = 12; // steps in which a camera that is slower or faster than the time line may show a frame

// Moves the player to a sample of a curve: to the step that shows its very frame, else to the nearest instant.
export function seekTo(player, camera, curve, k) {
  const { timeline } = player;
  const near = timeline.stepAt(curve.t[k]);
  const c = player.match.clips.findIndex((clip) => clip.camera === camera);
  let best = near;
  if (c >= 0) {
    const steps = [];
    for (let n = Math.max(0, near - AROUND); n <= Math.min(timeline.length - 1, near + AROUND); n++) if (timeline.frameOf(c, n) === curve.frame[k]) steps.push(n);
    best = steps.sort((a, b) => Math.abs(a - near) - Math.abs(b - near))[0] ?? near;
  }
  player.lockstep.seek(best);
}
