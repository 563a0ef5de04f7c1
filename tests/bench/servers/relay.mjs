import http from 'node:http';
import { WebSocketServer } from 'ws';
import { listen } from './listen.mjs';

/** A plain WebSocket relay: `/?room=R` passes each message on to the others in that room. Returns the port. */
export function startRelay() {
  const server = http.createServer();
  /** @type {Map<string, Set<import('ws').WebSocket>>} */
  const rooms = new Map();
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  sockets.on('connection', (socket, request) => {
    const id = new URL(request.url ?? '/', 'http://127.0.0.1').searchParams.get('room') ?? '';
    const room = rooms.get(id) ?? new Set();
    rooms.set(id, room.add(socket));
    socket.on('message', (data, isBinary) => {
      for (const other of room) if (other !== socket) other.send(data, { binary: isBinary });
    });
    socket.on('close', () => {
      room.delete(socket);
      if (room.size === 0) rooms.delete(id);
    });
  });
  return listen(server);
}
