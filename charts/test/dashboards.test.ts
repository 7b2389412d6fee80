import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DASHBOARDS, print } from '../dashboards/src/index.js';
import { at, isTree, one, renderWith, type Tree, UMBRELLA } from './helm.js';
import { panelsOf } from './panels.js';
import { list } from './pod-security.js';

const FOLDER = `${UMBRELLA}/charts/grafana/dashboards`;
const FILES = readdirSync(FOLDER);
const read = (file: string): Tree => JSON.parse(readFileSync(`${FOLDER}/${file}`, 'utf8')) as Tree;

/** Every value under `key`, at any depth. */
function all(node: unknown, key: string): unknown[] {
  if (!isTree(node)) return [];
  return Object.entries(node).flatMap(([k, child]) => (k === key ? [child] : all(child, key)));
}

test('the files are those that the code generates, each with a uid of its own', () => {
  expect(FILES.sort()).toEqual(Object.keys(DASHBOARDS).sort());
  for (const [file, dashboard] of Object.entries(DASHBOARDS)) {
    expect(readFileSync(`${FOLDER}/${file}`, 'utf8'), 'run `npm run dashboards`').toBe(print(dashboard));
  }
  expect(new Set(FILES.map((file) => read(file).uid)).size).toBe(FILES.length);
});

describe.each(FILES)('%s', (file) => {
  const dashboard = read(file);
  const panels = panelsOf(dashboard);

  test('is in the classic form, which is the one that Grafana provisions from files', () => {
    expect(dashboard.uid).toMatch(/^[a-z0-9-]{1,40}$/);
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(39);
    expect(dashboard).not.toHaveProperty('elements');
    expect(dashboard).not.toHaveProperty('id');
    const ids = list(dashboard.panels).map((panel) => panel.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('asks the provisioned data source and no other', () => {
    const sources = all(dashboard, 'datasource');
    expect(sources.length).toBeGreaterThan(panels.length);
    for (const source of sources) expect(source).toEqual({ type: 'prometheus', uid: 'victoriametrics' });
  });

  test('gives every panel a title, a description and a unit', () => {
    for (const panel of panels) {
      expect(panel.title).toMatch(/./);
      expect(panel.description).toMatch(/./);
      expect(at(panel, 'fieldConfig.defaults.unit')).toMatch(/./);
    }
  });

  test('is copied into a ConfigMap unchanged and far below the limit of an object', () => {
    const name = `trial-grafana-dashboard-${file.replace('.json', '')}`;
    const data = one(renderWith('grafana'), 'ConfigMap', name).data as Record<string, string>;
    expect(data[file]).toBe(readFileSync(`${FOLDER}/${file}`, 'utf8'));
    // What `kubectl apply` can keep in its annotation: 262144 bytes.
    expect(Buffer.byteLength(data[file] ?? '')).toBeLessThan(262144);
  });

  test('leaves no room and lets no two panels share a place', () => {
    const cells = list(dashboard.panels).flatMap((panel) => {
      const { x, y, w, h } = panel.gridPos as { x: number; y: number; w: number; h: number };
      return Array.from(
        { length: w * h },
        (_, cell) => `${String(x + (cell % w))},${String(y + Math.floor(cell / w))}`,
      );
    });
    expect(new Set(cells).size).toBe(cells.length);
    expect(cells.length % 24).toBe(0);
  });
});
