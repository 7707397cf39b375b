// Which point or line of the pitch map a tap means. Pure: features in metres, distances in CSS pixels.

export const REACH_PX = 22;   // a target of 44 px across, which a glove hits
export const MOST = 4;        // more names than this do not help to choose

// A point always lies on a line, so it wins where both are near: by this much, or by a quarter of a short line, whose
// middle stays its own. A point farther away than twice as much wins nothing.
const AHEAD_PX = 7;

function toPiece([x, y], [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const length2 = dx * dx + dy * dy;
  const share = length2 ? Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length2)) : 0;
  return Math.hypot(x - ax - share * dx, y - ay - share * dy);
}

// The distance of `place` from a point or from a polyline, in the units of both.
export function distance(place, path) {
  if (path.length === 1) return Math.hypot(place[0] - path[0][0], place[1] - path[0][1]);
  let least = Infinity;
  for (let k = 1; k < path.length; k += 1) least = Math.min(least, toPiece(place, path[k - 1], path[k]));
  return least;
}

// The features within reach of `place`, the one that is meant first; `scale` is CSS pixels a metre.
export function near(features, place, scale) {
  return features
    .map((feature) => ({ feature, px: distance(place, feature.px) * scale }))
    .filter(({ px }) => px <= REACH_PX)
    .map((one) => ({ ...one, rank: one.px + behind(one, scale) }))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MOST)
    .map(({ feature }) => feature);
}

function behind({ feature, px }, scale) {
  const path = feature.px;
  if (path.length === 1) return Math.min(AHEAD_PX, Math.max(0, px - AHEAD_PX));
  let length = 0;
  for (let k = 1; k < path.length; k += 1) length += Math.hypot(path[k][0] - path[k - 1][0], path[k][1] - path[k - 1][1]);
  return Math.min(AHEAD_PX, (length * scale) / 4);
}
