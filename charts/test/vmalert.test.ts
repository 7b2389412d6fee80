import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { available, UMBRELLA } from './helm.js';

/** The alerting program's own tester: the one that VMALERT_TOOL names, by default the one on the PATH; undefined when there is none. */
const VMALERT_TOOL = available(process.env.VMALERT_TOOL ?? 'vmalert-tool', ['--help']);

const RULES = `${UMBRELLA}/charts/victoria-metrics/rules`;
const CASES = new URL('vmalert', import.meta.url).pathname;

interface Rule {
  alert?: string;
  record?: string;
  annotations?: { summary?: string; description?: string };
  labels?: { severity?: string };
}

interface Case {
  alert_rule_test: { alertname: string; exp_alerts: unknown[] }[];
}

const rules = readdirSync(RULES).flatMap((file) => {
  const { groups } = parse(readFileSync(`${RULES}/${file}`, 'utf8')) as { groups: { rules: Rule[] }[] };
  return groups.flatMap((group) => group.rules);
});
const alerts = rules.filter(({ alert }) => alert !== undefined);

test('every alert says how bad it is, what is the matter and what to do', () => {
  expect(alerts.length).toBeGreaterThan(10);
  for (const { alert, annotations, labels } of alerts) {
    expect(labels?.severity, alert).toMatch(/^(critical|warning)$/);
    expect(annotations?.summary, alert).toMatch(/./);
    expect(annotations?.description, alert).toMatch(/./);
  }
});

test('no two rules have one name', () => {
  const names = rules.map(({ alert, record }) => alert ?? record);
  expect(new Set(names).size).toBe(names.length);
});

test('every rule is tried, an alert both when it fires and when it does not', () => {
  const texts = readdirSync(CASES).map((file) => readFileSync(`${CASES}/${file}`, 'utf8'));
  const tries = texts.flatMap((text) =>
    (parse(text) as { tests: Case[] }).tests.flatMap((each) => each.alert_rule_test),
  );
  for (const { alert, record } of rules) {
    if (record !== undefined) expect(texts.join('\n')).toContain(`'${record}{`);
    const fired = tries.filter(({ alertname }) => alertname === alert).map(({ exp_alerts }) => exp_alerts.length > 0);
    if (alert !== undefined) expect([...new Set(fired)].sort(), alert).toEqual([false, true]);
  }
});

describe.skipIf(!VMALERT_TOOL)('vmalert-tool unittest (skipped without vmalert-tool on the PATH)', () => {
  test.each(readdirSync(CASES))('%s', { timeout: 300_000 }, (file) => {
    const args = ['unittest', '--disableAlertgroupLabel', `--files=${CASES}/${file}`];
    const { status, stdout, stderr } = spawnSync(VMALERT_TOOL ?? '', args, { encoding: 'utf8' });
    expect(status, stdout + stderr).toBe(0);
  });
});
