// The look of every element. Colours are the server's own design tokens, in
// light-dark() if the browser has it, so that an element follows the
// color-scheme of its page. Each may be set from outside as --blush-NAME.

const light = {
  surface: "#ffffff", sunken: "#eeefec", line: "#dddfdb", "line-strong": "#7b8586", ink: "#17242b", "ink-soft": "#51606a",
  accent: "#12606b", "accent-ink": "#ffffff", "accent-soft": "#e1f0f1", good: "#1f6847", "good-soft": "#e2f2e9",
  neutral: "#775000", "neutral-soft": "#faefd6", normal: "#3d5f92", "normal-soft": "#e6edf6", bad: "#a3303a", "bad-soft": "#fae6e6", focus: "#1d5fd0",
};
const dark: typeof light = {
  surface: "#182126", sunken: "#202b31", line: "#2e3b42", "line-strong": "#73848d", ink: "#e8eef0", "ink-soft": "#a7b5bc",
  accent: "#7fd0d8", "accent-ink": "#06282d", "accent-soft": "#16343a", good: "#7ed3a4", "good-soft": "#17342a",
  neutral: "#e8c06c", "neutral-soft": "#352b14", normal: "#9dbbe8", "normal-soft": "#1d2a3b", bad: "#f59aa0", "bad-soft": "#3a2226", focus: "#8ab8ff",
};

const names = Object.keys(light) as (keyof typeof light)[];
const tokens = (value: (k: keyof typeof light) => string) => names.map((k) => `--b-${k}:var(--blush-${k},${value(k)})`).join(";");

// side is the padding at the sides of a card: a part of the width that it may fill, within limits in px.
const side = { least: 12, part: 0.055, most: 20 };

/** within is the width in px inside a card, without its border and padding. */
export const within = (outer: number) => outer - 2 - 2 * Math.min(side.most, Math.max(side.least, side.part * outer));

