import { describe, expect, it } from 'vitest';
import type { Json, Manifest } from '../model.js';
import { diffSides, type EnvironmentSides } from './diff.js';
import { formatMarkdown, MARKER } from './markdown.js';
import type { DiffReport } from './model.js';

function report(environments: readonly EnvironmentSides[]): DiffReport {
  return { version: 1, base: { ref: 'a' }, head: { ref: 'b' }, environments: diffSides(environments) };
}

function configMaps(count: number, data: Json): Manifest[] {
  return Array.from({ length: count }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `map-${String(index).padStart(4, '0')}` },
    data,
  }));
}

function environment(name: string, from: Json, to: Json, objects: readonly Manifest[] = []): EnvironmentSides {
  const rendered = objects.map((manifest) => ({ component: 'app', namespace: 'ns', manifest }));
  return { name, from: { values: from, objects: [] }, to: { values: to, objects: rendered } };
}

describe('markdown', () => {
  it('is short where nothing changes', () => {
    expect(formatMarkdown(report([environment('one', { a: 1 }, { a: 1 })]))).toBe(
      `${MARKER}\n### Brolly diff: no change\n\nValues and manifests of \`one\` stay as they are.\n`,
    );
  });

  it('begins with the marker, then a table of all environments, then one block for each that changes', () => {
    const text = formatMarkdown(
      report([environment('one', { a: 1 }, { a: 2 }), environment('two', { a: 1 }, { a: 1 })]),
    );
    expect(text.split('\n')[0]).toBe(MARKER);
    expect(text).toContain('| `one` | ~1 | none | none |');
    expect(text).toContain('| `two` | none | none | none |');
    expect(text.match(/<details>/g)).toHaveLength(1);
    expect(text).toContain('```diff\n- a: 1\n+ a: 2\n```');
  });

  it('tells an environment that is new or gone in one line, with the dangers of its going', () => {
    const side = { values: { a: 1 }, objects: [{ component: 'app', namespace: 'ns', manifest: claim }] };
    const text = formatMarkdown(
      report([
        { name: 'gone', from: side, to: undefined },
        { name: 'new', from: undefined, to: side },
      ]),
    );
    expect(text).toContain('| `gone` | removed | −1 | 1 |');
    expect(text).toContain('| `new` | added | +1 | none |');
    expect(text).toContain('- **data-removed** `PersistentVolumeClaim ns/data: ');
    expect(text).not.toContain('<details>');
  });

  it('shows the error of a side that failed, and no object as deleted', () => {
    const failed = { values: { a: 1 }, objects: [], error: 'templates/x.yaml: ```boom``` @team <b>' };
    const whole = environment('one', {}, {}, configMaps(3, { a: 'b' }));
    const text = formatMarkdown(report([{ name: 'one', from: whole.to, to: failed }]));
    expect(text).toContain('| `one` | failed | not compared | none |');
    expect(text).toContain('````text\ntemplates/x.yaml: ```boom``` @team <b>\n````');
    expect(text).not.toContain('ConfigMap');
  });
});

const claim: Manifest = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' } };

describe('markdown from hostile values', () => {
  const hostile =
    '`````\n</details><img src=x onerror=alert(1)> @octocat #1 [x](http://evil) | \u202e \u001b[31m \r\n```\n';
  const objects: Manifest[] = [
    { ...claim, kind: 'Kind`<b>@octocat', metadata: { name: 'a``b|c\n# title @octocat' } },
    ...configMaps(1, { [hostile]: hostile }),
  ];
  const from = {
    values: { a: hostile, [hostile]: 1 },
    objects: objects.map((manifest) => ({ component: hostile, namespace: hostile, manifest })),
  };
  const to = { values: { a: `${hostile}x`, b: hostile }, objects: [] };
  const text = formatMarkdown(report([{ name: 'env|`@octocat<b>', from, to }]));

  it('keeps everything inside of code', () => {
    let fence: string | undefined;
    const outside: string[] = [];
    for (const line of text.split('\n')) {
      const ticks = /^ {0,3}(`{3,})[^`]*$/.exec(line)?.[1]; // with a back-tick further on it is inline code
      if (fence === undefined && ticks !== undefined) fence = ticks;
      else if (fence !== undefined && line === fence) fence = undefined;
      else if (fence === undefined)
        outside.push(line.replace(/(`+)(?!`).*?[^`]\1(?!`)/g, '').replace(/<code>.*?<\/code>/g, ''));
    }
    expect(fence).toBeUndefined();
    expect(outside.join('\n')).not.toMatch(/@octocat|<img|<b>|evil|# title/);
    expect(outside.filter((line) => line === '</details>')).toHaveLength(1);
  });

  it('shows controls and turned writing as escapes', () => {
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(text).toContain('\\u202e');
  });
});

describe('markdown of a large change', () => {
  it('leaves out whole objects from the end and says how many', () => {
    const text = formatMarkdown(
      report([environment('one', {}, { a: 1 }, configMaps(2000, { text: 'x'.repeat(100) }))]),
    );
    const shown = text.match(/^`ConfigMap ns\/map-\d+ added by app`$/gm)?.length ?? 0;
    expect(text.length).toBeLessThanOrEqual(65_000);
    expect(text.length).toBeGreaterThan(60_000);
    expect(shown).toBeGreaterThan(100);
    expect(text).toContain(`**${String(2000 - shown)} more not shown**`);
    expect(text.match(/```diff/g)).toHaveLength(shown + 1);
    expect(text).toContain('</details>');
  });

  it('stays within the limit for one huge value, many environments, and many dangers', () => {
    const huge = environment('huge', { a: '' }, { a: 'x'.repeat(200_000) });
    const many = Array.from({ length: 2000 }, (_, index) =>
      environment(`environment-${String(index)}`, { a: 1 }, { a: 2 }),
    );
    const removed = configMaps(500, {}).map((manifest) => ({
      component: 'app',
      namespace: 'n'.repeat(60),
      manifest: { ...manifest, kind: 'Secret' },
    }));
    const dangers = { name: 'd', from: { values: {}, objects: removed }, to: { values: {}, objects: [] } };
    for (const environments of [
      [huge],
      many,
      [dangers],
      [{ ...huge, from: { values: {}, objects: [], error: 'e'.repeat(100_000) } }],
    ]) {
      const text = formatMarkdown(report(environments));
      expect(text.length).toBeLessThanOrEqual(65_000);
      expect(text.startsWith(`${MARKER}\n### Brolly diff: `)).toBe(true);
    }
  });
});
