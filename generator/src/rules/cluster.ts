import { textOf } from '../fields.js';
import { formatPath, isObject, type Json, type JsonObject, type Path } from '../model.js';
import { keysOf, partsWith, type Rule } from './rule.js';

export const namespacesEqual: Rule = {
  name: 'namespaces-equal',
  description: 'Every component has a namespace of its own. Two applications in one would prune each other.',
  check: ({ environment: { namespaces } }) => {
    const seen = new Map<unknown, string>();
    return Object.entries(isObject(namespaces) ? namespaces : {}).flatMap(([key, namespace]) => {
      const other = seen.get(namespace);
      seen.set(namespace, key);
      if (other === undefined) return [];
      return [
        {
          in: 'environment',
          at: ['namespaces', key],
          message: `"${key}" and "${other}" are both the namespace ${textOf(namespace)}`,
          hint: 'give each of them a namespace of its own',
        },
      ];
    });
  },
};

export const namesEqual: Rule = {
  name: 'names-equal',
  description:
    'Every subchart names its objects by itself. Two with the same fullnameOverride would write the same objects.',
  check: ({ values }) => {
    const seen = new Map<string, Path>();
    return partsWith(values, 'fullnameOverride').flatMap(({ at, part: { fullnameOverride: name } }) => {
      if (typeof name !== 'string' || name === '') return [];
      const other = seen.get(name);
      seen.set(name, at);
      if (other === undefined) return [];
      return [
        {
          at: [...at, 'fullnameOverride'],
          with: [[...other, 'fullnameOverride']],
          message: `${formatPath(at)} and ${formatPath(other)} are both named ${name}`,
          hint: 'give each of them a name of its own',
        },
      ];
    });
  },
};

/** The range that a cluster gives to node ports unless its --service-node-port-range says otherwise. */
const LOWEST = 30000;
const HIGHEST = 32767;

export const nodePortRange: Rule = {
  name: 'node-port-range',
  description: `A node port is between ${String(LOWEST)} and ${String(HIGHEST)}. The API server refuses the Service otherwise.`,
  check: ({ values }) =>
    nodePortsOf(values).flatMap(({ at, port }) => {
      if (port >= LOWEST && port <= HIGHEST) return [];
      return [
        {
          at,
          message: `no node port may be ${String(port)}`,
          hint: `give one from ${String(LOWEST)} to ${String(HIGHEST)}`,
        },
      ];
    }),
};

export const nodePortTaken: Rule = {
  name: 'node-port-taken',
  description: 'A node port belongs to one Service of a cluster. The API server refuses the second one.',
  check: ({ values }) => {
    const seen = new Map<number, Path>();
    return nodePortsOf(values).flatMap(({ at, port }) => {
      const other = seen.get(port);
      seen.set(port, other ?? at);
      if (other === undefined) return [];
      return [
        {
          at,
          with: [other],
          message: `node port ${String(port)} is taken by ${formatPath(other)}`,
          hint: 'give each Service a node port of its own',
        },
      ];
    });
  },
};

/** Every `…nodePort: 30080` and `nodePorts: {http: 30080}` of a Service that opens node ports. */
function nodePortsOf(values: JsonObject): { at: Path; port: number }[] {
  const keys = keysOf(values).filter((key) => /nodePorts?$/i.test(key));
  return keys.flatMap((key) =>
    partsWith(values, key)
      .filter(({ part }) => part.type !== 'ClusterIP')
      .flatMap(({ at, part }) => {
        const ports = isObject(part[key]) ? Object.entries(part[key]) : [];
        const all: [Path, Json | undefined][] = [
          [[key], part[key]],
          ...ports.map(([name, port]): [Path, Json] => [[key, name], port]),
        ];
        return all.flatMap(([path, port]) => (typeof port === 'number' ? [{ at: [...at, ...path], port }] : []));
      }),
  );
}
