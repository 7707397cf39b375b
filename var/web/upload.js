// Files from the browser to the disk, one after the other, with progress; the page hears of them when all are there.
const STYLE = `
.drop{display:block;border:2px dashed #8a9a92;border-radius:10px;padding:18px;text-align:center;font:16px/1.4 sans-serif;cursor:pointer;
  color:inherit;background:transparent;min-height:44px}
.drop:focus-within,.drop.over{border-color:#0b7a4b;background:#0b7a4b14}
.drop b{display:block;font-size:17px}.drop input{position:absolute;opacity:0;width:1px;height:1px}
ul{list-style:none;margin:10px 0 0;padding:0;font:15px sans-serif}
li{display:grid;grid-template-columns:minmax(0,1fr) 7em;gap:10px;align-items:center;margin:6px 0}
li span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}li em{font-style:normal;text-align:right;font-variant-numeric:tabular-nums}
progress{grid-column:1/-1;width:100%;height:8px}.bad{color:#b3261e;font-weight:600}`;

const living = (window.__touchlineUploads ??= new Map());

// Something between the browser and our server may answer in its own way.
function codeOf(request) {
  try {
    return JSON.parse(request.responseText).code || 'failed';
  } catch {
    return 'failed';
  }
}

function put(address, file, moved) {
  return new Promise(done => {
    const request = new XMLHttpRequest();
    request.open('PUT', address);
    request.upload.onprogress = event => moved(event.loaded / Math.max(1, event.total));
    request.onload = () => done(request.status === 200 ? null : codeOf(request));
    request.onerror = () => done('network');
    request.send(file);
  });
}

class Uploads {
  constructor(data) {
    this.names = [];
    this.root = document.createElement('div');
    this.root.innerHTML = `<style>${STYLE}</style><label class="drop"><input type="file" multiple>
      <b></b><span></span></label><ul aria-live="polite"></ul>`;
    this.root.querySelector('input').accept = data.accept ?? 'video/*,.mkv,.ts,.mov,.mp4,.mts,.m2ts';
    this.say(data);
    this.list = this.root.querySelector('ul');
    const drop = this.root.querySelector('.drop'), input = this.root.querySelector('input');
    input.onchange = () => this.send([...input.files]);
    drop.ondragover = event => { event.preventDefault(); drop.classList.add('over'); };
    drop.ondragleave = () => drop.classList.remove('over');
    drop.ondrop = event => { event.preventDefault(); drop.classList.remove('over'); this.send([...event.dataTransfer.files]); };
  }
  say(data) {
    this.data = data;
    this.root.querySelector('b').textContent = data.texts.choose;
    this.root.querySelector('.drop span').textContent = data.texts.kinds;
  }
  async send(files) {
    for (const file of files) {
      const row = document.createElement('li');
      row.innerHTML = '<span></span><em></em><progress max="1" value="0"></progress>';
      row.querySelector('span').textContent = file.name;
      this.list.append(row);
      const bar = row.querySelector('progress'), word = row.querySelector('em');
      const fault = await put(`${this.data.base}/var/upload/${this.data.token}/${encodeURIComponent(file.name)}`, file,
        share => { bar.value = share; word.textContent = `${Math.round(share * 100)} %`; });
      bar.value = fault ? 0 : 1;
      word.textContent = fault ? (this.data.texts[fault] || this.data.texts.failed) : '\u2713';
      word.className = fault ? 'bad' : '';
      if (!fault) this.names.push(file.name);
    }
    this.emit?.('files', { names: [...this.names], token: this.data.token });
  }
}

export function render({ parentElement, data, setStateValue }) {
  let uploads = living.get(data.token);
  if (!uploads) living.set(data.token, uploads = new Uploads(data));
  uploads.say(data); // the language may have changed
  uploads.emit = setStateValue;
  if (!parentElement.contains(uploads.root)) parentElement.append(uploads.root);
  return () => uploads.root.remove();
}
