import type { Slot } from '../runtime/messages.js';
import { invalidFor } from './invalid.js';
import type { Part } from './model-queue.js';
import type { InferRequest } from './model-server.js';
import { sliceRows } from './rows.js';
import type { ServedModel } from './served-model.js';
import type { NamedTensor } from './tensor.js';

/** Rows of one request that are worth a worker of their own. */
const LEAST_SPLIT = 4;
/** UTF-8 bytes of a token, at the least in prose: the estimate is rather too high than too low. */
const BYTES_PER_TOKEN = 3;

/**
 * Checks a request against the signature of the model and cuts it into parts that a worker can run.
 * @param workers over so many workers the rows are spread
 * @throws ServingError `invalid` with every problem
 */
export function partsOf(request: InferRequest, model: ServedModel, workers: number): Part[] {
  const problems: string[] = [];
  const inputs = checkInputs(request.inputs, model, problems);
  checkOutputs(request.outputs, model.signature.outputs, problems);
  if (model.stackable && inputs.some(({ shape }) => shape[0] !== inputs[0]?.shape[0]))
    problems.push('the first dimension of all inputs must be the same: it is the batch');
  if (problems.length > 0) throw invalidFor(problems);
  const rows = model.stackable ? (inputs[0]?.shape[0] ?? 1) : 1;
  // Each text is a part: it is padded least among those of its length, whatever request they are of.
  const least = model.text ? 1 : Math.max(LEAST_SPLIT, Math.ceil(rows / workers));
  const size = Math.min(model.maxItems, least);
  const key = keyOf(inputs, request.outputs);
  const part = (own: NamedTensor[], count: number): Part => ({
    inputs: own,
    rows: count,
    tokens: model.text ? tokensOf(own, model.text.longest) : 0,
    key,
  });
  if (rows <= size) return [part(inputs, rows)];
  return Array.from({ length: Math.ceil(rows / size) }, (_, i) => {
    const [from, to] = [i * size, Math.min(rows, (i + 1) * size)];
    return part(
      inputs.map((tensor) => sliceRows(tensor, from, to)),
      to - from,
    );
  });
}

/** What parts that run together have in common: the shapes of their rows, and the outputs wanted. */
function keyOf(inputs: readonly NamedTensor[], outputs: readonly string[] = []): string {
  let key = '';
  for (const { shape } of inputs) {
    for (let i = 1; i < shape.length; i += 1) key += `${String(shape[i])}x`;
    key += ' ';
  }
  return outputs.length === 0 ? key : key + outputs.join(' ');
}

/** The inputs in the order of the signature. */
function checkInputs(given: readonly NamedTensor[], model: ServedModel, problems: string[]): NamedTensor[] {
  const slots = model.signature.inputs;
  const inputs = slots.map((slot) => given.find(({ name }) => name === slot.name));
  // As many as there are slots, and one for each of them: then they are these.
  if (given.length > slots.length || inputs.includes(undefined)) checkNames(given, slots, problems);
  const sizes = new Map<string, number>();
  return inputs.filter((tensor, i): tensor is NamedTensor => {
    const slot = slots[i];
    if (!tensor || !slot) return false;
    const problem = misfit(tensor, slot, sizes);
    if (problem !== undefined) problems.push(`input ${slot.name} ${problem}`);
    else if (Array.isArray(tensor.data)) checkTexts(tensor.name, tensor.data, model, problems);
    return problem === undefined;
  });
}

function checkNames(given: readonly NamedTensor[], slots: readonly Slot[], problems: string[]): void {
  const names = slots.map(({ name }) => name);
  given.forEach(({ name }, i) => {
    if (!names.includes(name)) problems.push(`input ${name} is not known; the model takes ${names.join(', ')}`);
    else if (given.findIndex((other) => other.name === name) < i) problems.push(`input ${name} is given twice`);
  });
  for (const missing of names.filter((name) => !given.some((tensor) => tensor.name === name)))
    problems.push(`input ${missing} is missing`);
}

/** @param sizes of the dimensions named so far: the same name is the same size in all inputs */
function misfit({ datatype, shape, data }: NamedTensor, slot: Slot, sizes: Map<string, number>): string | undefined {
  if (datatype !== slot.datatype) return `must be ${slot.datatype}, not ${datatype}`;
  const elements = shape.reduce((product, size) => product * size, 1);
  if (elements !== data.length)
    return `has ${String(data.length)} elements, and its shape ${show(shape)} makes ${String(elements)}`;
  if (elements === 0) return 'has no elements';
  // An empty shape is also what a graph has that does not state it; then the model has to judge.
  if (slot.shape.length === 0) return undefined;
  const problem = shapeProblem(shape, slot.shape, sizes);
  if (problem !== undefined) return problem;
  slot.shape.forEach((size, i) => {
    if (typeof size === 'string' && size !== '' && !sizes.has(size)) sizes.set(size, shape[i] ?? 0);
  });
  // Once more: a name may stand twice in one shape.
  return shapeProblem(shape, slot.shape, sizes);
}

function shapeProblem(
  shape: readonly number[],
  wanted: Slot['shape'],
  sizes: ReadonlyMap<string, number>,
): string | undefined {
  const known = (size: number | string) => (typeof size === 'string' ? sizes.get(size) : size);
  const fits = shape.length === wanted.length && wanted.every((size, i) => (known(size) ?? shape[i]) === shape[i]);
  return fits
    ? undefined
    : `must have the shape ${show(wanted.map((size) => known(size) ?? size))}, not ${show(shape)}`;
}

function checkTexts(
  name: string,
  texts: readonly string[],
  { text: limits, manifest }: ServedModel,
  problems: string[],
): void {
  const categories = manifest.inputs?.find((input) => input.name === name)?.categories;
  texts.forEach((text, i) => {
    const problem = textProblem(text, categories, limits?.maxCharacters);
    if (problem !== undefined) problems.push(`input ${name}[${String(i)}] ${problem}`);
  });
}

/** @param maxCharacters of a text model; undefined for a model that takes the text itself */
function textProblem(text: string, categories: string[] | undefined, maxCharacters?: number): string | undefined {
  if (categories && !categories.includes(text)) return `must be one of ${categories.join(', ')}`;
  // ONNX Runtime takes strings as C does: they end at the first NUL.
  if (maxCharacters === undefined)
    return text.includes('\0') ? 'holds a NUL character, which the model would cut it at' : undefined;
  // A character may be two units of a string.
  const fits = text.length <= maxCharacters || Array.from(text).length <= maxCharacters;
  return fits ? undefined : `must have at most ${String(maxCharacters)} characters`;
}

function checkOutputs(wanted: readonly string[] | undefined, slots: readonly Slot[], problems: string[]): void {
  if (!wanted) return;
  const names = slots.map(({ name }) => name);
  wanted.forEach((name, i) => {
    if (!names.includes(name)) problems.push(`output ${name} is not known; the model gives ${names.join(', ')}`);
    else if (wanted.indexOf(name) < i) problems.push(`output ${name} is asked for twice`);
  });
}

function tokensOf([input]: readonly NamedTensor[], longest: number): number {
  const tokens = (text: string) => Math.min(longest, 2 + Math.ceil(text.length / BYTES_PER_TOKEN));
  return (input?.data as string[]).reduce((sum, text) => sum + tokens(text), 0);
}

const show = (shape: readonly (number | string)[]) => `[${shape.map((size) => size || 'any').join(', ')}]`;
