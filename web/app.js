'use strict';

// Strings a person sees, in one place.
const TEXT = {
  stages: { ingested: 'Đã nhận', transcribed: 'Đã nghe', readable: 'Đã viết', indexed: 'Tìm được' },
  status: {
    queued: 'Đang chờ nghe', transcribed: 'Đang viết lại', readable: 'Đang lập chỉ mục',
    completed: 'Xong', failed: 'Không xử lý được',
  },
  silent: 'Không nghe thấy lời nói nào trong bản ghi này.',
  untitled: 'Không có tên',
  uploading: 'Đang tải lên',
  known: 'Bản ghi này đã có sẵn.',
  noHits: 'Không tìm thấy. Hãy thử ít từ hơn hoặc từ khác.',
  deleted: 'Đã xóa bản ghi.',
  confirmDelete: 'Xóa bản ghi này cùng bản chữ và mọi thứ sinh ra từ nó?',
  remove: 'Xóa',
  edit: 'Sửa',
  save: 'Lưu',
  cancel: 'Thôi',
  saved: 'Đã lưu.',
  redrive: 'Thử lại',
  drop: 'Bỏ hẳn',
  redriven: 'Đang thử lại.',
  offline: 'Không kết nối được tới Vang.',
  unsure: 'Máy nghe không chắc chữ này.',
  // By the answer's status; what the server says stands behind it.
  errors: {
    400: 'Yêu cầu không hợp lệ', 401: 'Cần khóa truy cập', 403: 'Khóa này không có quyền',
    404: 'Không tìm thấy', 409: 'Nội dung đã thay đổi', 413: 'Tệp quá lớn',
    415: 'Tệp này không phải âm thanh hay video', 429: 'Máy chủ đang bận, hãy thử lại sau',
    500: 'Máy chủ gặp lỗi', 503: 'Máy chủ chưa sẵn sàng', 507: 'Máy chủ hết chỗ chứa',
  },
};
const STAGES = ['ingested', 'transcribed', 'readable', 'indexed'];

const $ = (id) => document.getElementById(id);
const make = (tag, props = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children);
  return node;
};
const clock = (seconds) => {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, '0');
  const hours = Math.floor(s / 3600);
  return (hours ? hours + ':' : '') + two(Math.floor(s / 60) % 60) + ':' + two(s % 60);
};
const when = new Intl.DateTimeFormat('vi', { dateStyle: 'short', timeStyle: 'short' });

function notice(text) {
  $('notice').textContent = text;
  $('notice').hidden = false;
  clearTimeout(notice.timer);
  notice.timer = setTimeout(() => { $('notice').hidden = true; }, 4000);
}

// ---- the API -----------------------------------------------------------------------------------

const headers = () => {
  const key = sessionStorage.getItem('key');
  return key ? { Authorization: 'Bearer ' + key } : {};
};

function explained(status, body) {
  const detail = (body && body.detail) || '';
  const error = TEXT.errors[status];
  return error && detail ? error + ' (' + detail + ')' : error || detail || TEXT.offline;
}

async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { ...options, headers: { ...headers(), ...options.headers } });
  } catch {
    throw new Error(TEXT.offline);
  }
  if (response.ok) return response;
  if (response.status === 401) $('access').open = true;
  throw new Error(explained(response.status, await response.json().catch(() => null)));
}

async function api(path, options) {
  const response = await ask(path, options);
  const kind = response.headers.get('Content-Type') || '';
  return kind.includes('json') ? response.json() : null;
}

// A player and a link send no key: where one is needed, the page fetches for them.
async function addressOf(path) {
  return sessionStorage.getItem('key') ? URL.createObjectURL(await (await ask(path)).blob()) : path;
}

