// Runs in a namespace, in the place of the web: `portal ADDRESS redirect|page` answers every request with a page of its own,
// `web ADDRESS SECONDS` as a server whose clock is ahead by so many, `proxy ADDRESS PORT` makes connections for CONNECT.
import http from 'node:http';
import net from 'node:net';

const HTTP_PORT = 80;
const [kind, address, option] = process.argv.slice(2);

const server = http.createServer((_, response) => {
  if (kind === 'portal') {
    if (option === 'redirect') response.writeHead(302, { location: 'http://login.hotel.test/welcome' });
    response.end('<h1>Welcome to the hotel</h1>');
  } else {
    response.setHeader('date', new Date(Date.now() + Number(option) * 1_000).toUTCString());
    response.end('<h1>A web server</h1>');
  }
});

server.on('connect', (request, client, head) => {
  if (kind !== 'proxy') return client.end('HTTP/1.1 405 Method Not Allowed\r\n\r\n');
  const [host, port] = String(request.url).split(':');
  const upstream = net.connect(Number(port), host, () => {
    client.write('HTTP/1.1 200 OK\r\n\r\n');
    upstream.write(head);
    client.pipe(upstream).pipe(client);
  });
  upstream.on('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
  client.on('error', () => upstream.destroy());
});
server.listen(kind === 'proxy' ? Number(option) : HTTP_PORT, address, () => process.send?.('ready'));
