// Tells the time. A client says `start`, and from then on gets a message each
// second: {"time":"Mon Nov 22 2027 13:24:00 GMT+0000 (UTC)"}
//
// Try this: open the time page, change what tick() sends, and save this file. The
// page shows it with the next second, over the connection it already has. That
// works because the timer asks `self` for tick() each time, and so finds the newest
// one, instead of holding on to the function that was there when it was started.

var Module = this.Module = function(){ };

Module.prototype.onData = function(data, connection){
  // One instance serves one connection, so `this` is the place for what belongs
  // to it. A second `start` changes nothing: the clock already runs.
  if (data !== 'start' || this.interval) return;

  var self = this;
  this.interval = setInterval(function(){
    self.tick(connection);
  }, 1000);
};

Module.prototype.tick = function(connection){
  connection.send(JSON.stringify({ time: new Date().toString() }));
};

Module.prototype.onDisconnect = function(connection){
  clearInterval(this.interval);
  this.interval = null;
};
