// Shows the pointers of the others, and tells them of this one.

'use strict';

(() => {
  const PAUSE = 40; // milliseconds between two messages about the pointer
  const field = document.getElementById('field');
  const name = document.getElementById('name');
  const cursors = new Map(); // the elements, by id
  let pointer = null;        // where it is and the others do not know yet
  let timer = 0;

  const link = new Link('cursors', {
    open() {
      if (name.value) tellName();
    },
    message(data) {
      const cursor = JSON.parse(data);
      if (cursor.gone) remove(cursor.id);
      else show(cursor);
    },
    close() {
      for (const id of cursors.keys()) remove(id);
    },
  });
  link.connect();

  function show({ id, name, x, y }) {
    const element = cursors.get(id) || add(id);
    if (name !== undefined) element.querySelector('b').textContent = name;
    if (x !== undefined) {
      element.style.left = x / 10 + '%';
      element.style.top = y / 10 + '%';
    }
  }

  function add(id) {
    const element = document.createElement('div');
    element.className = 'cursor hue' + parseInt(id.slice(0, 6), 16) % 12;
    element.append(document.createElement('i'), document.createElement('b'));
    field.append(element);
    cursors.set(id, element);
    count();
    return element;
  }

  function remove(id) {
    cursors.get(id)?.remove();
    cursors.delete(id);
    count();
  }

  function count() {
    document.getElementById('count').textContent = cursors.size;
  }

  for (const type of ['pointerdown', 'pointermove']) {
    field.addEventListener(type, (event) => {
      const box = field.getBoundingClientRect();
      const part = (value, size) => Math.round(Math.min(Math.max(value / size, 0), 1) * 1000);
      pointer = { x: part(event.clientX - box.left, box.width), y: part(event.clientY - box.top, box.height) };
      timer ||= setTimeout(tellPointer, PAUSE);
    });
  }

  function tellPointer() {
    timer = 0;
    link.send(JSON.stringify(pointer));
  }

  function tellName() {
    link.send(JSON.stringify({ name: name.value }));
  }

  document.getElementById('name-form').addEventListener('submit', (event) => {
    event.preventDefault();
    tellName();
  });
  name.addEventListener('change', tellName);
})();
