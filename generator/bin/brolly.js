#!/usr/bin/env node
import module from 'node:module';

module.enableCompileCache?.(); // Node.js 22 and later: what was compiled once need not be compiled at the next start

const { main } = await import('../dist/cli.js');
process.exitCode = await main(process.argv.slice(2));
