// The parts of the page, and the keys.

import { Feed } from './feed.js';
import { Figures } from './figures.js';
import { Modules } from './modules.js';
import { connectionTable, topicTable } from './tables.js';
import { Log } from './log.js';
import { Client } from './try.js';

const feed = new Feed();
const link = document.getElementById('link');
const tabs = [...document.querySelectorAll('[role=tab]')];
const count = (name, n) => { document.querySelector(`#tab-${name} .count`).textContent = n; };

const figures = new Figures(document.getElementById('figures'));
const modules = new Modules(document.getElementById('modules'), document.getElementById('overlay'));
const log = new Log(document.getElementById('log'));
const client = new Client(document.getElementById('client'));
const tables = { connections: connectionTable(feed), topics: topicTable(feed) };

feed.addEventListener('state', ({ detail }) => {
  link.dataset.state = detail.state;
  link.textContent = detail.text;
});

feed.addEventListener('message', ({ detail: message }) => {
  if (message.hello) {
    client.setTransports(message.hello.transports);
    log.clear(); // what the server has kept of it comes again
  }
  if (message.figures) {
    figures.add(message.figures);
    count('connections', message.figures.at(-1).connections.toLocaleString('en-US'));
  }
  if (message.modules) {
    modules.show(message.modules);
    client.setResources(message.modules);
    count('modules', message.modules.length);
  }
  if (message.log || message.lost) log.add(message.log ?? [], message.lost ?? 0);
  if (message.table) {
    tables[message.table.table]?.show(message.table);
    if (message.table.table === 'topics') count('topics', message.table.total.toLocaleString('en-US'));
  }
});
log.addEventListener('errors', ({ detail }) => count('log', detail || ''));

const token = document.getElementById('token');
feed.addEventListener('token', () => token.showModal());
token.querySelector('form').addEventListener('submit', (event) => {
  const field = event.target.elements.token;
  feed.enter(field.value);
  field.value = '';
});

function select(tab, focus) {
  for (const t of tabs) {
    const chosen = t === tab;
    t.setAttribute('aria-selected', chosen);
    t.tabIndex = chosen ? 0 : -1;
    document.getElementById(t.getAttribute('aria-controls')).hidden = !chosen;
  }
  if (focus) tab.focus();
  const name = tab.getAttribute('aria-controls');
  sessionStorage.setItem('node.websocket console tab', name);
  for (const [table, t] of Object.entries(tables)) t.setVisible(table === name);
  if (!tables[name]) feed.query({ table: '' });
  log.setVisible(name === 'log');
}

for (const tab of tabs) tab.addEventListener('click', () => select(tab));
document.getElementById('tabs').addEventListener('keydown', (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const last = { Home: 0, End: tabs.length - 1 }[event.key];
  if (step === undefined && last === undefined) return;
  event.preventDefault();
  select(tabs[last ?? (tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length], true);
});

document.addEventListener('keydown', (event) => {
  const typing = event.target.closest('input, textarea, select, dialog');
  if (event.ctrlKey || event.metaKey || event.altKey || typing) return;
  if (event.key >= '1' && event.key <= String(tabs.length)) {
    select(tabs[event.key - 1], true);
  } else if (event.key === '/') {
    const field = document.querySelector('[role=tabpanel]:not([hidden]) input');
    if (!field) return;
    field.focus();
    field.select();
  } else {
    return;
  }
  event.preventDefault();
});

const last = sessionStorage.getItem('node.websocket console tab');
select(tabs.find((t) => t.getAttribute('aria-controls') === last) ?? tabs[0]);
feed.connect();
