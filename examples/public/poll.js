// Shows the poll, and votes.

'use strict';

(() => {
  const at = (id) => document.getElementById(id);
  let rows = []; // of each option its button, bar and count

  const link = new Link('poll', {
    message(data) {
      const message = JSON.parse(data);
      if (message.question) ask(message);
      if (message.counts) count(message.counts);
      if (message.voted !== undefined) choose(message.voted);
      at('error').textContent = message.error || '';
    },
  });
  link.connect();

  function ask({ question, options }) {
    at('question').textContent = question;
    rows = options.map((option, number) => {
      const button = document.createElement('button');
      const bar = document.createElement('progress');
      const count = document.createElement('b');
      button.type = 'button';
      button.textContent = option;
      button.addEventListener('click', () => link.send(String(number)));
      bar.setAttribute('aria-label', option);
      return { button, bar, count };
    });
    at('options').replaceChildren(...rows.map(({ button, bar, count }) => {
      const item = document.createElement('li');
      item.append(button, bar, count);
      return item;
    }));
  }

  function count(counts) {
    const total = counts.reduce((sum, count) => sum + count, 0);
    rows.forEach(({ bar, count }, i) => {
      bar.max = total || 1;
      bar.value = counts[i];
      count.textContent = counts[i];
    });
    at('total').textContent = total;
  }

  function choose(voted) {
    rows.forEach(({ button }, i) => {
      button.disabled = true;
      button.setAttribute('aria-pressed', i === voted);
    });
  }
})();