const post = (path, body, method = 'POST') =>
  api(path, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

// ---- the list ----------------------------------------------------------------------------------

let cursor = null;
let open = null; // id of the recording being read

function listItem(recording) {
  const facts = [TEXT.status[recording.status] || recording.status];
  if (recording.duration) facts.push(clock(recording.duration));
  facts.push(when.format(new Date(recording.created_at)));
  const link = make('a', { href: '#r/' + recording.id },
    make('strong', { textContent: recording.title || recording.file_name || TEXT.untitled }),
    make('small', {
      textContent: facts.join(' · '),
      className: recording.status === 'failed' ? 'bad' : '',
    }));
  if (recording.id === open) link.setAttribute('aria-current', 'true');
  return make('li', {}, link);
}

async function list(more = false) {
  const page = await api('/v1/recordings?limit=50' +
    (more && cursor ? '&cursor=' + encodeURIComponent(cursor) : ''));
  if (!more) $('recordings').replaceChildren();
  $('recordings').append(...page.data.map(listItem));
  cursor = page.next_cursor;
  $('more').hidden = !page.has_more;
  $('empty').hidden = $('recordings').children.length > 0;
  if (!more) troubles();
  // While something is at work, look again.
  clearTimeout(list.timer);
  if (page.data.some((r) => r.status !== 'completed' && r.status !== 'failed')) {
    list.timer = setTimeout(() => list().catch(() => {}), 1500);
  }
}

// ---- dead letters: what a stage gave up on -----------------------------------------------------

// Only who may see them does; to others there are none.
async function troubles() {
  const page = await api('/v1/dead-letters?limit=50').catch(() => ({ data: [] }));
  $('letters').replaceChildren(...page.data.map(letterItem));
  $('troubles').hidden = !page.data.length;
}

function letterItem(letter) {
  const path = '/v1/dead-letters/' + letter.id;
  const facts = [letter.consumer, letter.attempts + '×', when.format(new Date(letter.at))];
  return make('li', {},
    make('a', { href: letter.recording_id ? '#r/' + letter.recording_id : '#' },
      make('span', { textContent: letter.reason }),
      make('small', { className: 'bad', textContent: facts.join(' · ') })),
    letterButton('redrive', path + '/redrive', 'POST', TEXT.redriven),
    letterButton('drop', path, 'DELETE', ''));
}

function letterButton(name, path, method, done) {
  const button = make('button', { type: 'button', className: 'plain ' + name, textContent: TEXT[name] });
  button.onclick = () => settle(path, method, done);
  return button;
}

async function settle(path, method, done) {
  try {
    await api(path, { method });
    if (done) notice(done);
    list();
  } catch (error) { notice(error.message); }
}

// ---- uploads, three at a time ------------------------------------------------------------------

const queue = [];
let active = 0;

function upload(file) {
  const bar = make('progress', { max: 1, value: 0 });
  const line = make('li', {}, make('span', { textContent: TEXT.uploading + ' ' + file.name }), bar);
  $('uploads').append(line);
  queue.push({ file, bar, line });
  pump();
}

function pump() {
  while (active < 3 && queue.length) {
    active += 1;
    send(queue.shift()).finally(() => { active -= 1; pump(); });
  }
}

// XMLHttpRequest, because fetch does not tell how much has been sent.
function send({ file, bar, line }) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open('POST', '/v1/recordings');
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => { bar.max = event.total || 1; bar.value = event.loaded; };
    request.onloadend = () => {
      let body = null;
      try { body = JSON.parse(request.responseText); } catch { /* no body */ }
      if (request.status === 202 || request.status === 200) {
        line.remove();
        if (request.status === 200) notice(TEXT.known);
        list().catch(() => {});
        location.hash = '#r/' + body.id;
      } else {
        const why = explained(request.status, body);
        line.replaceChildren(make('span', { textContent: file.name }),
          make('small', { className: 'bad', textContent: why }));
      }
      resolve();
    };
    const form = new FormData();
    form.append('file', file, file.name);
    request.send(form);
  });
}

// ---- reading -----------------------------------------------------------------------------------

let words = []; // {start, end, node}, in order
let current = -1;
let watcher = null;

function showStages(recording) {
  $('stages').replaceChildren(...STAGES.map((stage) => make('li', {
    textContent: TEXT.stages[stage],
    className: recording.stages && recording.stages[stage] ? 'done' : '',
  })));
  const failed = recording.status === 'failed';
  const why = failed ? recording.failure && recording.failure.reason : recording.status_detail;
  if (failed) $('stages').append(make('li', { className: 'failed', textContent: TEXT.status.failed }));
  $('problem').hidden = !why;
  $('problem').textContent = why || '';
}

