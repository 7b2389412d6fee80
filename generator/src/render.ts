import Handlebars from 'handlebars';
import type { Image } from './generated/image.js';
import type { Component, Json, LoadedEnvironment } from './model.js';

/** What a template may name. Everything in it comes from the typed input files. */
export interface View {
  readonly name: string;
  readonly environment: LoadedEnvironment['environment'];
  readonly images: Readonly<Record<string, { registry: string; repository: string; tag: string; digest?: string }>>;
  readonly components: readonly Component[];
  /** Zero is a number of replicas, but `{{#if 0}}` is false. */
  readonly hasReplicas: boolean;
}

/** The view of a template that is rendered once for each component. */
export interface ComponentView extends View {
  readonly component: Component;
}

/** Strict: a name that the view does not have is an error, and values reach the text through one helper only. */
const OPTIONS: CompileOptions = { strict: true, noEscape: true, knownHelpersOnly: true, knownHelpers: { yaml: true } };

/** A template's text; what comes out still has to be parsed, validated and printed canonically. */
export function renderTemplate(template: string, view: View | ComponentView): string {
  const handlebars = Handlebars.create();
  handlebars.registerHelper('yaml', (value: Json) => inlineYaml(value));
  return handlebars.compile<View>(template, OPTIONS)(view);
}

/** JSON is YAML at any indentation; what Go's reader would fold or refuse inside quotes is escaped. */
function inlineYaml(value: Json): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u00a0\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The part of the view that every template of an environment shares. */
export function toView({ name, environment, images }: LoadedEnvironment, components: readonly Component[]): View {
  return {
    name,
    environment,
    images: Object.fromEntries(
      Object.entries<Image>({ ...images }).map(([image, { repository, ...rest }]) => {
        const slash = repository.indexOf('/');
        return [image, { ...rest, registry: repository.slice(0, slash), repository: repository.slice(slash + 1) }];
      }),
    ),
    components,
    hasReplicas: environment.inference.replicas !== undefined,
  };
}
