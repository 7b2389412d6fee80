import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { at, render, SUBCHARTS, type Tree } from './helm.js';
import { list } from './pod-security.js';

/**
 * Every port that the platform opens on the nodes: the one place that says which are taken. Those of the charts are the
 * defaults of their schemas; a second release in one cluster needs others.
 */
const NODE_PORTS = {
  'Argo CD, HTTP': 30081,
  'Argo CD, HTTPS': 30444,
  'inference, gRPC': 32198,
  'inference, HTTP': 32199,
  'grafana, HTTP': 32300,
  'victoria-metrics, HTTP': 32428,
};

test('no two are the same, and all are in the range of Kubernetes', () => {
  const ports = Object.values(NODE_PORTS);
  expect(new Set(ports).size).toBe(ports.length);
  for (const port of ports) expect(port >= 30000 && port <= 32767).toBe(true);
});

test('the charts open these and no others', () => {
  const outside = Object.fromEntries(SUBCHARTS.map((name) => [name, { service: { type: 'NodePort' } }]));
  const opened = render({ values: outside })
    .filter((m) => m.kind === 'Service' && at(m, 'spec.type') === 'NodePort')
    .flatMap((service) => list(at(service, 'spec.ports')))
    .map(({ nodePort }) => nodePort);
  const own = Object.entries(NODE_PORTS).filter(([name]) => !name.startsWith('Argo CD'));
  expect(opened.sort()).toEqual(own.map(([, port]) => port).sort());
});

test('Argo CD is installed with these', () => {
  const values: unknown = parse(readFileSync(new URL('../../argocd/install/values.yaml', import.meta.url), 'utf8'));
  const service = at(values, 'server.service') as Tree;
  expect([service.nodePortHttp, service.nodePortHttps]).toEqual([
    NODE_PORTS['Argo CD, HTTP'],
    NODE_PORTS['Argo CD, HTTPS'],
  ]);
});

test('an environment that opens a port of the charts opens the one of this table', () => {
  const read = (path: string): unknown =>
    parse(readFileSync(new URL(`../../environments/${path}/values.yaml`, import.meta.url), 'utf8'));
  expect(at(read('k3s-hetzner'), 'inference.service')).toMatchObject({
    nodePort: NODE_PORTS['inference, HTTP'],
    grpcNodePort: NODE_PORTS['inference, gRPC'],
  });
});
