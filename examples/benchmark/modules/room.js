var Module = this.Module = function(){ };

Module.prototype.onData = function(data, connection){
  var message = JSON.parse(data);
  if (message.type == 'join') {
    connection.name = message.name;
    connection.subscribe('room');
    connection.send(JSON.stringify({ type: 'joined', name: connection.name }));
  } else if (message.type == 'say') {
    connection.server.publish('room', JSON.stringify({ type: 'said', name: connection.name, number: message.number, text: message.text }));
  }
};
