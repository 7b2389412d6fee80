import type { ModelRepository, ModelSource } from '../models/model.repository.js';
import { newestFirst } from '../models/version.js';
import { type IndexEntry, ServingError } from './model-server.js';
import type { ServedModel } from './served-model.js';

/** Which versions of which models are served now, and what became of the others. */
export class Catalog {
  private models: ServedModel[] = [];
  /** The default version of each model that was asked for, until others are served. */
  private readonly defaults = new Map<string, ServedModel>();
  private readonly entries = new Map<string, IndexEntry>();

  constructor(private readonly defaultVersion: ModelRepository['defaultVersion']) {}

  /** All versions that are served, by name and the newest first. */
  get served(): readonly ServedModel[] {
    return this.models;
  }

  /** From now on requests go to `models`. */
  flip(models: readonly ServedModel[]): void {
    this.models = models.toSorted(
      (a, b) =>
        a.manifest.name.localeCompare(b.manifest.name, 'en') || newestFirst(a.manifest.version, b.manifest.version),
    );
    this.defaults.clear();
    for (const { manifest } of models) this.mark(manifest, 'READY');
  }

  /** Versions of a model that are served, the newest first. */
  versions(name: string): string[] {
    return this.of(name).map(({ manifest }) => manifest.version);
  }

  of(name: string): ServedModel[] {
    return this.models.filter(({ manifest }) => manifest.name === name);
  }

  find(name: string, version?: string): ServedModel | undefined {
    if (version === undefined) return this.defaults.get(name) ?? this.findDefault(name);
    return this.of(name).find(({ manifest }) => manifest.version === version);
  }

  private findDefault(name: string): ServedModel | undefined {
    const version = this.defaultVersion(name, this.versions(name));
    const model = version === undefined ? undefined : this.find(name, version);
    if (model) this.defaults.set(name, model);
    return model;
  }

  /** @throws ServingError `not-found`, or `not-ready` for one that is known and not served now */
  get(name: string, version?: string): ServedModel {
    const model = this.find(name, version);
    if (model) return model;
    const known = [...this.entries.values()].find(
      (entry) => entry.name === name && (version === undefined || entry.version === version),
    );
    const title = version === undefined ? `model ${name}` : `version ${version} of model ${name}`;
    if (!known) throw new ServingError('not-found', `there is no ${title}`);
    if (known.state === 'LOADING') throw new ServingError('not-ready', `${title} is being loaded; try again`, 1);
    throw new ServingError('not-ready', `${title} is not loaded: ${known.reason}`);
  }

  mark({ name, version }: Pick<ModelSource, 'name' | 'version'>, state: IndexEntry['state'], reason = ''): void {
    this.entries.set(`${name} ${version}`, { name, version, state, reason });
  }

  index(): IndexEntry[] {
    return [...this.entries.values()];
  }
}
