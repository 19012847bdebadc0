// Shows who is here, and says that this one is.

'use strict';

(() => {
  const at = (id) => document.getElementById(id);
  const name = at('name'), status = at('status');
  let told = false; // whether the others are to know of this one, also after a reconnect

  const link = new Link('presence', {
    open() {
      if (told) tell();
    },
    message(data) {
      const { people } = JSON.parse(data);
      at('count').textContent = people.length;
      at('people').replaceChildren(...people.map(row));
    },
    close() {
      at('count').textContent = 0;
      at('people').replaceChildren();
    },
  });
  link.connect();

  function row({ id, name, status, since }) {
    const item = document.createElement('li');
    const face = document.createElement('span'), what = document.createElement('small');
    item.className = 'hue' + [...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 12;
    item.dataset.status = status;
    face.className = 'face';
    face.textContent = [...name][0];
    face.setAttribute('aria-hidden', 'true');
    what.textContent = status + ', since ' + new Date(since).toTimeString().slice(0, 5);
    item.append(face, name, what);
    return item;
  }

  function tell() {
    link.send(JSON.stringify({ name: name.value, status: status.value }));
  }

  at('me').addEventListener('submit', (event) => {
    event.preventDefault();
    told = true;
    tell();
  });
  status.addEventListener('change', () => {
    if (told) tell();
  });
})();
