// A STUN server (RFC 8489): answers binding requests over IPv4 with the address that they come from.
import dgram from 'node:dgram';

const [address, port] = process.argv.slice(2);
const COOKIE = 0x2112a442;
const socket = dgram.createSocket('udp4');

socket.on('message', (request, { address: from, port: fromPort }) => {
  if (request.length < 20 || request.readUInt16BE(0) !== 0x0001 || request.readUInt32BE(4) !== COOKIE) return;
  const answer = Buffer.alloc(32);
  answer.writeUInt16BE(0x0101, 0);
  answer.writeUInt16BE(12, 2);
  request.copy(answer, 4, 4, 20);
  // XOR-MAPPED-ADDRESS.
  answer.writeUInt16BE(0x0020, 20);
  answer.writeUInt16BE(8, 22);
  answer.writeUInt8(0x01, 25);
  answer.writeUInt16BE(fromPort ^ (COOKIE >>> 16), 26);
  const ip = Buffer.from(from.split('.').map(Number)).readUInt32BE(0);
  answer.writeUInt32BE((ip ^ COOKIE) >>> 0, 28);
  socket.send(answer, fromPort, from);
});
socket.bind(Number(port), address, () => process.send?.('ready'));
