// Runs in a namespace. `serve PORT` answers on TCP and UDP; `ask tcp|udp ADDRESS PORT` writes what comes back.
import dgram from 'node:dgram';
import net from 'node:net';

const [, , mode, ...args] = process.argv;
const WAIT_MS = 1_500;

if (mode === 'serve') {
  const port = Number(args[0]);
  net.createServer((client) => client.on('error', () => {}).end('tcp')).listen(port, '::');
  const socket = dgram.createSocket('udp6');
  socket.on('message', (_, from) => socket.send('udp', from.port, from.address)).bind(port, '::');
} else {
  const [protocol, address, port] = args;
  setTimeout(() => process.exit(), WAIT_MS);
  const answer = (/** @type {Buffer} */ data) => process.stdout.write(data, () => process.exit());
  if (protocol === 'tcp') {
    net
      .connect(Number(port), address)
      .on('data', answer)
      .on('error', () => process.exit());
  } else {
    const socket = dgram.createSocket(String(address).includes(':') ? 'udp6' : 'udp4');
    socket.on('message', answer).send('?', Number(port), address);
  }
}