function renderSegment(recording, version, segment, index) {
  const time = make('button', { type: 'button', className: 'time', textContent: clock(segment.start) });
  time.onclick = () => seek(segment.start);
  const text = make('span');
  if (segment.speaker) text.append(make('span', { className: 'speaker', textContent: segment.speaker + ': ' }));
  let at = 0;
  for (const word of segment.words) {
    const from = segment.text.indexOf(word.text, at);
    if (from < 0) continue;
    const node = make('span', {
      className: 'word' + (word.confidence < 0.5 ? ' unsure' : ''),
      textContent: word.text,
    });
    if (word.confidence < 0.5) node.title = TEXT.unsure;
    node.onclick = () => seek(word.start);
    words.push({ start: word.start, end: word.end, node });
    text.append(segment.text.slice(at, from), node);
    at = from + word.text.length;
  }
  text.append(segment.text.slice(at));
  const editButton = make('button', { type: 'button', className: 'plain', textContent: TEXT.edit });
  const line = make('p', {}, time, text, editButton);
  editButton.onclick = () => editSegment(recording, version, segment, index, line);
  return line;
}

function editSegment(recording, version, segment, index, line) {
  const box = make('textarea', { value: segment.text, rows: 3 });
  const save = make('button', { type: 'button', textContent: TEXT.save });
  const cancel = make('button', { type: 'button', className: 'plain', textContent: TEXT.cancel });
  cancel.onclick = () => read(recording.id);
  save.onclick = async () => {
    try {
      await post('/v1/recordings/' + recording.id + '/edits',
        { segment: index, old_text: segment.text, new_text: box.value.normalize('NFC') });
      notice(TEXT.saved);
      read(recording.id);
    } catch (error) { notice(error.message); }
  };
  line.replaceChildren(box, save, cancel);
  box.focus();
}

function showTranscript(recording, transcript) {
  words = [];
  current = -1;
  const lines = transcript.segments.map(
    (segment, index) => renderSegment(recording, transcript.version, segment, index));
  $('transcript').replaceChildren(...lines);
  if (!lines.length) $('transcript').append(make('p', { textContent: TEXT.silent }));
  const links = ['txt', 'srt', 'vtt', 'json'].map((name) => downloadLink(name,
    '/v1/recordings/' + recording.id + '/transcript?format=' + (name === 'txt' ? 'text' : name),
    (recording.title || recording.id) + '.' + name));
  const remove = make('button', { type: 'button', className: 'plain', textContent: TEXT.remove });
  remove.onclick = async () => {
    if (!confirm(TEXT.confirmDelete)) return;
    try {
      await api('/v1/recordings/' + recording.id, { method: 'DELETE' });
      notice(TEXT.deleted);
      location.hash = '';
      list();
    } catch (error) { notice(error.message); }
  };
  $('downloads').replaceChildren(...links, remove);
}

function downloadLink(name, path, file) {
  const link = make('a', { href: path, textContent: name.toUpperCase(), download: file });
  link.onclick = async (event) => {
    if (!sessionStorage.getItem('key') || link.href.startsWith('blob:')) return;
    event.preventDefault();
    try {
      link.href = await addressOf(path);
      link.click();
    } catch (error) { notice(error.message); }
  };
  return link;
}

function seek(seconds) {
  const player = $('player');
  player.currentTime = seconds;
  player.play().catch(() => {});
}

// The word being spoken, by bisection; it is marked and kept in view.
function follow() {
  const now = $('player').currentTime;
  let low = 0;
  let high = words.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (words[middle].start <= now) low = middle + 1; else high = middle;
  }
  if (low - 1 === current) return;
  if (current >= 0) {
    words[current].node.classList.remove('now');
    words[current].node.closest('p')?.classList.remove('now');
  }
  current = low - 1;
  if (current < 0) return;
  const { node } = words[current];
  node.classList.add('now');
  const line = node.closest('p');
  line?.classList.add('now');
  if (line && !$('player').paused) {
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    line.scrollIntoView({ block: 'nearest', behavior: calm ? 'auto' : 'smooth' });
  }
}

