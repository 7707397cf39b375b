// The look of marks, clips, second angle, second moment, and of the clean screen.

export const EXTRAS = `
.tile.away { display: none; }
.grid .tile.pip:not(.large) { position: absolute; grid-area: auto; z-index: 2; box-shadow: 0 0 0 2px #e8edf2, 0 2px 14px #000; }
.grid[data-plan=two] { display: grid; }
.grid[data-plan=two] .tile { justify-self: center; }
.tile[data-side]::before { content: attr(data-side); position: absolute; top: 0; right: 0; z-index: 1; min-width: 44px; padding: 2px 10px; background: #e8edf2;
  color: #06121b; font-weight: 750; font-size: 22px; text-align: center; border-radius: 0 0 0 6px; pointer-events: none; }
.tile[data-side]:not(.driven)::before { background: #2a333d; color: #c4d0da; }
.grid[data-plan=two] .tile.driven::after { content: ""; position: absolute; inset: 0; border: 3px solid #8fd0ff; pointer-events: none; }
.grid[data-plan=two] .tile.active:not(.driven)::after { border-color: transparent; }

.chip, .shut, .drawer button, .lead { display: inline-flex; align-items: center; justify-content: center; gap: 6px; min-width: 46px; min-height: 46px; padding: 0 10px;
  border: 1px solid #46555f; border-radius: 6px; background: #1a222a; color: #f0f4f7; cursor: pointer; font-weight: 600; }
.chip:hover, .shut:hover, .drawer button:hover { background: #26333f; border-color: #6f8496; }
.chip[aria-pressed=true], .drawer button[aria-pressed=true] { background: #e8edf2; color: #0b0f13; border-color: #e8edf2; }
.chip:disabled { color: #6b7884; background: #12181d; cursor: default; }
[aria-pressed=true] > kbd { color: #33404b; border-color: #8895a1; }

.chips, .playout, .moments { position: absolute; left: 50%; bottom: 8px; transform: translateX(-50%); z-index: 3; display: flex; flex-wrap: wrap; align-items: center; justify-content: center;
  gap: 6px; width: max-content; max-width: calc(100% - 12px); padding: 8px; border-radius: 8px; background: rgb(8 12 16 / 92%); border: 1px solid #46555f; }
.moments { position: static; transform: none; grid-column: 1 / -1; width: 0; min-width: 100%; max-width: none; padding: 3px; border: 0; background: none; }
.chips { overflow: hidden; z-index: 4; } /* over the list: they are there for a moment only */
.chips .ask { color: #c4d0da; padding: 0 4px; }
.chips .left { position: absolute; left: 0; bottom: 0; height: 3px; width: 100%; background: #ffd60a; transform-origin: left; animation: touchline-left 3s linear forwards; }
@keyframes touchline-left { to { transform: scaleX(0); } }
.playout p { margin: 0; padding: 0 6px; }
.playout .order { color: #ffe169; font-weight: 650; }
.moments .apart { padding: 0 8px; font-weight: 650; font-size: 16px; color: #fff; }

.sign { font-size: 17px; }
.sign, .flag[data-kind=bookmark] { color: #e8edf2; }
[data-tag=goal] { color: #7ee29a !important; }
[data-tag=offside] { color: #ffd60a !important; }
[data-tag=foul] { color: #ff9d5c !important; }
[data-tag=penalty] { color: #ff8fc7 !important; }
[data-tag=card] { color: #ff9d92 !important; }
[data-tag=other] { color: #b7c7ff !important; }
.bands { position: absolute; inset: 0; pointer-events: none; }
.tile.person .stage { cursor: pointer; }
.flag[data-kind=event] { color: #8fd0ff; }
.band { position: absolute; bottom: 0; height: 7px; min-width: 3px; background: currentColor; color: #e8edf2; opacity: .75; }
.band.marked { top: 0; height: auto; background: rgb(255 214 10 / 18%); border: 1px solid #ffd60a; border-width: 2px 0; opacity: 1; }
.band.marked.looping { background: repeating-linear-gradient(-45deg, rgb(255 214 10 / 34%) 0 6px, rgb(255 214 10 / 14%) 6px 12px); }
.edge { position: absolute; top: -2px; bottom: -2px; margin-left: -5px; width: 10px; color: #ffd60a; font: 700 30px/44px system-ui, sans-serif; text-align: center; }
.edge.moment { color: #8fd0ff; font-size: 15px; border-left: 2px solid; margin-left: -1px; padding-left: 3px; }

.lead::before { content: ""; position: absolute; inset: -6px 0; }
.lead { position: relative; min-width: 0; min-height: 34px; border-color: #2f7fb5; color: #bfe3ff; font-size: 13px; }
.lead[data-yours=false] { border-color: #ffd27a; color: #ffd27a; }

.drawer { position: absolute; top: 0; right: 0; bottom: 0; z-index: 3; display: flex; flex-direction: column; gap: 8px; width: min(340px, 100%); padding: 8px; background: rgb(12 17 22 / 95%);
  border-left: 1px solid #46555f; overflow: auto; }
.drawer header { display: flex; align-items: center; justify-content: space-between; }
.drawer h3 { margin: 0 4px; font-size: 16px; }
.drawer .tools { display: grid; grid-template-columns: 1fr 1fr; gap: 5px; }
.drawer .tools button { justify-content: flex-start; padding: 0 8px; font-size: 13px; text-align: left; }
.drawer .tools kbd { margin-left: auto; }
.drawer.short .tools { grid-template-columns: 1fr 1fr 1fr; }
.drawer.short .tools button { gap: 4px; padding: 0 5px; font-size: 12.5px; line-height: 1.15; }
.drawer.short .tools kbd { display: none; }
.drawer .angles { display: flex; flex-wrap: wrap; align-items: center; gap: 4px; color: #c4d0da; }
.drawer .clips { display: flex; flex-direction: column; gap: 4px; margin: 0; padding: 0; list-style: none; flex: 1 0 auto; }
.drawer li { display: flex; gap: 4px; }
.drawer li .go { flex: 1; min-width: 0; justify-content: flex-start; padding: 0 8px; font-weight: 500; }
.drawer li .what { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; text-align: left; }
.drawer li .long { color: #b3c0cc; font-size: 12.5px; }
.drawer li.fresh .go { border-style: dashed; }
.drawer .empty { margin: 8px 4px; color: #b3c0cc; }
.drawer .removed { display: flex; align-items: center; justify-content: space-between; gap: 8px; padding: 6px; border-radius: 6px; background: #2a2400; color: #ffe169; }

.player.clean { height: 100vh; border-radius: 0; cursor: none; }
.player.clean .body { display: flex; flex-direction: column; justify-content: center; min-height: 100vh; background: #000; pointer-events: none; }
.player.clean .controls, .player.clean .rail, .player.clean .live, .player.clean .leap, .player.clean .message:not([data-topic="busy"], [data-topic="fault"]), .player.clean .moments button, .player.clean kbd { display: none; }
.player.clean .top { justify-content: space-between; }
.player.clean .pace { padding: 2px 12px; border: 1px solid #46555f; border-radius: 6px; font-size: 20px; font-weight: 650; }
.player.clean .tile.active::after { display: none; }
.cover { position: fixed; inset: 0; z-index: 9; display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 12px; padding: 5vw; background: #0b0f13; color: #e8edf2;
  text-align: center; font: 24px/1.4 "Be Vietnam Pro", system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
.cover .what { margin: 0; font-size: 34px; font-weight: 700; color: #ffd27a; }
.cover p { margin: 0; max-width: 40em; }
.cover[hidden] { display: none; }
.tap { position: fixed; left: 50%; bottom: 12px; transform: translateX(-50%); z-index: 10; width: max-content; max-width: 90vw; text-align: center; padding: 10px 18px; border-radius: 8px; background: rgb(8 12 16 / 86%); color: #e8edf2;
  font: 16px/1.3 "Be Vietnam Pro", system-ui, sans-serif; }

.sheet { grid-template-columns: repeat(3, minmax(0, max-content)); grid-template-rows: auto auto 1fr auto; gap: 1px 24px; padding: 5px 18px; font-size: 13px; }
.sheet h3 { margin: 1px 0; }
.sheet dl { gap: 1px 9px; grid-template-columns: max-content minmax(0, max-content); }
.sheet section:nth-of-type(1) { grid-area: 2 / 1 / span 2; }
.sheet section:nth-of-type(2) { grid-area: 2 / 2; }
.sheet section:nth-of-type(3) { grid-area: 3 / 2; }
.sheet section:nth-of-type(4) { grid-area: 2 / 3 / span 2; }
.sheet section.beside { grid-area: 4 / 1 / auto / span 3; }
.player.solo .sheet section:nth-of-type(3) { grid-area: 2 / 3 / span 2; }
.player .controls .layers button { gap: 5px; min-width: 52px; }
.player.solo { position: relative; }
.slim .name .residual, .slim .name .source { display: none; }
.solo .tiny .name b { display: block; max-width: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; } /* by which a coach chooses */
.solo .slim .name { padding: 2px 4px; }
.solo .slim .name kbd, .solo .slim .name .frame { display: none; }
.player.solo .leap, .player.solo .controls [data-command=zoom_reset] { display: none; } /* a trial is short, and its magnification is reset on the picture */

@container (max-width: 1330px) {
  .controls .review [data-command=bookmark] svg { display: block; }
}
@container (max-width: 1080px) {
  .player:not(.solo) .controls [data-command=loop], .player:not(.solo) .controls [data-command=two] { display: none; } /* the list has them */
}
@container (max-width: 620px) {
  .sheet { grid-template-columns: 1fr; grid-template-rows: none; }
  .sheet section:nth-of-type(n), .player.solo .sheet section:nth-of-type(n) { grid-area: auto; }
  .solo .message { position: absolute; z-index: 3; top: 46px; left: 8px; right: 8px; padding: 2px 6px; border-radius: 4px; background: rgb(4 8 12 / 82%); pointer-events: none; }
  .solo .tiny .name { flex-wrap: nowrap; } .solo .tiny .name .frame { display: none; }
  .solo .message:empty, .solo .tiny .name .residual, .solo .tiny .name .source { display: none; }
  .solo .controls .group.speeds { width: auto; flex: 2; }
  .solo .controls .group.speeds button { padding: 0 2px; }
  .solo .controls .layers { flex: 1; }
  .solo .controls .layers button { flex: 1; min-width: 46px; }
  .solo .controls .layers span { display: none; }
  .solo .controls [data-command=two] { display: none; }
  .lead { order: 8; flex: 1 0 100%; }
  .chips .ask, .chips kbd { display: none; }
  .chips { width: calc(100% - 8px); }
  .chips .chip { flex: 1 0 30%; padding: 0 4px; }
  .moments { gap: 4px; }
  .moments .lock span { display: none; }
  .moments .apart { padding: 0 2px; font-size: 14px; }
  .drawer { position: fixed; top: auto; left: 0; width: 100%; height: 50vh; border-top: 1px solid #46555f; } /* below the picture, and never under the bar of the pages */
  .playout { width: calc(100% - 8px); }
  .playout p { flex: 1 0 100%; }
}
`;
