import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Description } from './document.js';
import type { Operation } from './operation.js';
import { STYLE } from './page-style.js';

const SCRIPT = readFileSync(new URL('./page-script.js', import.meta.url), 'utf8');

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** What the page may do: run its own script, wear its own style, ask its own service. Nothing comes from elsewhere. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `script-src ${hashOf(SCRIPT)}`,
  `style-src ${hashOf(STYLE)}`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** An umbrella; without an icon of its own the browser would ask for one. */
const ICON = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M1 8a7 7 0 0 1 14 0zM8 8v5a1.5 1.5 0 0 0 3 0" fill="#1d4ed8" stroke="#1d4ed8" fill-rule="evenodd"/></svg>')}`;

/** The description as a page that needs nothing but itself. Every operation can be tried out on it. */
export function renderPage(api: Description): string {
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const sections = api.tags.map(
    ({ name, description }) => `<section><h2>${escape(name)}</h2><p>${escape(description)}</p>
${operations
  .filter(({ operation }) => operation.tags[0] === name)
  .map(({ path, method, operation }) => renderOperation(path, method, operation))
  .join('\n')}</section>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(api.info.title)}</title><link rel="icon" href="${ICON}"><style>${STYLE}</style></head>
<body><header><h1>${escape(api.info.title)} <small>${escape(api.info.version)}</small></h1>
<p>${escape(api.info.description)} For programs: <a href="openapi.json">openapi.json</a>.</p>
${api.components.securitySchemes ? '<label>API key <input id="key" type="password" autocomplete="off" size="40"></label>' : ''}
</header><main>
${sections.join('\n')}
</main><script type="module">${SCRIPT}</script></body></html>
`;
}

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  example?: unknown;
}

function renderOperation(path: string, method: string, operation: Operation): string {
  const parameters = (operation.parameters ?? []) as Parameter[];
  const [[type, body] = []] = Object.entries(operation.requestBody?.content ?? {});
  const fields = parameters.map(
    ({ name, in: place, required, description, example = '' }) =>
      `<label>${escape(name)} <small>${escape(place)}${required ? '' : ', optional'}${description ? ` – ${escape(description)}` : ''}</small>
<input name="${escape(name)}" data-in="${escape(place)}" value="${escape(String(example))}"></label>`,
  );
  if (body)
    fields.push(`<label>Body <small>${escape(type ?? '')}</small>
<textarea name="body" rows="6" spellcheck="false" data-type="${escape(type ?? '')}">${escape(pretty(body.example))}</textarea></label>
${foldedSchema('Schema of the body', body.schema)}`);
  return `<details class="operation"><summary><b class="${method}">${method.toUpperCase()}</b> <code>${escape(path)}</code> ${escape(operation.summary)}</summary>
${operation.description ? `<p>${escape(operation.description)}</p>` : ''}
<form data-method="${method.toUpperCase()}" data-path="${escape(path)}">${fields.join('\n')}<button>Send</button></form>
<output hidden></output>
<table><caption>Answers</caption>${Object.entries(operation.responses).map(renderResponse).join('')}</table>
</details>`;
}

function renderResponse([status, { description, content = {} }]: [string, Operation['responses'][string]]): string {
  const schemas = Object.entries(content).map(([type, { schema }]) => foldedSchema(type, schema));
  return `<tr><th>${escape(status)}</th><td>${escape(description)}${schemas.join('')}</td></tr>`;
}

const foldedSchema = (title: string, schema: object) =>
  `<details><summary>${escape(title)}</summary><pre>${escape(pretty(schema))}</pre></details>`;

const pretty = (value: unknown) => JSON.stringify(value, null, 2);

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text: string) => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
