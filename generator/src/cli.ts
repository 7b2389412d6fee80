import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { DiffOptions } from './commands/diff.js';
import type { ExplainOptions } from './commands/explain.js';
import type { GenerateOptions } from './commands/generate.js';
import type { DownOptions } from './commands/down.js';
import type { ImageOptions } from './commands/image.js';
import type { MigrateOptions } from './commands/migrate.js';
import type { NewOptions } from './commands/new.js';
import type { RenderOptions } from './commands/render.js';
import type { SetOptions } from './commands/set.js';
import type { StatusOptions } from './commands/status.js';
import type { UpOptions } from './commands/up.js';
import type { ValidateOptions } from './commands/validate.js';
import type { Context } from './context.js';
import { EXIT, Failure, FindingsError } from './errors.js';
import { REPORT_FORMATS, printFailure, printFindings, summarize, tidyFindings } from './report.js';
import { toJson } from './report/json.js';
import { createTerminal, type Terminal } from './terminal.js';

/** Runs the command line and gives the exit code. The only place that turns errors into words. */
export async function main(args: readonly string[]): Promise<number> {
  const terminal = createTerminal(process, process.env);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(); // whoever read the output has seen enough: `brolly diff | head`
  });
  const interrupted = onInterrupt();
  const at = (root: string): Context => ({
    root,
    terminal,
    env: process.env,
    get signal() {
      return interrupted();
    },
  });
  const root = findRoot(process.cwd());
  let code: number = EXIT.ok;
  let format: unknown;
  const program = createProgram(at, root, (result) => {
    code = result;
  }).hook('preAction', (_, command) => {
    format = command.opts().format;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    return report(error, root, terminal, format);
  }
}

/** Ctrl-C ends the program, as it ends any, until a command looks at the signal: from then on it only aborts that. */
function onInterrupt(): () => AbortSignal {
  const controller = new AbortController();
  let isLookedAt = false;
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => {
      if (isLookedAt) controller.abort();
      else process.exit(128 + constants.signals[name]);
    });
  return () => {
    isLookedAt = true;
    return controller.signal;
  };
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}

