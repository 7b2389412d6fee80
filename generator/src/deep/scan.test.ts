import { describe, expect, test } from 'vitest';
import { parseYaml } from '../yaml.js';
import type { Chart } from './chart.js';
import { parseTemplate } from './parse.js';
import { scanChart } from './scan.js';

function chartOf(text: string): Chart {
  const templates = [{ file: 'templates/a.yaml', text }];
  const values = parseYaml('', 'values.yaml');
  const none = { conditions: [], dependencies: [], packed: [], subcharts: [], schema: undefined, vendored: false };
  return { folder: '.', name: 'chart', mount: [], values, templates, ...none };
}

/** What a template reads: `a.b` a value with all below it, `a.b?` only whether it is there. */
function readsOf(text: string): string[] {
  const reads = scanChart(chartOf(text)).reads.map(({ path, whole }) => `${path.join('.')}${whole ? '' : '?'}`);
  return [...new Set(reads)].sort();
}

test.each([
  ['{{ .Values.a.b }}', ['a.b']],
  ['{{- /* {{ .Values.a }} */ -}}{{/* .Values.b */}}', []],
  ['{{ $.Values.a | quote }}{{ "}} .Values.no" }}{{ `{{ .Values.no }}` }}', ['a']],
  ['{{ (.Values.a).b }}{{ (index .Values "c-d").e }}', ['a.b', 'c-d.e']],
  ['{{ index .Values.a "b" 0 .Values.c }}', ['a.b.*.*', 'c']],
  ['{{ get .Values.a "b" }}{{ dig "c" "d" "none" .Values.a }}', ['a.b', 'a.c.d']],
  ['{{ if hasKey .Values.a "b" }}{{ end }}', ['a.b?']],
  ['{{ with .Values.a }}{{ .b }}{{ $.Values.c }}{{ else }}{{ .Values.d }}{{ end }}', ['a.b', 'a?', 'c', 'd']],
  [
    '{{ if .Values.a }}{{ else if .Values.b }}{{ .Values.c }}{{ else }}{{ .Values.d }}{{ end }}',
    ['a?', 'b?', 'c', 'd'],
  ],
  [
    '{{ range .Values.a }}{{ .b }}{{ end }}{{ range $k, $v := .Values.c }}{{ $k }}{{ $v.d }}{{ end }}',
    ['a.*.b', 'a?', 'c.*.d', 'c?'],
  ],
  ['{{ $a := .Values.a }}{{ if .Values.b }}{{ $a = .Values.c }}{{ end }}{{ $a.d }}', ['a.d', 'b?', 'c.d']],
  [
    '{{ define "x" }}{{ .key.b }}{{ .root.Values.c }}{{ end }}{{ include "x" (dict "key" .Values.a "root" .) }}',
    ['a.b', 'c'],
  ],
  [
    '{{ define "unused" }}{{ .Values.a }}{{ end }}{{ template "x" .Values.b }}{{ define "x" }}{{ .c }}{{ end }}',
    ['b.c'],
  ],
  ['{{ define "x" }}{{ .Values.a }}{{ end }}{{ include (printf "%s" "x") . }}', ['a']],
  ['{{ define "x" }}{{ include "x" (dict "a" .a) }}{{ end }}{{ include "x" (dict "a" .Values.a) }}', []],
  [
    '{{ define "x" }}{{ (index . 0).Values.c }}{{ (index . 1).d }}{{ (first .).Values.e }}{{ end }}{{ include "x" (list $ .Values.a) }}',
    ['a.d', 'c', 'e'],
  ],
  ['{{ (default .Values.a .Values.b).c }}', ['a.c', 'a?', 'b.c', 'b?']],
  ['{{ toYaml (pick .Values.a "b") }}', ['a.b']],
  ['{{ .Capabilities.APIVersions.Has .Values.a }}{{ .Files.Get "x" }}', ['a']],
])('%s reads %j', (text, reads) => {
  expect(readsOf(text)).toEqual(reads);
});

test('a place knows the conditions that it stands behind', () => {
  const { reads } = scanChart(
    chartOf('{{ if eq .Values.a "x" }}{{ else }}{{ with .Values.b }}{{ .c }}{{ end }}{{ end }}'),
  );
  expect(reads.at(-1)).toMatchObject({
    path: ['b', 'c'],
    guards: [
      { path: ['a'], negated: true },
      { path: ['b'], negated: false },
    ],
  });
  expect(reads[0]).toMatchObject({ path: ['a'], beside: ['x'] });
});

test.each([
  ['{{ if and .Values.a (not .Values.b) }}{{ .Values.c }}{{ end }}', { a: false, b: true }],
  ['{{ if and .Values.a (not .Values.b) }}{{ else }}{{ .Values.c }}{{ end }}', { a: true, b: false }],
  ['{{ if not (or .Values.a (not .Values.b)) }}{{ .Values.c }}{{ end }}', { a: true, b: false }],
  [
    '{{ if not (include "x" .) }}{{ .Values.c }}{{ end }}{{ define "x" }}{{ if .Values.a }}{{ .Values.b }}{{ end }}{{ end }}',
    { a: false },
  ],
])('%s reads c where this is negated: %j', (text, negated) => {
  const read = scanChart(chartOf(text)).reads.find(({ path }) => path.join() === 'c');
  expect(Object.fromEntries(read?.guards.map((guard) => [guard.path.join(), guard.negated]) ?? [])).toEqual(negated);
});

test('a place is where the value is named', () => {
  const text = 'a: 1\nb: {{ include "x" . }}\n{{ define "x" }}{{ printf "%s" .Values.a.b }}{{ end }}';
  expect(scanChart(chartOf(text)).reads.map(({ offset }) => text.slice(offset, offset + 9))).toEqual(['.Values.a']);
});

describe('a template that is none', () => {
  test.each([
    ['{{ if .Values.a }}', 'this block has no {{ end }} or {{ else }}'],
    ['{{ end }}', '{{ end }} ends nothing'],
    ['{{ (.Values.a }}', 'this parenthesis is not closed'],
    ['{{ .Values.a ? }}', 'cannot read this template from here on'],
    ['{{ .Values.a', 'cannot read this template from here on'],
    ['{{ | quote }}', '"|" is not expected here'],
  ])('%s', (text, message) => {
    expect(() => parseTemplate(text)).toThrow(message);
    expect(scanChart(chartOf(text)).unreadable).toMatchObject([{ file: 'templates/a.yaml', message }]);
  });
});
