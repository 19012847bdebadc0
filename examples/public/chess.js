// Shows the board, and moves: first the piece is clicked, then where it goes.

'use strict';

(() => {
  const SIGNS = { k: '♚', q: '♛', r: '♜', b: '♝', n: '♞', p: '♟' };
  const NAMES = { k: 'king', q: 'queen', r: 'rook', b: 'bishop', n: 'knight', p: 'pawn' };
  const at = (id) => document.getElementById(id);
  let game = null; // what the server said last
  let from = null; // the square that was clicked

  const link = new Link('chess', {
    message(data) {
      const message = JSON.parse(data);
      at('error').textContent = message.error || '';
      if (message.error) return;
      game = message;
      from = null;
      show();
    },
  });
  link.connect();

  function show() {
    const [rows, turn] = game.fen.split(' ');
    const pieces = {};
    rows.split('/').forEach((row, y) => {
      const spread = row.replace(/\d/g, (count) => ' '.repeat(count));
      [...spread].forEach((piece, x) => { pieces['abcdefgh'[x] + (8 - y)] = piece; });
    });
    const names = Object.keys(pieces);
    if (game.side === 'b') names.reverse(); // one's own pieces are near
    const focused = document.activeElement.id;
    at('squares').replaceChildren(...names.map((name) => square(name, pieces[name])));
    if (pieces[focused] !== undefined) at(focused).focus();

    const side = { w: 'White', b: 'Black' };
    const you = game.side ? 'You are ' + side[game.side].toLowerCase() : 'You watch';
    at('turn').textContent = you + (game.over ? '; the game is over.' : '. ' + side[turn] + ' to move.');
    at('again').hidden = !game.over || !game.side;
  }

  function square(name, piece) {
    const button = document.createElement('button');
    const kind = piece.toLowerCase();
    button.type = 'button';
    button.id = name;
    button.textContent = SIGNS[kind] || '';
    button.className = (name.charCodeAt(0) + Number(name[1])) % 2 ? 'light' : 'dark';
    button.classList.add(piece === kind ? 'black' : 'white');
    button.classList.toggle('last', game.last.includes(name));
    button.classList.toggle('target', game.moves.some((move) => move[0] === from && move[1] === name));
    button.setAttribute('aria-pressed', name === from);
    button.setAttribute('aria-label', name + (NAMES[kind] ? ', ' + (piece === kind ? 'black ' : 'white ') + NAMES[kind] : ''));
    button.addEventListener('click', () => click(name));
    return button;
  }

  function click(name) {
    if (game.moves.some((move) => move[0] === from && move[1] === name)) link.send(JSON.stringify({ from, to: name }));
    from = game.moves.some((move) => move[0] === name) ? name : null;
    show();
  }

  at('again').addEventListener('click', () => link.send('{"again":true}'));
})();
