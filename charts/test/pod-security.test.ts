import { describe, expect, test } from 'vitest';
import { RENDERINGS } from './fixtures.js';
import { at, render } from './helm.js';
import { list, podSpecs, violations } from './pod-security.js';

const container = {
  name: 'c',
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
};
const restricted = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [container],
};

describe('the check itself', () => {
  test('accepts a restricted pod', () => {
    expect(violations(restricted)).toEqual([]);
  });

  test.each([
    ['hostNetwork is on', { ...restricted, hostNetwork: true }],
    ['volume v is a hostPath', { ...restricted, volumes: [{ name: 'v', hostPath: { path: '/' } }] }],
    ['container c may run as root', { ...restricted, securityContext: { seccompProfile: { type: 'RuntimeDefault' } } }],
    ['container c has no seccomp profile', { ...restricted, securityContext: { runAsNonRoot: true } }],
    ['container c opens a host port', { ...restricted, containers: [{ ...container, ports: [{ hostPort: 80 }] }] }],
  ])('reports that %s', (violation, spec) => {
    expect(violations(spec)).toEqual([violation]);
  });

  test('reports every fault of a bare init container', () => {
    expect(violations({ ...restricted, initContainers: [{ name: 'i' }] })).toEqual([
      'container i may escalate privileges',
      'container i keeps capabilities',
    ]);
  });
});

describe.each(Object.entries(RENDERINGS))('pods: %s', (_, options) => {
  const specs = podSpecs(render(options));

  test('there are some', () => {
    expect(specs.length).toBeGreaterThan(0);
  });

  test.each(specs)('%s passes Pod Security restricted', (_name, spec) => {
    expect(violations(spec)).toEqual([]);
  });

  test.each(specs)('%s mounts no token by default and has bounds on everything it uses', (_name, spec) => {
    expect(spec.automountServiceAccountToken).toBe(false);
    expect(spec.enableServiceLinks).toBe(false);
    for (const volume of list(spec.volumes).filter((v) => 'emptyDir' in v)) {
      expect(at(volume, 'emptyDir.sizeLimit')).toMatch(/^\d+[MG]i$/);
    }
    for (const each of list(spec.containers)) {
      expect(at(each, 'securityContext.readOnlyRootFilesystem')).toBe(true);
      for (const key of ['requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory']) {
        expect(at(each, `resources.${key}`)).toEqual(expect.any(String));
      }
    }
  });
});