/** The command's table: each command loads its own code only when it runs. */
function createProgram(at: (root: string) => Context, root: string, done: (code: number) => void): Command {
  const context = at(root);
  const program = new Command('brolly')
    .description('Typed environments for an umbrella of ML inference charts: values, Argo CD applications, diffs.')
    .version(readVersion(), '-v, --version', 'print the version')
    .exitOverride()
    .showHelpAfterError('(brolly --help lists the commands)')
    .addHelpText('after', '\nExit codes: 0 fine, 1 findings or drift, 2 wrong usage or a failure.');
  const command = (usage: string, description: string, ...examples: string[]): Command =>
    program
      .command(usage)
      .description(description)
      .showHelpAfterError(`(brolly ${usage.split(' ')[0] ?? ''} --help has examples)`)
      .addHelpText('after', ['', 'Examples:', ...examples.map((example) => `  ${example}`)].join('\n'));
  const format = (...formats: string[]): Option =>
    new Option('--format <format>', 'output').choices(formats).default(formats[0]);

  command(
    'init [chart]',
    'set a repository with a Helm chart up for Brolly',
    'brolly init charts/shop --environment staging',
  )
    .option('--environment <name>', 'name of the first environment', 'dev')
    .action(async (chart: string | undefined, options: { environment: string }) => {
      const { init } = await import('./commands/init.js');
      // not what lies above: a repository may stand within another's folder
      done(await init(at(process.cwd()), { ...options, ...(chart !== undefined && { chart }) }));
    });

  command(
    'generate [environments...]',
    'write everything that is generated',
    'brolly generate',
    'brolly generate --check',
    'brolly generate minikube-ci --watch',
  )
    .option('--check', 'write nothing; print the drift and exit 1 if there is any')
    .addOption(new Option('--watch', 'generate again whenever an input changes, until Ctrl-C').conflicts('check'))
    .addOption(format('text', 'json'))
    .action(async (environments: string[], options: Omit<GenerateOptions, 'environments'>) => {
      const { generate } = await import('./commands/generate.js');
      done(await generate(context, { environments, ...options }));
    });

  command(
    'validate [environments...]',
    'check the environments, all problems at once',
    'brolly validate',
    'brolly validate k3s-hetzner --format json',
    'brolly validate --strict --format sarif > findings.sarif',
  )
    .option(
      '--deep [charts...]',
      'also find dead and missing values of the chart; only that, where chart folders are named',
    )
    .addOption(format(...REPORT_FORMATS))
    .option('--strict', 'let warnings fail as well')
    .action(async (environments: string[], options: Omit<ValidateOptions, 'environments'>) => {
      const { validate } = await import('./commands/validate.js');
      done(await validate(context, { environments, ...options }));
    });

  command(
    'render <environment>',
    'print the manifests, rendered by the real Helm',
    'brolly render k3s-hetzner --component inference',
  )
    .option('--component <name>', 'only this component')
    .addOption(format('yaml', 'json'))
    .action(async (environment: string, options: Omit<RenderOptions, 'environment'>) => {
      const { render } = await import('./commands/render.js');
      done(await render(context, { environment, ...options }));
    });

  command(
    'image <environment> <name>',
    'say which build of an image an environment runs',
    'brolly image minikube-ci inference --tag $(git rev-parse HEAD)',
  )
    .requiredOption('--tag <tag>', 'the full SHA of the commit that was built')
    .option('--digest <digest>', 'sha256:… of the image')
    .addOption(format('text', 'json'))
    .action(async (environment: string, name: string, options: Omit<ImageOptions, 'environment' | 'name'>) => {
      const { image } = await import('./commands/image.js');
      done(await image(context, { environment, name, ...options }));
    });

  command(
    'explain <environment> <path>',
    'where a value comes from, what it may be, which manifests it reaches',
    'brolly explain k3s-hetzner inference.autoscaling.maxReplicas',
  )
    .addOption(format('text', 'json'))
    .action(async (environment: string, path: string, options: Pick<ExplainOptions, 'format'>) => {
      const { explain } = await import('./commands/explain.js');
      done(await explain(context, { environment, path, ...options }));
    });

  command(
    'set <environment> <assignments...>',
    'set values in environment.yaml (PATH=VALUE) or remove them (PATH-), then generate',
    'brolly set k3s-hetzner inference.autoscaling.maxReplicas=8 inference.nodePort-',
  )
    .addOption(format('text', 'json'))
    .action(async (environment: string, assignments: string[], options: Pick<SetOptions, 'format'>) => {
      const { set } = await import('./commands/set.js');
      done(await set(context, { environment, assignments, ...options }));
    });

  command('new <environment>', 'make an environment like another', 'brolly new staging --from k3s-hetzner')
    .requiredOption('--from <environment>', 'whose files to start with')
    .addOption(format('text', 'json'))
    .action(async (environment: string, options: Omit<NewOptions, 'environment'>) => {
      const { newEnvironment } = await import('./commands/new.js');
      done(await newEnvironment(context, { environment, ...options }));
    });

  command(
    'migrate [environments...]',
    'move values from deprecated keys to those that replace them, then generate',
    'brolly migrate',
    'brolly migrate k3s-hetzner',
  )
    .addOption(format('text', 'json'))
    .action(async (environments: string[], options: Omit<MigrateOptions, 'environments'>) => {
      const { migrate } = await import('./commands/migrate.js');
      done(await migrate(context, { environments, ...options }));
    });

  command(
    'diff [environments...]',
    'what a change does to every cluster',
    'brolly diff --base origin/main --format markdown',
  )
    .option('--base <ref>', 'branch, tag or commit; default: where the head left main')
    .option('--head <ref>', 'branch, tag or commit; default: the working tree, generated anew')
    .option('--exit-zero', 'exit 0 for changes as well')
    .addOption(format('text', 'markdown', 'json'))
    .action(async (environments: string[], options: Omit<DiffOptions, 'environments'>) => {
      const { diff } = await import('./commands/diff.js');
      done(await diff(context, { environments, ...options }));
    });

  onCluster(
    command('up [environment]', 'run an environment: on the cluster of the context, or here', 'brolly up k3s-hetzner'),
  )
    .option('--timeout <seconds>', 'how long everything may take to become ready', parseSeconds, 300)
    .option('--embedded', 'run on this machine even if there is a cluster')
    .action(async (environment: string | undefined, options: UpOptions) => {
      const { up } = await import('./commands/up.js');
      done(await up(context, { environment, ...options }));
    });

  onCluster(command('down', 'remove what up installed on the cluster', 'brolly down')).action(
    async (options: DownOptions) => {
      const { down } = await import('./commands/down.js');
      done(await down(context, options));
    },
  );

  onCluster(command('status', 'how far each workload is, and where it answers', 'brolly status --format json'))
    .addOption(format('text', 'json'))
    .action(async (options: StatusOptions) => {
      const { status } = await import('./commands/status.js');
      done(await status(context, options));
    });

  command(
    'completion <shell>',
    'print what makes a shell (bash, zsh, fish) complete brolly',
    'eval "$(brolly completion bash)"',
    'brolly completion fish | source',
  ).action(async (shell: string) => {
    const { completion } = await import('./commands/completion.js');
    done(completion(context, shell));
  });

  program
    .command('complete [words...]', { hidden: true }) // what the completion of a shell runs
    .action(async (words: string[]) => {
      const { complete } = await import('./commands/completion.js');
      done(await complete(context, visible(program), words));
    });

  return program;
}

function visible({ commands }: Command): readonly Command[] {
  return commands.filter((command) => command.name() !== 'complete');
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== '' && Number.isFinite(seconds) && seconds > 0) return seconds;
  throw new InvalidArgumentError('It has to be a number of seconds above 0.');
}

/** The options of every command that speaks to a cluster. */
function onCluster(command: Command): Command {
  return command
    .option('--context <name>', 'context of the kubeconfig; default: the current one')
    .option('--yes', 'use a cluster that is not local; counts only together with --context')
    .option('--namespace <name>', 'default: the one of the environment (up), or wherever the release is')
    .option('--release <name>', 'name of the Helm release; default: brolly');
}

/** The nearest folder upwards that holds brolly.yaml; the current one where there is none. */
function findRoot(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'brolly.yaml'))) return folder;
    if (folder === dirname(folder)) return start;
  }
}

/** Words what ended a command: for a person, or, where a program reads on, findings as data. */
function report(error: unknown, root: string, terminal: Terminal, format: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.failure; // it has printed its own words
  if (error instanceof FindingsError) {
    if (format === 'json') terminal.out(toJson(tidyFindings(error.findings)));
    else {
      printFindings(terminal, root, error.findings);
      terminal.err(summarize(error.findings));
    }
    return EXIT.findings;
  }
  if (error instanceof Failure || isRefusal(error)) {
    printFailure(terminal, error);
    return EXIT.failure;
  }
  terminal.err(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return EXIT.failure;
}

/** What the system refuses says so itself: a full disk, a folder that may not be read. */
function isRefusal(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}
