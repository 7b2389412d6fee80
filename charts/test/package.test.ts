import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { RENDERINGS } from './fixtures.js';
import { chartFile, HELM, HELM3, render, renderText, SUBCHARTS, type Tree, UMBRELLA } from './helm.js';
import { list, podSpecs } from './pod-security.js';

describe('Chart.yaml', () => {
  const umbrella = chartFile();

  test('all charts have one version', () => {
    for (const name of SUBCHARTS) expect(chartFile(name).version, name).toBe(umbrella.version);
  });

  test('the umbrella asks for every chart that lies in its folder, and for no repository', () => {
    expect(readdirSync(`${UMBRELLA}/charts`).sort()).toEqual([...SUBCHARTS].sort());
    expect(umbrella.dependencies).toEqual(
      SUBCHARTS.map((name) => ({
        name,
        version: umbrella.version,
        repository: '',
        condition: `${name}.enabled`,
      })),
    );
  });

  test('tells Artifact Hub what it is, and names the images that it runs by default', () => {
    expect(umbrella.annotations).toMatchObject({
      'artifacthub.io/category': 'ai-machine-learning',
      'artifacthub.io/license': 'Apache-2.0',
    });
    const images = parse(umbrella.annotations?.['artifacthub.io/images'] ?? '') as Tree[];
    const run = podSpecs(render()).flatMap(([, pod]) =>
      ['initContainers', 'containers'].flatMap((key) => list(pod[key]).map(({ image }) => image)),
    );
    expect(new Set(images.map(({ image }) => image))).toEqual(new Set(run));
    const changes = parse(umbrella.annotations?.['artifacthub.io/changes'] ?? '') as Tree[];
    for (const { kind } of changes) {
      expect(['added', 'changed', 'deprecated', 'removed', 'fixed', 'security']).toContain(kind);
    }
  });

  test('tells Artifact Hub of no file that is not there', () => {
    const all = Object.values(umbrella.annotations ?? {}).join('\n');
    const ours = new RegExp(`${String(umbrella.home)}/blob/main/(\\S+)|https://raw\\.\\S+/main/(\\S+)`, 'g');
    const paths = [...all.matchAll(ours)].map(([, page, file]) => page ?? file ?? '');
    expect(paths.length).toBeGreaterThan(3);
    expect(paths.filter((path) => !existsSync(new URL(`../../${path}`, import.meta.url)))).toEqual([]);
  });
});

describe('helm package', () => {
  let folder = '';
  const archive = (): string => join(folder, `ml-platform-${chartFile().version}.tgz`);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'package-'));
    execFileSync(HELM, ['package', UMBRELLA, '--destination', folder]);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test('gives one archive that holds the charts and nothing else', () => {
    const files = execFileSync('tar', ['--list', '--file', archive()], { encoding: 'utf8' }).trim().split('\n');
    for (const path of ['Chart.yaml', 'traffic.yaml', 'values.schema.json', 'charts/inference/files/check.mjs']) {
      expect(files).toContain(`ml-platform/${path}`);
    }
    expect(files.filter((path) => /\.(tgz|lock|test\.ts)$|node_modules/.test(path))).toEqual([]);
  });

  test.each(Object.entries(RENDERINGS))('which renders as the folder does: %s', (_, options) => {
    expect(renderText({ ...options, chart: archive() })).toBe(renderText(options));
  });

  test.skipIf(!HELM3)('with Helm 3 too (skipped without a Helm 3: see HELM3)', () => {
    expect(renderText({ chart: archive(), helm: HELM3 ?? '' })).toBe(renderText());
  });
});
