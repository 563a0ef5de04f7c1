// Runs in a namespace. A connection to the socket in the file system says a port first, and is passed on to it.
import net from 'node:net';

net
  .createServer((outside) => {
    outside.on('error', () => outside.destroy());
    outside.once('data', (first) => {
      const end = first.indexOf('\n');
      const inside = net.connect(Number(first.subarray(0, end).toString()), '127.0.0.1');
      inside.on('error', () => outside.destroy());
      outside.on('error', () => inside.destroy());
      inside.write(first.subarray(end + 1));
      outside.pipe(inside).pipe(outside);
    });
  })
  .listen(process.argv[2]);
