// Tells the time. A client sends `start`, and then gets a message each second:
// {"time":"Mon Nov 22 2027 13:24:00 GMT+0000 (UTC)"}
//
// Try this: open the time page, change what tick() sends, and save this file. Within
// a second the page shows the change, over the same connection. That works because the
// timer calls tick() through `self`, which has the newest code, and does not keep the
// function that existed when it was started.

var Module = this.Module = function(){ };

Module.prototype.onData = function(data, connection){
  // Each connection has an instance of its own, so `this` is the place for its state.
  // A second `start` changes nothing, because the clock is already running.
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
