import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DASHBOARDS, print } from './index.js';

const FOLDER = fileURLToPath(new URL('../../ml-platform/charts/grafana/dashboards/', import.meta.url));

const check = process.argv.includes('--check');
const stale = readdirSync(FOLDER).filter((file) => !(file in DASHBOARDS));
for (const file of stale) if (!check) rmSync(FOLDER + file);
const changed = Object.entries(DASHBOARDS).filter(([file, dashboard]) => {
  const text = print(dashboard);
  const there = readdirSync(FOLDER).includes(file) ? readFileSync(FOLDER + file, 'utf8') : undefined;
  if (there !== text && !check) writeFileSync(FOLDER + file, text);
  return there !== text;
});
const differ = [...changed.map(([file]) => file), ...stale];
if (differ.length === 0) console.log('the dashboards are up to date');
else console.log(`${check ? 'not up to date: run `npm run dashboards`:' : 'wrote'} ${differ.join(', ')}`);
if (check && differ.length > 0) process.exitCode = 1;
