// The wall's look: light, plain, nothing moves. A zone is a colour, a number and the height of a bar; whatever is no
// present rate stands on a hatched ground and has a word.

export const CSS = `
.wall { all: initial; display: flex; flex-direction: column; gap: 6px; color: #1d2733; background: #fff; position: relative;
  font: 15px/1.3 "Be Vietnam Pro", "Source Sans", system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums lining-nums; outline: none; }
.wall *, .wall *::before { box-sizing: border-box; }
.wall [hidden] { display: none !important; }
.wall:fullscreen { padding: 10px 14px; overflow: auto; }
.wall button, .wall select, .wall input { font: inherit; color: inherit; }
.wall button { min-height: 44px; min-width: 44px; padding: 0 12px; border: 1px solid #aeb8c4; border-radius: 8px; background: #fff;
  font-weight: 600; cursor: pointer; white-space: nowrap; }
.wall button:hover:not(:disabled) { background: #eef3f8; }
.wall button:focus-visible, .wall .tile:focus-visible { outline: 3px solid #1b5e9e; outline-offset: 1px; }
.wall button:disabled { color: #7a8592; background: #f4f6f8; cursor: not-allowed; }
.wall button[aria-pressed=true] { background: #1d2733; color: #fff; border-color: #1d2733; }
.wall kbd { font: 600 12px/1 inherit; font-family: inherit; border: 1px solid currentColor; border-radius: 4px; padding: 1px 5px; opacity: .7; margin-left: 6px; }

.head { display: flex; flex-wrap: wrap; align-items: center; gap: 2px 14px; }
.head .name { font-size: 20px; font-weight: 700; overflow-wrap: anywhere; }
.head .clock { font-size: 26px; font-weight: 700; }
.head .state { color: #3c4856; font-weight: 600; }
.head .state::before { content: "● "; color: #14733f; }
.head .state[data-level=warn]::before { content: "▲ "; color: #8a5a00; }
.head .state[data-level=alarm]::before { content: "■ "; color: #b3202c; }
.mark { border: 1px dashed #5b6776; background: #fff7d6; border-radius: 4px; padding: 2px 8px; font-weight: 700; }
.grow { flex: 1; }
.bar { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; }

.trouble { margin: 0; padding: 8px 12px; border-left: 6px solid #b3202c; background: #fdecec; font-weight: 600; font-size: 17px; }
.trouble.warn { border-color: #8a5a00; background: #fff4d6; }
.alarms { display: flex; flex-wrap: wrap; gap: 6px; }
.alarm { display: flex; align-items: center; gap: 8px; padding: 0 4px 0 12px; min-height: 48px; border: 3px solid #1d2733; border-radius: 8px; background: #fff7d6; font-weight: 600; }
.alarm .sign { font-size: 20px; }
.alarm.seen, .alarm.over { border-width: 1px; background: #f4f6f8; font-weight: 500; }
.alarm button { border-color: #1d2733; }

.grid { display: grid; gap: 6px; }
.group { grid-column: 1 / -1; font-weight: 700; font-size: 17px; padding-top: 2px; }
.tile { container-type: size; position: relative; overflow: hidden; border-radius: 8px; border: 1px solid #aeb8c4; background: #fff; cursor: pointer; min-height: 96px; text-align: left; }
.tile .in { position: absolute; inset: 0 0 0 14px; padding: 1cqh 4px 3cqh 8px; display: grid; grid-template: auto 1fr auto / 1fr auto; }
.tile .who { grid-column: 1 / -1; font-weight: 700; line-height: 1.2;
  font-size: max(12px, min(24cqh, 12.5cqw, (100cqw - var(--beside, 28px)) / (.55 * var(--letters, 1)))); min-height: 1.2em; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; padding-right: 3px; }
.tile .rate { font-weight: 750; font-size: min(52cqh, 29cqw); line-height: .9; align-self: center; letter-spacing: -.02em; }
.tile .side { align-self: center; display: grid; justify-items: end; gap: 3cqh; font-weight: 700; font-size: min(19cqh, 10.5cqw); line-height: 1.1; padding-right: 3px; white-space: nowrap; }
.tile .side .top { display: flex; gap: 6px; align-items: center; }
.tile .zone { border: 2px solid currentColor; border-radius: 6px; padding: 0 5px; min-width: 2.1em; text-align: center; }
.tile .foot { grid-column: 1 / -1; display: flex; justify-content: space-between; gap: 6px; font-size: max(11px, min(11.5cqh, 6.4cqw)); line-height: 1.15; font-weight: 600; white-space: nowrap; overflow: hidden; padding-right: 3px; }
.tile .foot span { overflow: hidden; text-overflow: ellipsis; }
.tile .foot span:last-child { flex: none; }
.tile .trend { font-size: 1.35em; line-height: .8; }
.tile .fill { position: absolute; left: 0; bottom: 0; width: 14px; border-right: 1px solid rgba(29,39,51,.55); background: rgba(29,39,51,.82); }
.tile .gauge { position: absolute; left: 0; top: 0; bottom: 0; width: 14px; background: rgba(255,255,255,.75); border-right: 1px solid rgba(29,39,51,.4); }
.tile[data-zone="0"] { background: #e6e9ee; } .tile[data-zone="1"] { background: #a9cbe8; } .tile[data-zone="2"] { background: #5b9bd0; }
.tile[data-zone="3"] { background: #f4cf63; } .tile[data-zone="4"] { background: #ee8b3a; } .tile[data-zone="5"] { background: #b3202c; color: #fff; }
.tile.gone { background: repeating-linear-gradient(45deg, #fff 0 9px, #eceff3 9px 18px); color: #1d2733; }
.tile.gone .rate { font-size: min(25cqh, 11.5cqw); letter-spacing: 0; line-height: 1.1; white-space: normal; overflow-wrap: anywhere; }
.tile.gone .side { font-size: max(12px, min(13cqh, 7.5cqw)); font-weight: 500; }
.tile.gone s { font-size: 1.15em; }
.tile.look { border: 4px solid #1d2733; outline: 2px solid #fff7d6; outline-offset: -6px; }
.tile .sign { position: absolute; right: 4px; top: 3px; background: #fff7d6; color: #1d2733; border: 2px solid #1d2733; border-radius: 50%; width: min(26px, 17cqw); height: min(26px, 17cqw); display: grid; place-items: center; font-weight: 800; font-size: min(17px, 11cqw); }
.tile.look .who { --sign: min(30px, 20cqw); padding-right: var(--sign); --beside: calc(22px + var(--sign)); }
.tile.spare { border-style: dashed; border-width: 2px; }
.tile .low { color: inherit; border: 1px solid currentColor; border-radius: 3px; padding: 0 3px; }
.blind .tile .live { visibility: hidden; }
.blind .tile { background: repeating-linear-gradient(45deg, #fff 0 9px, #eceff3 9px 18px); color: #1d2733; }
.blind .tile .fill { display: none; }
.blind .head :is(.clock, .phase, .state) { visibility: hidden; }

dialog { border: 1px solid #aeb8c4; border-radius: 12px; padding: 16px 18px; max-width: min(560px, 94vw); max-height: 88vh; color: #1d2733; background: #fff; font: inherit; overflow: auto; }
dialog::backdrop { background: rgba(29,39,51,.4); }
dialog h2 { margin: 0 0 8px; font-size: 20px; overflow-wrap: anywhere; }
dialog dl { display: grid; grid-template-columns: auto 1fr; gap: 4px 14px; margin: 0 0 10px; }
dialog dt { color: #5b6776; } dialog dd { margin: 0; font-weight: 600; }
dialog form, dialog .row { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin-top: 10px; }
dialog label { font-weight: 600; }
dialog select, dialog input { min-height: 44px; border: 1px solid #aeb8c4; border-radius: 8px; padding: 0 10px; background: #fff; flex: 1; min-width: 180px; max-width: 100%; }
.wall button.main { background: #1b5e9e; color: #fff; border-color: #1b5e9e; }
.wall button.main:hover:not(:disabled) { background: #174f85; }
.why { color: #5b6776; font-size: 14px; }
@media (max-width: 640px) {
  .head .name { font-size: 17px; } .head .clock { font-size: 22px; }
  .bar { flex-wrap: nowrap; overflow-x: auto; padding-bottom: 2px; } .bar button { flex: none; } .bar .grow { display: none; } .bar kbd { display: none; }
  .alarms { max-height: 32vh; overflow: auto; }
  .alarm { width: 100%; } .alarm .what { flex: 1; }
  .grid { gap: 5px; }
}
`;
