/** The style of the page; it follows the reader's choice of light or dark. */
export const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d4d4d8, #3f3f46); --soft: light-dark(#f4f4f5, #27272a);
  --get: light-dark(#1d4ed8, #93c5fd); --post: light-dark(#15803d, #86efac); --bad: light-dark(#b91c1c, #fca5a5); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem; font: 16px/1.5 system-ui, sans-serif; }
h1 small, label small { font-weight: normal; opacity: .7; }
h2 { margin: 2rem 0 0; }
code, pre, textarea, input, output { font-family: ui-monospace, monospace; font-size: .875rem; }
.operation { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; padding: 0 1rem; }
.operation > summary { cursor: pointer; padding: .6rem 0; }
.operation[open] { padding-bottom: 1rem; }
b.get { color: var(--get); } b.post { color: var(--post); } b { display: inline-block; min-width: 3rem; }
label { display: block; margin: .5rem 0; }
input, textarea { display: block; width: 100%; padding: .4rem; border: 1px solid var(--line); border-radius: .25rem; }
header input { max-width: 30rem; }
button { margin: .25rem 0 .75rem; padding: .4rem 1.2rem; border: 0; border-radius: .25rem; cursor: pointer;
  background: #1d4ed8; color: #fff; font: inherit; }
output, pre { display: block; margin: .5rem 0; padding: .75rem; border-radius: .25rem; background: var(--soft);
  white-space: pre-wrap; overflow-wrap: anywhere; }
output[hidden] { display: none; }
output.bad { border-left: .25rem solid var(--bad); }
table { width: 100%; border-collapse: collapse; }
caption { text-align: left; font-weight: bold; }
th, td { padding: .3rem .5rem; border-top: 1px solid var(--line); text-align: left; vertical-align: top; }
th { width: 5rem; }
:focus-visible { outline: 2px solid var(--get); outline-offset: 2px; }
`;
