// Loaded into every measured process of Node.js: on its end, what it used, as the kernel counts it, is a line in USAGE_FILE.
const { appendFileSync } = require('node:fs');
const process = require('node:process');

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const usage = { cpu: (userCPUTime + systemCPUTime) / 1000, memory: maxRSS / 1024 };
  appendFileSync(process.env.USAGE_FILE, `${JSON.stringify(usage)}\n`);
});
