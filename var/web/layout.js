// Where the tiles go: the grid with the largest pictures, or one large angle with the others as a strip.

const GAP = 4;
export const SHAPE = 16 / 9;
const STRIP_WIDTH = 168;

// Boxes [{ w, h }] for `count` tiles and the number of columns.
export function grid(width, height, count, shape = SHAPE) {
  let best = null;
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const w = Math.floor(Math.min((width - GAP * (columns - 1)) / columns, ((height - GAP * (rows - 1)) / rows) * shape));
    if (!best || w >= best.w) best = { w, columns, rows };
  }
  const h = Math.floor(best.w / shape);
  return { ...best, h, height: h * best.rows + GAP * (best.rows - 1) };
}

// The large box and the strip's boxes; the strip goes below or to the right, wherever the large picture gains.
export function enlarged(width, height, others, shape = SHAPE) {
  if (!others) return { main: fit(width, height, shape), strip: { w: 0, h: 0 }, side: 'below' };
  const strip = STRIP_WIDTH * Math.min(1, shape / SHAPE);
  const below = Math.min(Math.floor(strip), Math.floor((width - GAP * (others - 1)) / others));
  const belowH = Math.floor(below / shape);
  const mainBelow = fit(width, height - belowH - GAP, shape);
  const beside = Math.min(Math.floor(strip), Math.floor(((height - GAP * (others - 1)) / others) * shape));
  const mainBeside = fit(width - beside - GAP, height, shape);
  if (mainBeside.w > mainBelow.w) return { main: mainBeside, strip: { w: beside, h: Math.floor(beside / shape) }, side: 'beside' };
  return { main: mainBelow, strip: { w: below, h: belowH }, side: 'below' };
}

function fit(width, height, shape) {
  const w = Math.max(1, Math.floor(Math.min(width, height * shape)));
  return { w, h: Math.floor(w / shape) };
}
