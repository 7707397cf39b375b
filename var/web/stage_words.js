// Writes a scene's words over it: plates at places, the head, the caution, the mark of simulated pictures.

const PLATES = {
  attacker: ['#ff6b35', '#1a0d07'], defender: ['#104a8c', '#ffffff'], margin: ['#ffd60a', '#1d1800'],
  plain: ['rgba(14,18,22,.67)', '#e9eef2'], head: ['rgba(14,18,22,.85)', '#ffffff'], alarm: ['#b3261e', '#ffffff'],
};
const FONT = "system-ui, 'Be Vietnam Pro', sans-serif";

function plate(ctx, x, y, text, size, style, across, down, most = Infinity) {
  const set = () => { ctx.font = `700 ${size}px ${FONT}`; };
  set();
  let wide = ctx.measureText(text).width + size * 0.8;
  if (wide > most) { size *= most / wide; set(); wide = ctx.measureText(text).width + size * 0.8; }
  const high = size * 1.45, left = x - across * wide, top = y - down * high;
  ctx.fillStyle = PLATES[style][0];
  ctx.beginPath();
  ctx.roundRect(left, top, wide, high, size * 0.28);
  ctx.fill();
  ctx.fillStyle = PLATES[style][1];
  ctx.textBaseline = 'middle';
  ctx.fillText(text, left + size * 0.4, top + high * 0.53);
  return high;
}

// `place` gives the pixel and the distance of a place of the pitch frame, or null behind the eye.
export function write(ctx, width, height, words, place) {
  ctx.clearRect(0, 0, width, height);
  const unit = Math.max(0.62 * (devicePixelRatio || 1), Math.min(height, width) / 720), edge = 12 * unit;
  const seen = words.labels.map((label) => ({ ...label, ...place(label.at_m) })).filter((label) => label.px);
  seen.sort((a, b) => (a.style === 'margin') - (b.style === 'margin') || b.away - a.away);
  for (const { text, style, px: [x, y] } of seen) {
    if (x < 0 || y < 0 || x > width || y > height) continue;
    if (style === 'margin') { // beside its bar, where there is room
      ctx.font = `700 ${26 * unit}px ${FONT}`;
      const wide = ctx.measureText(text).width + 26 * unit, right = x + 24 * unit + wide < width;
      if (right) plate(ctx, x + 24 * unit, y - 8 * unit, text, 26 * unit, style, 0, 0.5);
      else plate(ctx, Math.max(edge, Math.min(x - wide / 2, width - wide - edge)), y + 14 * unit, text, 26 * unit, style, 0, 0);
    }
    else plate(ctx, x, y, text, (style === 'plain' ? 18 : 30) * unit, style, 0.5, 0.5);
  }
  const upright = width < 1.6 * height;
  const head = [words.outcome, words.margin].filter(Boolean).join('  ');
  const high = plate(ctx, edge, edge, head, 28 * unit, 'head', 0, 0, width * (words.simulated && !upright ? 0.72 : 1) - 2 * edge);
  plate(ctx, edge, height - edge, words.illustration, 20 * unit, 'head', 0, 1, width - 2 * edge);
  if (words.simulated) plate(ctx, width - edge, upright ? edge * 1.6 + high : edge, words.simulated, 26 * unit, 'alarm', 1, 0);
}
