// The tables of connections and topics.

import { Table } from './table.js';
import { age, bytes, element, number } from './format.js';

const counted = (row, n) => (row.whole ? '' : '≥ ') + number(n);

export function connectionTable(feed) {
  const details = new Details(document.getElementById('details'), feed);
  return new Table(document.getElementById('connections'), feed, {
    name: 'connections', sort: 'age', key: 'id', label: 'Connections', units: ['connection', 'connections'], empty: 'Nobody is connected.',
    columns: [
      { sort: 'resource', title: 'Resource', text: (r) => r.resource },
      { sort: 'transport', title: 'Transport', text: (r) => r.transport + (r.version ? ' ' + r.version : ''), small: true },
      { sort: 'client', title: 'Client', text: (r) => r.client },
      { sort: 'age', title: 'Age', text: (r) => age(r.age) },
      { sort: 'in', title: 'In', text: (r) => counted(r, r.messagesIn), small: true, number: true },
      { sort: 'out', title: 'Out', text: (r) => counted(r, r.messagesOut), small: true, number: true },
      { sort: 'bytes', title: 'Bytes', text: (r) => bytes(r.bytesIn + r.bytesOut), small: true, number: true },
      { sort: 'queued', title: 'Queued', text: (r) => bytes(r.queued), small: true, number: true },
      { title: 'Topics', text: (r) => number(r.subscriptions), small: true, number: true },
    ],
    open: (row) => details.open(row),
    action: { title: 'Close', label: (r) => `Close ${r.client} of ${r.resource}`, run: (row) => feed.close(row.id, 1000, '') },
  });
}

export function topicTable(feed) {
  return new Table(document.getElementById('topics'), feed, {
    name: 'topics', sort: 'subscribers', key: 'topic', label: 'Topics', units: ['topic', 'topics'], empty: 'Nobody has subscribed to a topic.',
    columns: [
      { sort: 'topic', title: 'Topic', text: (r) => r.topic },
      { sort: 'subscribers', title: 'Subscribers', text: (r) => number(r.subscribers), number: true },
    ],
  });
}

/** The dialog with everything about one connection. */
class Details {
  #dialog;
  #list;
  #row;

  constructor(dialog, feed) {
    this.#dialog = dialog;
    this.#list = dialog.querySelector('dl');
    const form = dialog.querySelector('form');
    dialog.querySelector('.dismiss').addEventListener('click', () => dialog.close());
    form.addEventListener('submit', () => feed.close(this.#row.id, Number(form.elements.code.value), form.elements.reason.value));
  }

  open(row) {
    this.#row = row;
    const facts = {
      'Resource': row.resource, 'Transport': row.transport, 'Version': row.version || '–', 'Subprotocol': row.protocol || '–',
      'Client': row.client, 'Id': row.id, 'Age': age(row.age), 'State': row.open ? 'open' : 'closing',
      'Received': `${counted(row, row.messagesIn)} messages, ${bytes(row.bytesIn)}`,
      'Sent': `${counted(row, row.messagesOut)} messages, ${bytes(row.bytesOut)}`,
      'Queued': bytes(row.queued), 'Dropped': number(row.dropped),
      'Subscriptions': row.subscriptions === 0 ? '–' : row.topics.join(', ') + (row.subscriptions > row.topics.length ? `, and ${row.subscriptions - row.topics.length} more` : ''),
    };
    if (!row.whole) facts['Counted'] = 'since a console was first open';
    this.#list.replaceChildren(...Object.entries(facts).map(([name, text]) => element('div', {}, element('dt', {}, name), element('dd', {}, text))));
    this.#dialog.showModal();
  }
}
