// The look: dark, calm, high contrast; figures of equal width; every state has a shape or a word beside its colour.

export const CSS = `
.player { all: initial; display: block; container-type: inline-size; color: #e8edf2; background: #0b0f13;
  font: 14px/1.3 "Be Vietnam Pro", system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums lining-nums; border-radius: 6px; overflow: hidden; outline: none;
  -webkit-user-select: none; user-select: none; }
.player *, .player *::before { box-sizing: border-box; }
.player [hidden] { display: none !important; }
.player:fullscreen { border-radius: 0; }
.plain { padding: 48px 24px; text-align: center; }
.plain button { margin-top: 12px; }

.top { display: flex; align-items: center; gap: 4px 12px; padding: 4px 10px; min-height: 42px; white-space: nowrap; }
.clock { font-size: 27px; font-weight: 650; letter-spacing: .01em; color: #fff; }
.period { color: #b3c0cc; }
.nows { display: flex; flex-wrap: wrap; justify-content: flex-end; gap: 0 14px; }
.now { color: #dbe3ea; font-size: 16px; font-weight: 550; }
.badge { padding: 3px 8px; border: 2px solid #ffd60a; border-radius: 4px; color: #ffd60a; font-weight: 700; font-size: 13px;
  letter-spacing: .04em; background: repeating-linear-gradient(-45deg, #3a3200 0 6px, #2a2400 6px 12px); }
.live { min-height: 44px; padding: 0 14px; border: 2px solid #ffd60a; border-radius: 6px; background: #2a2400; color: #ffe169; font-weight: 700; font-size: 15px;
  white-space: nowrap; cursor: pointer; }
.leap { display: inline-flex; align-items: center; gap: 4px; min-height: 44px; min-width: 44px; padding: 0 12px; border: 1px solid #46555f; border-radius: 6px; background: #1a222a; color: #f0f4f7;
  font-weight: 700; font-size: 15px; white-space: nowrap; cursor: pointer; }
.leap:hover { background: #26333f; }
.leap svg { fill: currentColor; stroke-width: 1; width: 17px; height: 17px; }
.live:hover { background: #4a4000; }
.live[data-now=true] { border-color: #ff8a80; background: #4a0f0c; color: #ffd9d5; }
.message { flex: 1; min-width: 0; max-height: 36px; overflow: hidden; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; white-space: normal;
  text-align: center; text-wrap: balance; color: #b3c0cc; font-size: 13px; }
.message[data-topic=tool] { color: #ffe169; font-weight: 600; }
.message[data-topic=fault], .message[data-topic=lost] { color: #ffb3ab; font-weight: 600; }
.message[data-topic=ended] { color: #ffe169; font-weight: 600; }
.message[data-topic=sent] { color: #c5f2d1; font-weight: 600; }

.grid { position: relative; display: grid; gap: 4px; justify-content: center; align-content: center; background: #000;
  grid-template-columns: repeat(var(--columns), max-content); }
.grid[data-plan=below] { display: flex; flex-wrap: wrap; justify-content: center; }
.grid[data-plan=below] .large { order: -1; flex: 0 0 auto; margin: 0 calc((100cqw - 100%) / 2); }
.grid[data-plan=beside] { grid-template-columns: max-content max-content; }
.grid[data-plan=beside] .large { grid-column: 1; grid-row: 1 / span 8; align-self: center; }
.grid[data-plan=beside] .tile:not(.large) { grid-column: 2; }
.tile { position: relative; margin: 0; display: flex; align-items: center; justify-content: center; background: #000; overflow: hidden; }
.tile.active::after { content: ""; position: absolute; inset: 0; border: 2px solid #8fd0ff; pointer-events: none; }
.stage { position: relative; touch-action: pan-y; }
.tile.zoomed .stage { cursor: grab; touch-action: none; }
.tile.zoomed .stage:active { cursor: grabbing; }
.tile.aims .stage { cursor: crosshair; touch-action: none; }
.tile.dim .stage { opacity: .38; cursor: not-allowed; }
canvas { display: block; }
.picture, .ink { width: 100%; height: 100%; }
.ink { position: absolute; inset: 0; pointer-events: none; }

.name { position: absolute; left: 0; top: 0; max-width: 100%; display: flex; flex-wrap: wrap; align-items: baseline; align-content: center; gap: 0 9px; padding: 4px 9px 4px 6px;
  min-height: 30px; border: 0; border-radius: 0 0 6px 0; background: rgb(4 8 12 / 78%); color: #e8edf2; font: inherit; font-size: 13px;
  text-align: left; cursor: pointer; }
.name::before { content: ""; position: absolute; inset: 0 0 -14px 0; }
.name:hover { background: #14324a; }
.name b { font-weight: 650; }
.name .frame { font-weight: 650; color: #fff; }
.name .residual { color: #c4d0da; }
.name .source { color: #9df0b4; font-weight: 600; }
.name .note { color: #ffd27a; font-weight: 600; }
kbd { display: inline-block; min-width: 19px; padding: 0 5px; border: 1px solid #6d7d8b; border-radius: 4px; color: #d3dde5; font: inherit;
  font-size: 12px; text-align: center; }
.time, .scale { position: absolute; bottom: 0; padding: 2px 8px; background: rgb(4 8 12 / 72%); font-size: 13px; }
.time { pointer-events: none; }
.time { right: 0; border-radius: 6px 0 0 0; }
.scale { left: 0; min-height: 30px; border: 0; border-radius: 0 6px 0 0; color: #ffe169; font-weight: 650; cursor: zoom-out; }
.scale::before { content: ""; position: absolute; inset: -14px -8px 0 0; }
.scale:hover { background: #14324a; }
.small .name { font-size: 12px; gap: 0 6px; padding: 2px 6px 2px 3px; }
.small .time { font-size: 12px; }
.tiny .name { min-height: 22px; }
.tiny .name b, .tiny .time, .tiny .note { display: none; }
.tiny kbd { min-width: 15px; padding: 0 3px; font-size: 11px; }
.tiny .name .source { font-size: 10.5px; }
.card { position: absolute; inset: 0; display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 4px;
  padding: 34px 12px 8px; background: repeating-linear-gradient(-45deg, #12171c 0 10px, #0e1317 10px 20px); color: #cfd8e0;
  text-align: center; font-size: 15px; }
.card p { margin: 0; }
.card .what { color: #ffc2bb; font-weight: 650; }
.small .card { font-size: 12.5px; padding-top: 26px; }

button { font: inherit; color: inherit; }
.controls button, .card button, .plain button, .sheet button { display: inline-flex; align-items: center; justify-content: center; gap: 3px; min-width: 46px;
  height: 46px; padding: 0 8px; border: 1px solid #35424e; border-radius: 6px; background: #1a222a; color: #f0f4f7; cursor: pointer; font-weight: 600; }
.controls button:hover, .card button:hover, .sheet button:hover { background: #26333f; border-color: #55697b; }
.controls button:active { background: #31465a; }
.controls button:disabled { color: #6b7884; background: #12181d; border-color: #232c34; cursor: default; }
.controls button[aria-pressed=true] { background: #e8edf2; color: #0b0f13; border-color: #e8edf2; }
.controls .review button { background: #3a2f00; border-color: #8a7200; color: #ffe169; padding: 0 12px; gap: 7px; }
.controls .review button:hover { background: #574600; }
button:focus-visible, .track:focus-visible, .player:focus-visible { outline: 3px solid #8fd0ff; outline-offset: 2px; }
svg { width: 20px; height: 20px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; flex: none; }
[data-command=start] svg, [data-command=end] svg, [data-command^=back] svg, [data-command^=forward] svg, [data-command=play] svg { fill: currentColor; stroke-width: 1; }
[data-command=start] svg, [data-command=end] svg { stroke-width: 2; }
.controls { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 6px 10px; padding: 7px 8px 4px; }
.group { display: flex; gap: 4px; }
.group.move [data-command=play] { min-width: 68px; background: #11466b; border-color: #2f7fb5; }
.group.move [data-command=play][aria-pressed=true] { background: #8fd0ff; color: #06121b; }

.rail { position: relative; padding: 30px 14px 6px; }
.flags { position: absolute; left: 14px; right: 14px; top: 0; height: 30px; }
.flag { position: absolute; top: -6px; width: 44px; height: 44px; margin-left: -22px; padding: 6px 0 0; border: 0; background: none; color: #ffe169; font-size: 21px;
  line-height: 28px; cursor: pointer; }
.flag[data-kind=incident] { margin-left: -16px; }
.flag[data-kind=kick] { color: #9df0b4; }
.flag[data-kind=alarm] { color: #ff9d92; }
.flag[data-kind=decision] { color: #8fd0ff; }
.flag:hover { color: #fff; }
.track { position: relative; min-height: 44px; display: flex; align-items: center; cursor: ew-resize; touch-action: none; border-radius: 4px; background: #12181d; }
.bars { width: 100%; }
.head { position: absolute; top: 0; bottom: 0; width: 3px; margin-left: -1.5px; background: #fff; box-shadow: 0 0 0 1px #000; pointer-events: none; }
.head::before { content: ""; position: absolute; left: -6px; top: -5px; border: 7.5px solid transparent; border-top: 10px solid #fff; border-bottom: 0; }

.loupe { position: absolute; left: 0; top: 0; width: 152px; height: 152px; border-radius: 50%; border: 2px solid #ffd60a; box-shadow: 0 0 0 2px #000, 0 4px 16px #000;
  pointer-events: none; z-index: 3; }
.loupe[data-source=false] { border-style: dashed; }
.help { position: absolute; inset: 0; z-index: 4; display: flex; align-items: center; justify-content: center; background: rgb(0 0 0 / 70%); }
.sheet { display: grid; grid-template-columns: repeat(3, max-content); gap: 4px 28px; max-width: 96%; max-height: 96%; overflow: auto; padding: 14px 20px; border-radius: 8px; background: #141b21;
  border: 1px solid #46555f; }
.sheet h2 { grid-column: 1 / -1; margin: 0; font-size: 17px; }
.sheet h3 { margin: 4px 0; font-size: 13px; color: #9fb0be; }
.sheet dl { display: grid; grid-template-columns: max-content max-content; gap: 4px 10px; margin: 0; align-items: baseline; }
.sheet dt { display: flex; gap: 4px; justify-content: flex-end; }
.sheet dd { margin: 0; }
.sheet p { grid-column: 1 / span 2; margin: 6px 0 0; max-width: 560px; color: #b3c0cc; font-size: 13px; }
.sheet .shut { align-self: end; justify-self: end; }

@container (max-width: 1330px) { /* the buttons in one row: a second one would be taken from the pictures */
  .controls { gap: 6px; padding: 6px 6px 3px; }
  .controls button { min-width: 44px; height: 44px; padding: 0 5px; }
  .controls .review button { padding: 0 4px; }
  .controls .review svg { display: none; }
  .controls span { font-size: 12.5px; letter-spacing: -.01em; }
  .controls .move svg { width: 17px; height: 17px; }
  .controls [data-command=zoom_reset] { display: none; } /* the magnification on the picture resets it */
  .group { gap: 3px; }
  .group.move [data-command=play] { min-width: 52px; }
}
@container (max-width: 980px) {
  .nows { flex-direction: column; align-items: flex-end; }
  .now { font-size: 14px; }
}
@container (max-width: 620px) {
  .top { flex-wrap: wrap; padding: 4px 8px; }
  .message { flex: 1 0 100%; order: 9; text-align: left; white-space: normal; }
  .message { min-height: 18px; }
  .clock { font-size: 24px; }
  .nows { flex-direction: row; }
  .time { display: none; }
  .large .time { display: block; }
  .controls { justify-content: center; }
  .controls .review { flex: 1; }
  .controls .review svg { display: block; width: 15px; height: 15px; }
  .controls .review button { flex: 1 1 auto; flex-direction: column; gap: 1px; padding: 2px 5px; }
  .controls .review span { font-size: 11.5px; line-height: 1.1; }
  .group.move { width: 100%; }
  .group.move button { flex: 1; min-width: 44px; }
  .group.speeds { width: 100%; }
  .group.speeds button { flex: 1; }
  .sheet { grid-template-columns: 1fr; align-content: start; }
  .sheet p { grid-column: 1; }
}
@media (prefers-reduced-motion: no-preference) {
  .controls button { transition: background-color .12s; }
}
`;
