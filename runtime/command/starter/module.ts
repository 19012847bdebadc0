// Serves PATH: what one client sends, all clients get. Save this file while the server runs, and the open
// connections go on with the new code.

export class Module implements WebSocketModule {
  static options: ModuleOptions = { maxMessage: 65536 };

  onConnect(connection: Connection): void {
    connection.send('Welcome. Clients here: ' + connection.server.clients);
  }

  onData(data: string | Uint8Array, connection: Connection): void {
    connection.server.broadcast(data);
  }
}
