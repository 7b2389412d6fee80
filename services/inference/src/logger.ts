import type { LoggerService } from '@nestjs/common';
import type { Config } from './config.js';

type Level = Config['logLevel'];
const SEVERITY: Record<Level, number> = { error: 0, warn: 1, info: 2, debug: 3 };

/** Fields of a log line beside time, level and message. Never the text of a request. */
export type LogFields = Record<string, unknown>;

/**
 * One JSON object a line on stdout: `{time, level, message, …fields}`; of a request among the fields `request_id` and, when
 * it is traced, `trace_id`. It serves Nest as well, whose second argument is a context.
 */
export class JsonLogger implements LoggerService {
  constructor(private readonly level: Level) {}

  error(message: unknown, ...details: unknown[]): void {
    this.write('error', message, details);
  }

  warn(message: unknown, ...details: unknown[]): void {
    this.write('warn', message, details);
  }

  info(message: unknown, ...details: unknown[]): void {
    this.write('info', message, details);
  }

  /** What Nest calls information about its own start (each module, each route) is of interest only when debugging. */
  log(message: unknown, ...details: unknown[]): void {
    this.write('debug', message, details);
  }

  debug(message: unknown, ...details: unknown[]): void {
    this.write('debug', message, details);
  }

  /** Whether lines of `level` are written: who makes much of them may ask before. */
  writes(level: Level): boolean {
    return SEVERITY[level] <= SEVERITY[this.level];
  }

  private write(level: Level, message: unknown, details: unknown[]): void {
    if (!this.writes(level)) return;
    const entry = {
      time: new Date().toISOString(),
      level,
      message: textOf(message),
      ...fieldsOf(details),
    };
    process.stdout.write(`${JSON.stringify(entry)}\n`);
  }
}

const textOf = (message: unknown) => (message instanceof Error ? message.message : String(message));

function fieldsOf(details: unknown[]): LogFields {
  const fields: LogFields = {};
  for (const detail of details) {
    if (detail instanceof Error) Object.assign(fields, { error: detail.message, stack: detail.stack });
    else if (typeof detail === 'object' && detail !== null) Object.assign(fields, detail);
    else if (typeof detail === 'string') fields[detail.includes('\n') ? 'stack' : 'context'] = detail;
  }
  return fields;
}
