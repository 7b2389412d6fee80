// Serves the repositories of a folder over HTTP, for reading and pushing: git http-backend behind Node's own server.
//   node git-server.mjs FOLDER ADDRESS PORT
// There is no login: bind it to an address that only the cluster under test can reach.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { argv, env } from 'node:process';
import { URL } from 'node:url';

const [folder, address, port] = argv.slice(2);
if (port === undefined) throw new Error('usage: git-server.mjs FOLDER ADDRESS PORT');

createServer((request, response) => {
  const { pathname, search } = new URL(request.url, 'http://localhost');
  const backend = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // the meta-variables of CGI (RFC 3875) that git-http-backend(1) reads
    env: {
      ...env,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: request.headers['git-protocol'] ?? '',
      REQUEST_METHOD: request.method,
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      REMOTE_ADDR: request.socket.remoteAddress ?? '',
    },
  });
  request.pipe(backend.stdin);
  backend.stdin.on('error', () => undefined); // the backend may answer without reading all of the request
  backend.on('error', (error) => response.destroy(error));
  answer(backend.stdout, response);
}).listen(Number(port), address);

/** Turns the headers that the backend prints into the answer's own, then passes its body on. */
function answer(stdout, response) {
  let head = '';
  stdout.on('data', (chunk) => {
    if (response.headersSent) return;
    head += chunk.toString('latin1');
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    const headers = head
      .slice(0, end)
      .split('\r\n')
      .map((line) => line.split(/:\s*/, 2));
    const status = headers.find(([name]) => name.toLowerCase() === 'status');
    response.writeHead(
      status === undefined ? 200 : Number.parseInt(status[1], 10),
      headers.filter((header) => header !== status).flat(),
    );
    response.write(head.slice(end + 4), 'latin1');
    stdout.pipe(response);
  });
  stdout.on('end', () => response.end());
}
