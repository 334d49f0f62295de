// How the customer's script looks: light and dark, readable (WCAG AA), still where stillness is asked for.  Used as
// a constructed style sheet in the closed shadow root, so that a page's strict CSP does not forbid it and its styles
// do not reach it.

export const STYLES = `
:host { color-scheme: light dark; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
.all {
  --ground: #ffffff; --text: #1b1f24; --dim: #4a5560; --edge: #8a949e; --main: #0b57d0; --on-main: #ffffff;
  --warn: #8a1c13; --on-warn: #ffffff; --write: #8a4b00; --circle: #d0021b;
  position: fixed; inset: 0; pointer-events: none; color: var(--text);
  font: 400 15px/1.4 system-ui, sans-serif; text-align: start; letter-spacing: normal;
}
@media (prefers-color-scheme: dark) {
  .all { --ground: #1f2429; --text: #f1f3f5; --dim: #b9c2cb; --edge: #7b8792; --main: #8ab4f8; --on-main: #0b1a33;
    --warn: #ffb4ab; --on-warn: #43100b; --write: #ffb870; --circle: #ff5a5f; }
}
.card, .bar { pointer-events: auto; background: var(--ground); border: 1px solid var(--edge); border-radius: 12px;
  box-shadow: 0 4px 20px rgb(0 0 0 / 30%); }
.dock { position: absolute; inset-block-end: 16px; inset-inline-end: 16px; display: flex; flex-direction: column;
  align-items: flex-end; gap: 10px; max-block-size: calc(100% - 32px); max-inline-size: calc(100% - 32px); }
.row { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
.card { padding: 14px 16px; inline-size: 320px; max-inline-size: 100%; }
.bar { padding: 8px 12px; border-inline-start: 6px solid var(--main); }
.bar[data-state="write"] { border-inline-start-color: var(--write); }
.bar[data-state="suspended"] { border-inline-start-color: var(--edge); }
h2 { margin: 0 0 8px; font-size: 17px; font-weight: 600; }
p { margin: 0 0 8px; }
.dim { color: var(--dim); }
.state { font-weight: 600; }
.id { display: block; margin: 4px 0 10px; font-size: 30px; font-weight: 650; letter-spacing: 1px;
  font-variant-numeric: tabular-nums; user-select: text; }
button { font: inherit; font-weight: 600; min-block-size: 40px; padding: 6px 14px; border-radius: 8px; cursor: pointer;
  border: 1px solid var(--edge); background: var(--ground); color: var(--text); pointer-events: auto; }
button.main { background: var(--main); border-color: var(--main); color: var(--on-main); }
button.warn { background: var(--warn); border-color: var(--warn); color: var(--on-warn); }
button[aria-disabled="true"] { opacity: .6; cursor: default; }
:focus-visible { outline: 3px solid var(--main); outline-offset: 2px; }
.launch button { border-radius: 24px; min-block-size: 48px; padding: 10px 20px; box-shadow: 0 2px 10px rgb(0 0 0 / 30%); }
.notice { pointer-events: auto; }
.notice p:last-child { margin: 0; }
dialog { pointer-events: auto; color: var(--text); background: var(--ground); border: 2px solid var(--edge);
  border-radius: 14px; padding: 22px 24px; inline-size: 440px; max-inline-size: calc(100% - 32px);
  box-shadow: 0 8px 40px rgb(0 0 0 / 45%); }
dialog::backdrop { background: rgb(0 0 0 / 45%); }
dialog .row { justify-content: flex-end; margin-block-start: 14px; }
.log { list-style: none; margin: 0 0 8px; padding: 0; max-block-size: 220px; overflow: auto; overflow-wrap: anywhere; }
.log li { margin: 0 0 6px; }
.log b { font-weight: 600; }
.say { display: flex; gap: 8px; }
.say input { flex: 1; min-inline-size: 0; font: inherit; padding: 6px 10px; border: 1px solid var(--edge);
  border-radius: 8px; background: var(--ground); color: var(--text); }
.top { display: flex; justify-content: space-between; align-items: start; gap: 8px; }
.pointer { position: absolute; inset-block-start: 0; inset-inline-start: 0; direction: ltr; }
.pointer svg { display: block; inline-size: 20px; block-size: 26px; filter: drop-shadow(0 1px 2px rgb(0 0 0 / 60%)); }
.pointer span { display: inline-block; margin: 0 0 0 14px; padding: 1px 8px; border-radius: 9px; background: #7a1fa2;
  color: #fff; font-size: 12px; max-inline-size: 180px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.circle { position: absolute; inline-size: 44px; block-size: 44px; margin: -22px 0 0 -22px; border-radius: 50%;
  border: 4px solid var(--circle); animation: circle 900ms ease-out forwards; }
@keyframes circle { from { transform: scale(.4); opacity: 1; } 70% { transform: scale(1); opacity: 1; } to { opacity: 0; } }
@media (prefers-reduced-motion: reduce) { .circle { animation: none; } }
@media (max-width: 480px) { .dock { inset-inline: 8px; inset-block-end: 8px; align-items: stretch; } .card { inline-size: auto; } }
@media print { .all { display: none; } }
`;
