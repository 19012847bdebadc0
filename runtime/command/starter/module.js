// @ts-check
// Serves PATH: what one client sends, all clients get. Save this file while the server runs, and the open
// connections go on with the new code.

exports.Module = class {
  /** @param {Connection} connection */
  onConnect(connection) {
    connection.send('Welcome. Clients here: ' + connection.server.clients);
  }

  /**
   * @param {string | Uint8Array} data text is a string, binary a Uint8Array
   * @param {Connection} connection
   */
  onData(data, connection) {
    connection.server.broadcast(data);
  }
};
