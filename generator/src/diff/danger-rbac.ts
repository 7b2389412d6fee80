import type { Json } from '../model.js';
import { canonical } from './compare.js';
import { at, textAt, type Pair } from './objects.js';

/** One permission: verb, API group, resource and object name, or verb and URL; `*` stands for all. */
type Permission = readonly string[];

/** Messages name so many permissions before they only count. */
const NAMED = 3;

/** What a role allows, or a binding gives, that it did not before. */
export function widenedPermissions({ kind, from, to }: Pair): string[] {
  if (to === undefined) return [];
  if (kind === 'Role' || kind === 'ClusterRole') {
    const had = permissions(from);
    const gained = permissions(to).filter((wanted) => !had.some((held) => covers(held, wanted)));
    return gained.length === 0 ? [] : [`now allows ${list(gained.map(format))}`];
  }
  if (kind === 'RoleBinding' || kind === 'ClusterRoleBinding') {
    const had = new Set(listAt(from, 'subjects').map(canonical));
    const gained = listAt(to, 'subjects').filter((subject) => !had.has(canonical(subject)));
    const names = gained.map((subject) => `${textAt(subject, 'kind')} ${textAt(subject, 'name')}`);
    const role = `${textAt(to, 'roleRef', 'kind')} ${textAt(to, 'roleRef', 'name')}`;
    return gained.length === 0 ? [] : [`now gives ${role} to ${list(names)}`];
  }
  return [];
}

function permissions(role: Json | undefined): Permission[] {
  return listAt(role, 'rules').flatMap((rule) => {
    const names = strings(rule, 'resourceNames');
    const resources = combine(
      strings(rule, 'verbs'),
      strings(rule, 'apiGroups'),
      strings(rule, 'resources'),
      names.length === 0 ? ['*'] : names,
    );
    return [...resources, ...combine(strings(rule, 'verbs'), strings(rule, 'nonResourceURLs'))];
  });
}

/** Every choice of one of each. */
function combine(...choices: readonly (readonly string[])[]): Permission[] {
  return choices.reduce<Permission[]>(
    (made, options) => made.flatMap((head) => options.map((option) => [...head, option])),
    [[]],
  );
}

function covers(held: Permission, wanted: Permission): boolean {
  return held.length === wanted.length && held.every((part, index) => part === '*' || part === wanted[index]);
}

function format([verb = '', ...rest]: Permission): string {
  const [group, resource, name] = rest;
  if (resource === undefined) return `${verb} ${group ?? ''}`;
  const full = group === '' ? resource : `${resource}.${group ?? ''}`;
  return name === '*' ? `${verb} ${full}` : `${verb} ${full}/${name ?? ''}`;
}

function list(items: readonly string[]): string {
  const named = items.slice(0, NAMED).join(', ');
  return items.length > NAMED ? `${named} and ${String(items.length - NAMED)} more` : named;
}

function listAt(object: Json | undefined, key: string): Json[] {
  const value = at(object, key);
  return Array.isArray(value) ? value : [];
}

function strings(object: Json, key: string): string[] {
  return listAt(object, key).map(String);
}
