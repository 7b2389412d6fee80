import type { Json } from '../model.js';

/** One difference at one leaf. Values are masked already. */
export interface Change {
  /** `moved` is an item at another place of its list; without `from` and `to`, a list whose items stand in another order. */
  readonly kind: 'added' | 'removed' | 'changed' | 'moved';
  /** `spec.template.spec.containers[inference].env[LOG_LEVEL].value`: list items are named by their identity, else by index. */
  readonly path: string;
  /** Value on the base side; for `moved` the 0-based place there. Absent when added. */
  readonly from?: Json;
  /** Value on the head side; for `moved` the 0-based place there. Absent when removed. */
  readonly to?: Json;
}

export interface ObjectId {
  readonly kind: string;
  /** Absent for an object of the whole cluster. */
  readonly namespace?: string;
  readonly name: string;
}

export interface ObjectChange extends ObjectId {
  /** Name of the Argo CD application that renders the object, or `argocd` for what stands in argocd/<env>. */
  readonly component: string;
  readonly change: 'added' | 'removed' | 'changed' | 'renamed';
  /** Of a renamed object: what it was. It counts as one removed and one added. */
  readonly was?: Pick<ObjectId, 'namespace' | 'name'>;
  /** Every leaf of an added object, none of a removed one; of a renamed one what else changed. */
  readonly changes: readonly Change[];
  /** Set when pods are replaced: because their template changed, or only because a configuration they read did. */
  readonly rollout?: 'template' | 'configuration';
}

export interface Danger {
  /** Stable name of the rule, e.g. `immutable-field`. */
  readonly rule: string;
  /** `Deployment ml-inference/inference` */
  readonly object: string;
  readonly message: string;
}

export interface Counts {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
}

export interface EnvironmentDiff {
  readonly name: string;
  /** `failed`: a side could not be generated or rendered, so its objects are not compared. */
  readonly status: 'unchanged' | 'changed' | 'added' | 'removed' | 'failed';
  readonly errors: readonly { readonly side: 'base' | 'head'; readonly message: string }[];
  readonly dangers: readonly Danger[];
  /** Leaves of environments/<env>/values.yaml. Empty for an environment that is added or removed as a whole. */
  readonly values: readonly Change[];
  /** Empty for an environment that is added or removed as a whole, and when it failed. */
  readonly objects: readonly ObjectChange[];
  readonly counts: { readonly values: Counts; readonly objects: Counts };
}

/** What one side was made from. */
export interface Revision {
  /** As given, or `working tree`. */
  readonly ref: string;
  /** Full SHA; absent for the working tree. */
  readonly commit?: string;
}

/** The whole result; its JSON form is described by generator/schemas/diff.schema.json. */
export interface DiffReport {
  readonly version: 1;
  readonly base: Revision;
  readonly head: Revision;
  readonly environments: readonly EnvironmentDiff[];
}

/** `Deployment ml-inference/inference` */
export function formatObject({ kind, namespace, name }: ObjectId): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}
