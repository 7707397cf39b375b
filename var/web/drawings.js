// Overlay drawings: lists of shapes in pixels of the source picture, (0, 0) being the centre of its first pixel.

const STYLES = {
  pitch: { colour: '#ffffff', width: 1.25 },
  attacker: { colour: '#ff6b35', width: 2.5 },
  defender: { colour: '#3aa0ff', width: 2.5 },
  band_attacker: { colour: '#ff6b35', width: 0, fill: 0.3 },
  band_defender: { colour: '#3aa0ff', width: 0, fill: 0.3 },
  mark: { colour: '#ffd60a', width: 2 },
  mark_bad: { colour: '#ff3b30', width: 2.5 },
  plumb: { colour: '#ffffff', width: 1.5, dash: [6, 4] },
  person: { colour: '#d0d0d0', width: 1.5 },
  proposal: { colour: '#ffd60a', width: 2.5, dash: [3, 3] },
  sure: { colour: '#ffffff', width: 0, fill: 0.34 },
  provisional: { colour: '#ffd60a', width: 1.5, dash: [3, 3] },
};
const ROLES = { attacker: STYLES.attacker.colour, defender: STYLES.defender.colour };

// `at([u, v])` gives canvas pixels, `unit` is one CSS pixel on that canvas.
export function draw(context, drawings, at, unit) {
  for (const drawing of drawings) {
    const style = STYLES[drawing.style] ?? STYLES.mark;
    const points = (drawing.px ?? []).map(at);
    if (!points.length) continue;
    context.save();
    context.strokeStyle = context.fillStyle = drawing.colour || (drawing.role && ROLES[drawing.role]) || style.colour;
    context.lineWidth = (style.width || 1) * unit;
    context.lineJoin = context.lineCap = 'round';
    context.setLineDash((style.dash ?? []).map((length) => length * unit));
    (SHAPES[drawing.shape] ?? SHAPES.polyline)(context, points, unit, style, drawing);
    context.restore();
  }
}

const SHAPES = {
  polyline(context, points, unit, style) {
    path(context, points);
    outlined(context, unit, style);
  },
  polygon(context, points, unit, style) {
    path(context, points);
    context.closePath();
    if (style.fill) {
      context.globalAlpha = style.fill;
      context.fill();
      context.globalAlpha = 1;
    }
    if (style.width) context.stroke();
  },
  dot(context, points, unit, style, drawing) {
    for (const [x, y] of points) {
      context.setLineDash([]);
      context.beginPath();
      context.arc(x, y, 4 * unit, 0, 2 * Math.PI);
      context.fill();
      context.lineWidth = 1.5 * unit;
      context.strokeStyle = '#000';
      context.stroke();
    }
    if (drawing.text) label(context, points[0], unit, drawing.text);
  },
  // The middle stays open: what is under the mark must be seen.
  cross(context, points, unit, style, drawing) {
    context.beginPath();
    for (const [x, y] of points) {
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        context.moveTo(x + 3 * unit * dx, y + 3 * unit * dy);
        context.lineTo(x + 10 * unit * dx, y + 10 * unit * dy);
      }
    }
    outlined(context, unit, style);
    if (drawing.text) label(context, points[0], unit, drawing.text);
  },
  label(context, points, unit, style, drawing) {
    label(context, points[0], unit, drawing.text ?? '');
  },
};

function path(context, points) {
  context.beginPath();
  points.forEach(([x, y], k) => (k ? context.lineTo(x, y) : context.moveTo(x, y)));
}

// A dark edge keeps a line readable on grass, on lines and on shirts alike.
function outlined(context, unit, style) {
  const { strokeStyle, lineWidth } = context;
  if (style.width >= 2) {
    context.strokeStyle = 'rgb(0 0 0 / 55%)';
    context.lineWidth = lineWidth + 2 * unit;
    context.stroke();
  }
  context.strokeStyle = strokeStyle;
  context.lineWidth = lineWidth;
  context.stroke();
}

function label(context, [x, y], unit, text) {
  context.font = `600 ${13 * unit}px system-ui, "Be Vietnam Pro", sans-serif`;
  context.textBaseline = 'middle';
  const width = context.measureText(text).width;
  // A name near the right edge moves into the picture; what it names must be in the picture itself.
  const edge = x <= context.canvas.width ? Math.max(5 * unit, context.canvas.width - width - 5 * unit) : Infinity;
  const left = Math.min(x + 9 * unit, edge);
  const middle = y - 13 * unit;
  const colour = context.fillStyle;
  context.fillStyle = 'rgb(0 0 0 / 72%)';
  context.fillRect(left - 4 * unit, middle - 9 * unit, width + 8 * unit, 18 * unit);
  context.fillStyle = colour;
  context.fillText(text, left, middle);
}
