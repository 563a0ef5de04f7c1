// Runs in a namespace. The first line of each connection to its Unix socket names the port on 127.0.0.1 of the namespace
// that the connection is forwarded to.
import net from 'node:net';

net
  .createServer((client) => {
    client.on('error', () => client.destroy());
    client.once('data', (first) => {
      const end = first.indexOf('\n');
      const target = net.connect(Number(first.subarray(0, end).toString()), '127.0.0.1');
      target.on('error', () => client.destroy());
      client.on('error', () => target.destroy());
      target.write(first.subarray(end + 1));
      client.pipe(target).pipe(client);
    });
  })
  .listen(process.argv[2]);
