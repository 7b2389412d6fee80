import { each, invalid, invalidFor } from './invalid.js';
import { DATATYPES, type Datatype, type NamedTensor, type TensorData } from '../serving/tensor.js';

/** An input as a client declares it; nothing of it is checked but its form. */
export interface DeclaredInput {
  name: string;
  datatype: string;
  shape: readonly number[];
}

/**
 * The tensors of a request, by whatever wire they came.
 * @param maxElements of all inputs together
 * @param read the elements of an input, given how many its shape makes
 * @throws ServingError invalid with the problems of all inputs
 */
export function readInputs<T extends DeclaredInput>(
  declared: readonly T[],
  maxElements: number,
  read: (input: T, datatype: Datatype, count: number, i: number) => TensorData,
): NamedTensor[] {
  refuseRepeated('input', declared);
  // A product beyond 2^53 is inexact, but not small again.
  const counts = declared.map(({ shape }) => shape.reduce((product, size) => product * size, 1));
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total > maxElements) {
    throw invalid(`the inputs have ${String(total)} elements; a request may have at most ${String(maxElements)}`);
  }
  return each(declared, inputName, (input, i) => {
    const { name, datatype, shape } = input;
    if (!isDatatype(datatype)) throw invalid(`has the datatype ${datatype}; use one of ${DATATYPES.join(', ')}`);
    return { name, datatype, shape: [...shape], data: read(input, datatype, counts[i] ?? 0, i) };
  });
}

export const inputName = ({ name }: { name: string }): string => `input ${name}`;

/** @throws ServingError invalid when two have one name */
export function refuseRepeated(kind: string, named: readonly { name: string }[]): void {
  const names = named.map(({ name }) => name);
  const repeated = new Set(names.filter((name, i) => names.indexOf(name) < i));
  if (repeated.size > 0) throw invalidFor([...repeated].map((name) => `${kind} ${name} is given more than once`));
}

const isDatatype = (name: string): name is Datatype => DATATYPES.includes(name as Datatype);
