import { DATATYPES, type Datatype, type NamedTensor, type TensorData } from '../serving/tensor.js';
import { each, invalid, invalidFor } from '../serving/invalid.js';

/** Most inputs, and most outputs, of a request. */
export const MAX_TENSORS = 256;

/** A text takes an object of its own: as much memory as so many numbers, if it is empty. */
const TEXT_WEIGHT = 64;

/** An input as a client declares it; nothing of it is checked but its form. */
export interface DeclaredInput {
  name: string;
  datatype: string;
  shape: readonly number[];
}

/**
 * The tensors of a request, by whatever wire they came.
 * @param maxElements of all inputs together; a text counts for TEXT_WEIGHT
 * @param read the elements of an input, given how many its shape makes
 * @throws ServingError invalid with the problems of all inputs
 */
export function readInputs<T extends DeclaredInput>(
  declared: readonly T[],
  maxElements: number,
  read: (input: T, datatype: Datatype, count: number, i: number) => TensorData,
): NamedTensor[] {
  refuseRepeated('input', declared);
  const counts = each(declared, inputName, ({ shape }) => elementsOf(shape));
  const weight = (i: number) => (declared[i]?.datatype === 'BYTES' ? TEXT_WEIGHT : 1);
  const total = counts.reduce((sum, count, i) => sum + count * weight(i), 0);
  if (total > maxElements) {
    throw invalid(
      `the inputs have ${String(total)} elements, a text counted as ${String(TEXT_WEIGHT)}; ` +
        `a request may have at most ${String(maxElements)}`,
    );
  }
  return each(declared, inputName, (input, i) => {
    const { name, datatype, shape } = input;
    if (!isDatatype(datatype)) throw invalid(`has the datatype ${datatype}; use one of ${DATATYPES.join(', ')}`);
    return { name, datatype, shape: [...shape], data: read(input, datatype, counts[i] ?? 0, i) };
  });
}

export const inputName = ({ name }: { name: string }): string => `input ${name}`;

function elementsOf(shape: readonly number[]): number {
  const wrong = shape.find((size) => !(size >= 0));
  if (wrong !== undefined) throw invalid(`has the size ${String(wrong)} in its shape: sizes are 0 or more`);
  // Beyond 2^53 the product is inexact, but not small again.
  return shape.reduce((product, size) => product * size, 1);
}

/** @throws ServingError invalid when two have one name, or when there are too many to look at */
export function refuseRepeated(kind: string, named: readonly { name: string }[]): void {
  const names = named.map(({ name }) => name);
  if (names.length > MAX_TENSORS) throw invalid(`there are more than ${String(MAX_TENSORS)} ${kind}s`);
  const repeated = new Set(names.filter((name, i) => names.indexOf(name) < i));
  if (repeated.size > 0) throw invalidFor([...repeated].map((name) => `${kind} ${name} is given more than once`));
}

const isDatatype = (name: string): name is Datatype => DATATYPES.includes(name as Datatype);