const css = `
:host{display:block;min-width:0;hyphens:manual;-webkit-hyphens:manual;${tokens((k) => light[k])};
font:400 1rem/1.5 var(--blush-font,system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",Helvetica,Arial,sans-serif);color:var(--b-ink);
-webkit-text-size-adjust:100%;text-size-adjust:100%}
@supports (color:light-dark(#000,#fff)){:host{${tokens((k) => `light-dark(${light[k]},${dark[k]})`)}}}
:host([hidden]){display:none}
*{box-sizing:border-box}
p,h3,dl,dd,ul{margin:0;padding:0}
p{text-wrap:pretty}
.card{container:card/inline-size;background:var(--b-surface);border:1px solid var(--b-line);border-radius:var(--blush-radius,20px);
box-shadow:var(--blush-shadow,none);padding:1.125rem clamp(${side.least}px,${100*side.part}%,${side.most}px);height:100%;overflow-wrap:anywhere}
.card>*+*{margin-top:.5rem}
.head{display:flex;flex-wrap:wrap;gap:.25rem .75rem;align-items:center;justify-content:space-between}
h3{font-size:1.03rem;font-weight:600;line-height:1.3;color:var(--b-ink)}
.soft,figcaption,summary,.foot{color:var(--b-ink-soft);font-size:.875rem}
.foot{font-size:.78rem;line-height:1.4;border-top:1px solid var(--b-line);padding-top:.7em}
.row{display:flex;flex-wrap:wrap;align-items:baseline;gap:.125rem .75rem}
.number{display:inline-flex;flex-wrap:wrap;align-items:baseline;gap:0 .3rem;white-space:nowrap;font-size:2.5rem;line-height:1.1;font-weight:640;letter-spacing:-.025em;font-variant-numeric:tabular-nums}
.dim{color:var(--b-ink-soft);font-weight:400}.stale{color:var(--b-ink);font-weight:560}
.change{display:flex;gap:.4em;align-items:center;font-size:.9375rem;line-height:1.35}.change svg{width:1em;height:1em;color:var(--b-accent)}
.instead{display:grid;grid-template-columns:auto minmax(0,1fr);gap:.7em;align-items:start}.instead .icon{width:1.6em;height:1.6em;stroke-width:1.8;color:var(--b-accent)}
.meta{display:grid;gap:.15em;line-height:1.4}
.legend,.keys span{display:flex;gap:.5em;align-items:baseline}.keys{flex-wrap:wrap;column-gap:1.1em}.key{width:.75rem;height:.75rem;flex:none}
.unit{font-size:1rem;font-weight:400;letter-spacing:0;color:var(--b-ink-soft)}
h3 .soft{white-space:nowrap}
.none{font-weight:600;line-height:1.3}
.chip{display:inline-flex;align-items:center;gap:.375em;font-size:.8125rem;font-weight:560;border-radius:99px;padding:.1875rem .625rem;
background:var(--b-sunken);color:var(--b-ink)}
.icon{width:1.15em;height:1.15em;flex:none;fill:none;stroke:currentColor;stroke-width:2.2;stroke-linecap:round;stroke-linejoin:round;color:var(--b-accent)}
.good,.optimal{--tone:var(--b-good);--tint:var(--b-good-soft)}
.neutral{--tone:var(--b-neutral);--tint:var(--b-neutral-soft)}
.normal{--tone:var(--b-normal);--tint:var(--b-normal-soft)}
.bad,.suboptimal{--tone:var(--b-bad);--tint:var(--b-bad-soft)}
.tag{display:inline-flex;align-items:center;gap:.4em;font-size:.8125rem;font-weight:560;line-height:1.3;border-radius:99px;padding:.22em .7em .22em .42em;background:var(--tint)}
.mark{flex:none;width:1.2em;height:1.2em}
svg{display:block;overflow:visible}
.bar{margin-inline:9px;width:calc(100% - 18px)}
.bar text,.marks text{fill:var(--b-ink-soft);font-size:12px;font-variant-numeric:tabular-nums}
.bar text.here{fill:var(--b-ink);font-weight:600}
.track{fill:var(--b-line)}rect.usual{fill:var(--b-good)}
.tint{fill:var(--tint)}.tone{fill:var(--tone)}
.ink-line{stroke:var(--b-ink);stroke-linecap:round;fill:none}.ink{fill:var(--b-ink)}.dot{fill:var(--b-surface)}
.before{stroke:var(--b-line-strong);stroke-width:1.6;fill:none}
.better{display:flex;gap:.35em;text-align:end;align-items:center;justify-content:flex-end;font-size:.8125rem;color:var(--b-ink-soft)}
.why{list-style:none;display:grid;gap:.625rem;padding-top:.625rem}
.why li{display:grid;grid-template-columns:1fr auto;gap:.125rem .75rem;font-size:.875rem}
.why svg{grid-column:1/-1;width:100%;height:.375rem}
.why b{font-weight:560;font-variant-numeric:tabular-nums;color:var(--b-ink-soft)}
.why .fill{fill:var(--b-accent)}
.notice{--tone:var(--b-bad);display:grid;grid-template-columns:auto minmax(0,1fr);gap:.5625rem;align-items:start;border-radius:12px;padding:.65rem .75rem;background:var(--b-neutral-soft);font-size:.9375rem}
.notice.info{--tone:var(--b-normal);background:var(--b-normal-soft)}
.notice.urgent{background:var(--b-bad-soft);font-weight:560}
.notice svg{width:1.3125rem;height:1.3125rem}
.cut{stroke:var(--b-surface);fill:none;stroke-linecap:round;stroke-linejoin:round}
summary{cursor:pointer;width:fit-content;padding:.3125rem 0;border-radius:6px}
summary:hover{color:var(--b-accent)}
button{font:inherit;font-weight:560;font-size:.9375rem;color:var(--b-accent-ink);background:var(--b-accent);border:0;border-radius:99px;
padding:.5625rem 1.25rem;min-height:2.75rem;cursor:pointer}
:focus-visible{outline:3px solid var(--b-focus);outline-offset:2px;border-radius:6px}
button:focus-visible{border-radius:99px}
.hush{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.bone{display:block;border-radius:8px;background:var(--b-sunken);height:1rem;animation:breathe 1.6s ease-in-out infinite}
.bone.w4{width:40%}.bone.w6{width:60%}.bone.tall{height:2.5rem;width:30%}
@keyframes breathe{50%{opacity:.45}}
.small{display:grid;grid-template-columns:minmax(0,1fr) auto;align-items:center;gap:.1em .8em;padding:.75rem 1rem;border-radius:var(--blush-radius,16px)}
.small>*+*{margin:0}.small>.notice{margin-top:.4em}
.small>:not(h3,.number,.end){grid-column:1/-1}
.small h3{grid-column:1;font-size:.9375rem;font-weight:500;color:var(--b-ink-soft)}.small .number{grid-column:1;font-size:1.55rem}.small .unit{font-size:.875rem}
.end{grid-column:2;justify-self:end}.end .mark{width:1.2rem;height:1.2rem}.small .change{font-size:.875rem}
.dial{position:relative;max-width:16rem;margin-inline:auto;container-type:inline-size}
.dial .number{display:block;font-size:min(2.5rem,19cqi)}.dial .long{font-size:min(2.125rem,13cqi)}
.marks{position:absolute;inset:0;width:100%;height:100%}
@container card (max-width:318px){.score text:not(.here){display:none}.score:not(:has(.here)){height:26px}}
@container card (max-width:250px){.marks .minor{display:none}h3{font-size:.94rem;letter-spacing:-.01em}}
@container card (max-width:212px){.score text{display:none}.score{height:26px}}
@container card (max-width:280px){.notice,.instead{grid-template-columns:minmax(0,1fr);gap:.35rem}.tag{border-radius:1em}}
@container card (max-width:200px){h3,.none{font-size:.875rem;letter-spacing:-.01em}.notice{font-size:.8125rem;padding:.5rem}.soft,.head>.row{font-size:.8125rem}.row .number{font-size:1.75rem}}
.dial .number{position:absolute;inset:auto 0 0;text-align:center}
.dial .unit{display:block;font-size:max(10px,min(1rem,6.4cqi));letter-spacing:-.01em}
.arc{fill:none;stroke:var(--b-line)}.arc.usual{stroke:var(--b-good)}
.card:has(.dial) :is(.head,.change,.meta){justify-content:center;text-align:center}
.plot{position:relative;border-radius:8px;touch-action:pan-y;cursor:crosshair;outline-offset:4px}
.plot text{fill:var(--b-ink-soft);font-size:12px;font-variant-numeric:tabular-nums}
.grid{stroke:var(--b-line);stroke-width:1}
.band{fill:var(--b-accent);opacity:.2}
.line{fill:none;stroke:var(--b-accent);stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.whisker{stroke:var(--b-accent);stroke-width:5;stroke-linecap:round;opacity:.28}
.point{fill:var(--b-accent);stroke:var(--b-surface);stroke-width:1.5}
.point.low{fill:var(--b-surface);stroke:var(--b-accent)}
.gap{stroke:var(--b-line-strong);stroke-width:1.75;stroke-linecap:round}
.area{fill:var(--tint);opacity:.55}
.plot text.label{fill:var(--tone);paint-order:stroke;stroke:var(--b-surface);stroke-width:3px;stroke-linejoin:round;font-size:11.5px;font-weight:560}
.cursor{stroke:var(--b-line-strong);stroke-width:1;stroke-dasharray:3 3}
.tip{position:absolute;top:0;left:0;max-width:min(15rem,80%);background:var(--b-surface);border:1px solid var(--b-line-strong);border-radius:10px;
padding:.375rem .625rem;font-size:.8125rem;line-height:1.4;pointer-events:none;box-shadow:0 4px 14px rgb(0 0 0/.14)}
.tip b{display:block;font-size:.9375rem}
.scroll{overflow:auto;max-height:18rem}
table{border-collapse:collapse;width:100%;font-size:.875rem;font-variant-numeric:tabular-nums}
th,td{text-align:start;padding:.375rem .75rem .375rem 0;border-bottom:1px solid var(--b-line);font-weight:400;vertical-align:top}
thead th{color:var(--b-ink-soft);font-size:.8125rem}
iframe{display:block;width:100%;height:100%;min-height:480px;border:0;border-radius:inherit;background:var(--b-surface)}
@media (prefers-reduced-motion:reduce){.bone{animation:none}}
@media (forced-colors:active){.mark,.dot,.ink,.point,.track,.why .fill{forced-color-adjust:none}}
`;

let made: CSSStyleSheet | undefined;

/** sheet is the one sheet of all elements, made when the first one is connected. */
export function sheet() {
  if (!made) (made = new CSSStyleSheet()).replaceSync(css);
  return made;
}
