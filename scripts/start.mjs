// npm start: prepares the clone and runs `brolly up` in this same process.
import './prepare.mjs';
import { setInterval } from 'node:timers';

// npm starts this through a shell that does not pass a SIGTERM on, and so would leave it running alone.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
}, 500).unref();

process.argv.splice(2, 0, 'up');
await import('../generator/bin/brolly.js');
