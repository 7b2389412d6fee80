/** What completion has to know of a command; the commands of the command line have this form. */
export interface CommandShape {
  name(): string;
  readonly options: readonly OptionShape[];
  readonly registeredArguments: readonly { name(): string; readonly variadic: boolean }[];
}

interface OptionShape {
  readonly long?: string | undefined;
  readonly argChoices?: readonly string[] | undefined;
  /** Whether a value has to follow. */
  readonly required: boolean;
}

/** What the words of an argument or of an option's value may be, by its name; asked only when needed. */
export type Candidates = Readonly<Record<string, () => readonly string[]>>;

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * The words that may stand in the place of the last one. `words` are those of a command line after the program's name; the
 * last is the one under way, perhaps empty. A word that ends in `=` wants more behind it.
 */
export function complete(
  commands: readonly CommandShape[],
  words: readonly string[],
  candidates: Candidates,
): string[] {
  const current = words.at(-1) ?? '';
  const starting = (all: readonly string[]): string[] => all.filter((word) => word.startsWith(current));
  const [name = '', ...given] = words.slice(0, -1);
  const names = commands.map((command) => command.name());
  if (words.length <= 1) return starting([...names, 'help', '--help', '--version']);
  if (name === 'help') return given.length === 0 ? starting(names) : [];
  const command = commands.find((one) => one.name() === name);
  if (command === undefined) return [];

  const before = command.options.find(({ long }) => long === given.at(-1));
  if (before?.required === true) {
    return starting(before.argChoices ?? candidates[(before.long ?? '').replace(/^--/, '')]?.() ?? []);
  }
  if (current.startsWith('-')) {
    const unused = command.options.flatMap(({ long }) => (long === undefined || given.includes(long) ? [] : long));
    return starting([...unused, '--help']);
  }
  const positional = given.filter((word, index) => !word.startsWith('-') && !takesValue(command, given[index - 1]));
  const last = command.registeredArguments.at(-1);
  const argument = command.registeredArguments[positional.length] ?? (last?.variadic === true ? last : undefined);
  if (argument === undefined) return [];
  const all = candidates[argument.name()]?.() ?? [];
  return starting(all).filter((word) => !argument.variadic || !positional.includes(word));
}

function takesValue({ options }: CommandShape, word: string | undefined): boolean {
  return options.some(({ long, required }) => required && long === word);
}

/** What a shell has to run once, for instance from its start-up file, so that it completes `brolly`. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}

const SCRIPTS: Readonly<Record<Shell, string>> = {
  // bash breaks words at "=", so only what is behind it may be replaced
  bash: `# bash completion of brolly: eval "$(brolly completion bash)"
_brolly() {
  local -a words
  read -ra words <<< "\${COMP_LINE:0:COMP_POINT}"
  [[ "\${COMP_LINE:COMP_POINT-1:1}" == ' ' ]] && words+=('')
  local current="\${words[\${#words[@]}-1]}" word
  COMPREPLY=()
  while IFS= read -r word; do
    [[ "$word" == *= ]] && compopt -o nospace
    [[ "$current" == *=* ]] && word="\${word#*=}"
    COMPREPLY+=("$word")
  done < <(brolly complete -- "\${words[@]:1}" 2> /dev/null)
}
complete -F _brolly brolly
`,
  zsh: `#compdef brolly
# zsh completion of brolly: eval "$(brolly completion zsh)"
_brolly() {
  local -a found
  found=(\${(f)"$(brolly complete -- "\${(@)words[2,CURRENT]}" 2> /dev/null)"})
  compadd -S '' -- \${(M)found:#*=}
  compadd -- \${found:#*=}
}
compdef _brolly brolly
`,
  fish: `# fish completion of brolly: brolly completion fish | source
function __brolly_complete
  brolly complete -- (commandline -opc)[2..] (commandline -ct) 2> /dev/null
end
complete -c brolly -f -a '(__brolly_complete)'
`,
};
