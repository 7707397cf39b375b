// The look of the curves: the page's own colours, light or dark; figures of equal width.

export const CSS = `
.curves { all: initial; display: block; position: relative; color: var(--ink); background: var(--ground); outline: none;
  font: 14px/1.3 "Be Vietnam Pro", "Source Sans", system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; font-variant-numeric: tabular-nums lining-nums; }
.curves *, .curves *::before { box-sizing: border-box; }
.curves [hidden] { display: none !important; }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 6px; padding: 4px 0 6px; }
.bar button, .choice button { min-height: 44px; min-width: 44px; padding: 0 10px; border: 1px solid var(--line); border-radius: 8px; background: var(--ground); color: inherit; font: inherit; font-weight: 600; cursor: pointer; }
.bar button:hover:not(:disabled), .choice button:hover { border-color: var(--ink); }
.bar button:disabled { opacity: .45; cursor: default; }
.choice button[aria-pressed=true] { background: var(--ink); color: var(--ground); border-color: var(--ink); }
.bar button:focus-visible, .choice button:focus-visible, .rows:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.bar .chooser::after { content: " \\25be"; }
.bar .chooser[aria-expanded=true]::after { content: " \\25b4"; }
.choice { display: flex; flex-wrap: wrap; gap: 6px; padding: 0 0 8px; }
.choice button::before { content: ""; display: inline-block; width: 10px; height: 10px; margin-right: 6px; border-radius: 50%; background: var(--dot); vertical-align: baseline; }
.steps { display: flex; gap: 6px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 18px; padding: 0 0 4px; color: var(--soft); }
.legend span::before { content: ""; display: inline-block; width: 26px; height: 0; margin-right: 6px; border-top: 3px solid var(--ink); vertical-align: middle; }
.legend .other::before { border-top-style: dashed; border-color: var(--other); }
.legend .template::before { border-top: 10px solid var(--template); opacity: .35; }
.moment { flex: 1 1 200px; display: flex; flex-wrap: wrap; gap: 0 14px; min-height: 20px; padding: 0 6px; font-weight: 600; }
.moment .near { font-weight: 400; color: var(--soft); }
.rows { position: relative; cursor: crosshair; touch-action: pan-y; border-radius: 4px; outline: none; -webkit-user-select: none; user-select: none; }
.rows canvas { display: block; width: 100%; }
.row { position: relative; border-top: 1px solid var(--line); }
.title { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 12px; padding: 3px 8px 0 0; pointer-events: none; }
.title b { font-weight: 650; }
.title .now { font-weight: 650; font-size: 16px; }
.title .error, .title .apart { color: var(--soft); }
.title .second { color: var(--other); font-weight: 600; }
.title .of_template { color: var(--template); }
.cursor { position: absolute; top: 0; bottom: 0; left: 0; width: 2px; margin-left: -1px; background: var(--cursor); pointer-events: none; }
.spot { position: absolute; left: 0; top: 0; width: 9px; height: 9px; margin: -4.5px 0 0 -4.5px; border-radius: 50%; background: var(--cursor); border: 2px solid var(--ground); pointer-events: none; }
.say { padding: 14px 0; color: var(--soft); }
.say button { margin-left: 10px; min-height: 44px; padding: 0 14px; border: 1px solid var(--line); border-radius: 8px; background: var(--ground); color: inherit; font: inherit; cursor: pointer; }
`;

// Left and right are an orange and a blue as over the pictures, dark enough or light enough for the page's ground.
export const COLOURS = {
  light: { left: '#b35900', right: '#0b6fb8', middle: '#1d2733', other: '#8e1f9c', template: '#2b7a3d', event: '#5b6776', cursor: '#c01f2e', line: '#cfd6de', soft: '#4c5866', grid: '#e4e8ed', focus: '#1b5e9e' },
  dark: { left: '#ffab2e', right: '#5cc0ff', middle: '#e8edf2', other: '#ff9be6', template: '#7ee29a', event: '#9fb0be', cursor: '#ff6b6b', line: '#3a4752', soft: '#b3c0cc', grid: '#26303a', focus: '#8fd0ff' },
};