async function read(id, at = null) {
  open = id;
  if (watcher) watcher.close();
  const recording = await api('/v1/recordings/' + id);
  if (open !== id) return;
  $('reader').hidden = false;
  $('reader-title').textContent = recording.title || recording.file_name || TEXT.untitled;
  const player = $('player');
  if (player.dataset.recording !== id) {
    if (player.src.startsWith('blob:')) URL.revokeObjectURL(player.src);
    player.dataset.recording = id;
    player.removeAttribute('src');
    player.load();
    addressOf('/v1/recordings/' + id + '/audio')
      .then((source) => { if (player.dataset.recording === id) player.src = source; })
      .catch((error) => {
        delete player.dataset.recording;
        notice(error.message);
      });
  }
  if (at !== null) {
    const jump = () => { player.currentTime = at; follow(); };
    if (player.readyState >= 1) jump(); else player.addEventListener('loadedmetadata', jump, { once: true });
  }
  showStages(recording);
  $('transcript').replaceChildren();
  $('downloads').replaceChildren();
  if (recording.stages && recording.stages.readable) {
    showTranscript(recording, await api('/v1/recordings/' + id + '/transcript?format=json'));
    if (at !== null) {
      follow();
      $('reader').scrollIntoView({ block: 'start' });
    }
  }
  if (recording.status !== 'completed' && recording.status !== 'failed') watch(id);
}

// Server-sent events tell of each stage; where they cannot be had (a key is needed), look again.
function watch(id) {
  const again = () => { if (open === id) read(id).catch((e) => notice(e.message)); };
  if (sessionStorage.getItem('key')) { setTimeout(again, 1500); return; }
  let last = '';
  watcher = new EventSource('/v1/recordings/' + id + '/progress');
  const heard = (event) => {
    if (event.data === last) return;
    last = event.data;
    watcher.close();
    again();
    list().catch(() => {});
  };
  for (const name of ['transcribed', 'readable', 'indexed', 'completed', 'failed']) {
    watcher.addEventListener(name, heard);
  }
  watcher.onerror = () => { watcher.close(); setTimeout(again, 2000); };
}

// ---- search ------------------------------------------------------------------------------------

function highlighted(text, ranges) {
  const bytes = new TextEncoder().encode(text);
  const slice = (from, to) => new TextDecoder().decode(bytes.slice(from, to));
  const span = make('span');
  let at = 0;
  for (const { begin, end } of ranges || []) {
    span.append(slice(at, begin), make('mark', { textContent: slice(begin, end) }));
    at = end;
  }
  span.append(slice(at, bytes.length));
  return span;
}

async function search(query) {
  const page = await api('/v1/search?limit=20&q=' + encodeURIComponent(query));
  $('results').hidden = false;
  $('hits').replaceChildren(...page.data.map((hit) => make('li', {},
    make('a', { href: '#r/' + hit.recording_id + '@' + hit.start },
      make('small', { textContent: (hit.title || TEXT.untitled) + ' · ' + clock(hit.start) }),
      highlighted(hit.text, hit.highlights)))));
  if (!page.data.length) $('hits').append(make('li', { textContent: TEXT.noHits }));
}

// ---- putting it together -----------------------------------------------------------------------

function route() {
  const hash = decodeURIComponent(location.hash.slice(1));
  const reading = /^r\/([0-9a-f-]{36})(?:@([0-9.]+))?$/.exec(hash);
  if (reading) {
    read(reading[1], reading[2] === undefined ? null : Number(reading[2]))
      .catch((error) => notice(error.message));
  } else {
    open = null;
    $('reader').hidden = true;
    $('player').pause();
  }
  if (hash.startsWith('q/')) {
    $('query').value = hash.slice(2);
    search(hash.slice(2)).catch((error) => notice(error.message));
  } else if (!reading) {
    $('results').hidden = true;
  }
}

$('search').addEventListener('submit', (event) => {
  event.preventDefault();
  const query = $('query').value.normalize('NFC').trim();
  if (query) {
    const target = '#q/' + encodeURIComponent(query);
    if (location.hash === target) route(); else location.hash = target;
  }
});
$('files').addEventListener('change', (event) => {
  [...event.target.files].forEach(upload);
  event.target.value = '';
});
for (const kind of ['dragover', 'dragleave', 'drop']) {
  $('drop').addEventListener(kind, (event) => {
    event.preventDefault();
    $('drop').classList.toggle('over', kind === 'dragover');
    if (kind === 'drop') [...event.dataTransfer.files].forEach(upload);
  });
}
$('more').addEventListener('click', () => list(true).catch((error) => notice(error.message)));
$('redrive-all').addEventListener('click', () =>
  settle('/v1/dead-letters/redrive', 'POST', TEXT.redriven));
$('key').addEventListener('change', () => {
  sessionStorage.setItem('key', $('key').value.trim());
  list().then(route).catch((error) => notice(error.message));
});
$('player').addEventListener('timeupdate', follow);
window.addEventListener('hashchange', route);
list().then(route).catch((error) => notice(error.message));
