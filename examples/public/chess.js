// Shows the board, and moves: first the piece is clicked, then where it goes.

'use strict';

(() => {
  const SIGNS = { k: '♚', q: '♛', r: '♜', b: '♝', n: '♞', p: '♟' };
  const NAMES = { k: 'king', q: 'queen', r: 'rook', b: 'bishop', n: 'knight', p: 'pawn' };
  const at = (id) => document.getElementById(id);
  let side = null; // 'w', 'b' or, for those who watch, null
  let game = null; // {fen, last, over}
  let from = null; // the square of the piece that was clicked

  const link = new Link('chess', {
    message(data) {
      const message = JSON.parse(data);
      at('error').textContent = message.error || '';
      if (message.side !== undefined) side = message.side;
      if (message.fen) game = message;
      from = null;
      if (game) show();
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
    if (side === 'b') names.reverse(); // one's own pieces are near
    const focused = document.activeElement.id;
    at('squares').replaceChildren(...names.map((name) => square(name, pieces[name], turn)));
    if (pieces[focused] !== undefined) at(focused).focus();

    const you = { w: 'You are white', b: 'You are black', null: 'You watch' }[side];
    at('turn').textContent = you + (game.over ? '; the game is over.' : turn === 'w' ? '. White to move.' : '. Black to move.');
    at('again').hidden = !game.over || !side;
  }

  function square(name, piece, turn) {
    const button = document.createElement('button');
    const kind = piece.toLowerCase();
    const isMine = side === turn && piece !== ' ' && side === (piece === kind ? 'b' : 'w');
    button.type = 'button';
    button.id = name;
    button.textContent = SIGNS[kind] || '';
    button.className = (name.charCodeAt(0) + Number(name[1])) % 2 ? 'light' : 'dark';
    button.classList.add(piece === kind ? 'black' : 'white');
    button.classList.toggle('last', game.last.includes(name));
    button.setAttribute('aria-pressed', name === from);
    button.setAttribute('aria-label', name + (NAMES[kind] ? ', ' + (piece === kind ? 'black ' : 'white ') + NAMES[kind] : ''));
    button.addEventListener('click', () => click(name, isMine));
    return button;
  }

  function click(name, isMine) {
    if (from && !isMine) link.send(JSON.stringify({ from, to: name })); // the server knows whether it is a move
    from = isMine ? name : null;
    show();
  }

  at('again').addEventListener('click', () => link.send('{"again":true}'));
})();
