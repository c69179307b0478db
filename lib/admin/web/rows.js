// Table rows that are changed in place, so that a selection, the focus and the scroll position stay.

/** Makes an element; `text` is text, whatever it looks like. */
function make(tag, className, text) {
  const out = document.createElement(tag);
  if (className) out.className = className;
  if (text !== undefined) out.textContent = text;
  return out;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Makes a row of cells { text, label, kind, title }; the first is the row's header. */
function makeRow(cells) {
  const row = make('tr');
  for (const [at, cell] of cells.entries()) {
    const element = make(at === 0 ? 'th' : 'td', cell.kind, cell.text);
    if (at === 0) element.scope = 'row';
    else element.dataset.label = cell.label;
    if (cell.title) element.title = cell.title;
    row.append(element);
  }
  return row;
}

function updateRow(row, cells) {
  for (const [at, cell] of cells.entries()) {
    const element = row.children[at];
    setText(element, cell.text);
    if (element.className !== (cell.kind ?? '')) element.className = cell.kind ?? '';
  }
}

/** Shows `items` in `body`, in their order: `keyOf(item)` names a row, `cellsOf(item)` fills it. */
function showRows(body, items, keyOf, cellsOf) {
  body.rowsByKey ??= new Map();
  const left = new Map(body.rowsByKey);
  let place = body.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let row = left.get(key);
    left.delete(key);
    if (row) updateRow(row, cellsOf(item));
    else body.rowsByKey.set(key, (row = makeRow(cellsOf(item))));
    if (row === place) place = place.nextElementSibling;
    else body.insertBefore(row, place);
  }
  for (const [key, row] of left) {
    body.rowsByKey.delete(key);
    row.remove();
  }
}

/** Shows names and values as a list of descriptions. */
function showFacts(list, facts) {
  if (list.children.length !== facts.length) {
    list.replaceChildren(...facts.map(() => {
      const pair = make('div');
      pair.append(make('dt'), make('dd'));
      return pair;
    }));
  }
  for (const [at, [name, value, kind]] of facts.entries()) {
    const [term, detail] = list.children[at].children;
    setText(term, name);
    setText(detail, value);
    detail.className = kind ?? '';
  }
}
