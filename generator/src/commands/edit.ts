import type { Context } from '../context.js';
import { FindingsError, type Finding } from '../errors.js';
import { readIfThere, removeFile, writeAllAtomic } from '../files.js';
import { lineOf } from '../report.js';
import { generate, type GenerateOptions } from './generate.js';

/** An input file as it should be from now on. */
export interface Edit {
  readonly path: string;
  readonly text: string;
}

/** Writes input files and generates what follows from them. When that fails, every file is as it was before. */
export async function editAndGenerate(
  context: Context,
  edits: readonly Edit[],
  options: Pick<GenerateOptions, 'environments' | 'format'>,
): Promise<number> {
  const { root, terminal, signal } = context;
  signal.throwIfAborted(); // from here on Ctrl-C waits until the files agree again
  const before = edits.map(({ path }) => ({ path, text: readIfThere(root, path) }));
  const changed = edits.filter(({ text }, index) => text !== before[index]?.text);
  const withLine = (finding: Finding): Finding => {
    const text = lineOf(root, finding);
    return text === undefined ? finding : { ...finding, text };
  };
  writeAllAtomic(root, changed);
  try {
    return await generate(context, { ...options, edited: changed.map(({ path }) => path) });
  } catch (error) {
    const failed = error instanceof FindingsError ? new FindingsError(error.findings.map(withLine)) : error;
    writeAllAtomic(
      root,
      before.flatMap(({ path, text }) => (text === undefined ? [] : [{ path, text }])),
    );
    for (const { path, text } of before) if (text === undefined) removeFile(root, path);
    if (options.format !== 'json') terminal.err('nothing was written, for this would be wrong:');
    throw failed;
  }
}
