// A measured scene in three dimensions, to be turned by hand: bodies from the server as GLB, drawn by three.js.
import { Turn, eyeOf } from './stage_turn.js';
import { write } from './stage_words.js';

const CSS = `
:host{display:block}[hidden]{display:none!important}
dialog{position:static;width:auto;margin:0;padding:0;border:0;background:#0e1216;color:#e9eef2;font:15px/1.3 system-ui,sans-serif;max-width:none;max-height:none}
dialog:modal{position:fixed;inset:0;width:100vw;height:100dvh;display:flex;flex-direction:column}
.view{position:relative;background:linear-gradient(#1e2c40,#708496)!important;height:min(56vw,340px);min-height:250px;border-radius:10px;overflow:hidden;background:#1e2c40}
dialog:modal .view{flex:1;height:auto;border-radius:0}
canvas,img{position:absolute;inset:0;width:100%;height:100%;display:block;object-fit:contain}
canvas.space{touch-action:none;cursor:grab}canvas.space:active{cursor:grabbing}canvas.space:focus-visible{outline:3px solid #ffd60a;outline-offset:-3px}
canvas.words{pointer-events:none}
.wait{position:absolute;inset:0;display:grid;place-items:center}
.row{display:flex;flex-wrap:wrap;gap:6px;margin-top:6px}dialog:modal .row{padding:0 8px}dialog:modal .row:last-of-type{padding-bottom:8px}
button{min-height:44px;min-width:44px;padding:4px 12px;border-radius:10px;border:1px solid #3a4752;background:#1b232b;color:#e9eef2;font:inherit;cursor:pointer}
svg{width:20px;height:20px;vertical-align:-4px;fill:none;stroke:currentColor;stroke-width:2.4;stroke-linecap:round;stroke-linejoin:round}
button[aria-pressed=true]{background:#e9eef2;color:#0e1216;font-weight:700}button:focus-visible{outline:3px solid #ffd60a;outline-offset:1px}
p{margin:6px 2px 0;color:#b4c0ca}dialog:modal p{padding:0 8px}`;

let library = null;
function three(address) {
  if (globalThis.THREE?.GLTFLoader) return Promise.resolve(globalThis.THREE);
  library ??= new Promise((done, failed) => {
    const script = Object.assign(document.createElement('script'), { src: new URL(address, document.baseURI).href });
    script.onload = () => (globalThis.THREE?.GLTFLoader ? done(globalThis.THREE) : failed(new Error('three.js')));
    script.onerror = () => failed(new Error(script.src));
    document.head.append(script);
  });
  library.catch(() => { library = null; });
  return library;
}

const SIGNS = { // drawn, because not every machine's letters hold them
  closer: 'M12 5v14M5 12h14', farther: 'M5 12h14', whole: 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5', png: 'M12 4v11M7 11l5 5 5-5M5 20h14',
};
const sign = (name) => `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${SIGNS[name]}"/></svg>`;
const bytes = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)).buffer;
const up = ([x, y, z]) => [x, z, -y]; // the pitch frame in three.js' frame, whose y is up

class Stage {
  constructor(data) {
    this.root = document.createElement('div');
    this.root.className = 'scene3d';
    this.root.innerHTML = `<style>${CSS}</style><dialog open><div class="view"><canvas class="space" tabindex="0" data-keys="ArrowLeft ArrowRight ArrowUp ArrowDown + = -"></canvas><canvas class="words"></canvas>
      <div class="wait" role="status"></div></div><div class="row views" role="group"></div><div class="row acts"></div><p></p></dialog>`;
    const find = (name) => this.root.querySelector(name);
    this.dialog = find('dialog');
    this.view = find('.view');
    this.space = find('.space');
    this.over = find('.words');
    this.wait = find('.wait');
    this.dialog.addEventListener('close', () => { if (!this.dialog.open) { this.dialog.show(); this.dress(); } }); // by the key Escape
    this.turn = new Turn(this.space, () => this.soon());
    this.sized = new ResizeObserver(() => this.soon());
    this.sized.observe(this.view);
    this.update(data);
  }

  update(data) {
    const other = this.data?.glb !== data.glb;
    this.data = data;
    this.dress();
    if (data.picture) this.show(data.picture);
    else if (other) this.open();
    else this.soon();
  }

  async open() {
    const { data } = this;
    this.wait.textContent = data.texts.waiting;
    try {
      const THREE = await three(data.library);
      if (data !== this.data) return;
      this.renderer ??= new THREE.WebGLRenderer({ canvas: this.space, antialias: true, alpha: true });
      const loaded = await new Promise((done, failed) => new THREE.GLTFLoader().parse(bytes(data.glb), '', done, failed));
      if (data !== this.data && data.glb !== this.data.glb) return;
      this.scene = this.build(THREE, loaded.scene);
      this.camera = new THREE.PerspectiveCamera(32, 1, 0.3, 400);
      this.wait.hidden = true;
      this.turn.go(data.views[0]);
      this.mark(data.views[0].name);
      this.root.dataset.ready = 'webgl';
    } catch (fault) { // no WebGL, or no library: the server draws
      console.warn(fault);
      this.root.dataset.ready = 'none';
      this.emit?.('flat', { view: data.views[0].name, seq: Date.now() });
    }
  }

  // Colours exactly as they are named: what lies on the ground and what is seen through needs no light.
  build(THREE, bodies) {
    const scene = new THREE.Scene();
    scene.add(bodies, new THREE.HemisphereLight(0xffffff, 0x6f8f72, 0.72));
    const sun = new THREE.DirectionalLight(0xffffff, 0.5);
    sun.position.set(...up([-25, -35, 45]));
    scene.add(sun);
    bodies.traverse((mesh) => {
      if (!mesh.isMesh) return;
      const [kind] = mesh.name.split(/[ _]/), { color, opacity } = mesh.material;
      const glass = opacity < 1, kept = { color, opacity, transparent: glass, depthWrite: !glass };
      if (kind === 'solid') mesh.material = new THREE.MeshLambertMaterial(kept);
      else mesh.material = new THREE.MeshBasicMaterial({ ...kept, side: THREE.DoubleSide });
      mesh.renderOrder = kind === 'glass' ? 2 : glass ? 1 : 0;
    });
    return scene;
  }

  // The picture of the server, for a browser that cannot draw in three dimensions.
  show(picture) {
    this.view.querySelector('img')?.remove();
    this.view.append(Object.assign(document.createElement('img'), { src: picture, alt: this.data.alt }));
    this.wait.hidden = true;
    this.space.hidden = this.over.hidden = true;
    this.root.dataset.ready = 'picture';
    this.root.querySelector('p').textContent = this.data.texts.no_webgl;
  }

  dress() {
    const { data } = this, { texts } = data, flat = Boolean(data.picture);
    this.space.setAttribute('aria-label', data.alt);
    const views = this.root.querySelector('.views'), acts = this.root.querySelector('.acts');
    views.setAttribute('aria-label', texts.views);
    const button = (parent, text, title, act) => {
      const made = Object.assign(document.createElement('button'), { type: 'button', textContent: text, title, onclick: act });
      parent.append(made);
      return made;
    };
    views.replaceChildren();
    for (const view of data.views) button(views, view.label, '', () => this.choose(view)).dataset.view = view.name;
    acts.replaceChildren();
    const whole = this.dialog.matches(':modal');
    if (whole) this.dialog.setAttribute('role', 'dialog'); // the player behind it gets no keys
    else this.dialog.setAttribute('role', 'group');
    const act = (name, text, title, does) => {
      const made = button(acts, text ? ` ${text}` : '', title, does);
      made.insertAdjacentHTML('afterbegin', sign(name));
      made.setAttribute('aria-label', text || title);
      made.dataset.act = name;
    };
    if (!flat) {
      act('closer', '', texts.closer, () => this.turn.zoom(0.8));
      act('farther', '', texts.farther, () => this.turn.zoom(1.25));
    }
    act('whole', whole ? texts.shrink : texts.enlarge, '', () => this.whole());
    act('png', texts.png, '', () => this.save());
    this.root.querySelector('p').textContent = flat ? texts.no_webgl : texts.drag;
    this.mark(this.root.dataset.view ?? data.views[0].name);
  }

  choose(view) {
    this.mark(view.name);
    if (this.data.picture) this.emit?.('flat', { view: view.name, seq: Date.now() });
    else this.turn.go(view);
  }

  mark(name) {
    this.root.dataset.view = name;
    for (const button of this.root.querySelectorAll('.views button')) button.setAttribute('aria-pressed', button.dataset.view === name);
  }

  whole() {
    const modal = this.dialog.matches(':modal');
    this.dialog.close();
    if (modal) this.dialog.show();
    else this.dialog.showModal();
    this.dress();
  }

  soon() {
    this.asked ??= requestAnimationFrame(() => { this.asked = null; this.draw(); });
  }

  draw() {
    const { at } = this.turn, width = this.view.clientWidth, height = this.view.clientHeight;
    if (!this.scene || !at || !width || !height) return;
    const ratio = Math.min(2, devicePixelRatio || 1);
    this.renderer.setPixelRatio(ratio);
    this.renderer.setSize(width, height, false);
    // An upright window must not cut what a wide one shows (as var/stage/paint.py has it).
    const narrow = Math.min(height, 0.75 * width);
    this.camera.fov = (360 / Math.PI) * Math.atan((Math.tan((at.fov * Math.PI) / 360) * height) / narrow);
    this.camera.aspect = width / height;
    this.camera.position.set(...up(eyeOf(at)));
    this.camera.lookAt(...up(at.target));
    this.camera.updateProjectionMatrix();
    this.camera.updateMatrixWorld();
    this.renderer.render(this.scene, this.camera);
    this.over.width = Math.round(width * ratio);
    this.over.height = Math.round(height * ratio);
    const spot = this.camera.position.clone();
    write(this.over.getContext('2d'), this.over.width, this.over.height, this.data.words, (place) => {
      const away = spot.set(...up(place)).distanceTo(this.camera.position);
      spot.project(this.camera);
      if (spot.z > 1) return null;
      return { px: [((spot.x + 1) / 2) * this.over.width, ((1 - spot.y) / 2) * this.over.height], away };
    });
    this.root.dataset.azimuth = at.azimuth.toFixed(3);
    this.root.dataset.distance = at.distance.toFixed(2);
  }

  // What is on the screen as a PNG file: scene, words, sky.
  save() {
    const link = document.createElement('a');
    link.download = `${this.data.name}.png`;
    if (this.data.picture) link.href = this.data.picture;
    else {
      this.draw(); // the buffer is read in the same turn in which it was drawn
      const canvas = Object.assign(document.createElement('canvas'), { width: this.over.width, height: this.over.height }), ctx = canvas.getContext('2d');
      const sky = ctx.createLinearGradient(0, 0, 0, canvas.height);
      sky.addColorStop(0, '#1e2c40');
      sky.addColorStop(1, '#708496');
      ctx.fillStyle = sky;
      ctx.fillRect(0, 0, canvas.width, canvas.height);
      ctx.drawImage(this.space, 0, 0, canvas.width, canvas.height);
      ctx.drawImage(this.over, 0, 0);
      link.href = canvas.toDataURL('image/png');
    }
    link.click();
    this.root.querySelector('p').textContent = this.data.texts.png_said;
  }

  leave() {
    this.sized.disconnect();
    this.renderer?.dispose();
    this.renderer?.forceContextLoss();
    this.root.remove();
  }
}

const stages = new Map();
const LEAVES_AFTER_MS = 2000;

export function render({ parentElement, data, setTriggerValue }) {
  let stage = stages.get(data.pid);
  if (!stage) stages.set(data.pid, (stage = new Stage(data)));
  else if (stage.data !== data) stage.update(data);
  stage.emit = setTriggerValue;
  const owner = (stage.owner = {});
  if (!parentElement.contains(stage.root)) parentElement.append(stage.root);
  stage.soon();
  return () => {
    if (stage.owner !== owner) return; // attached elsewhere meanwhile
    stage.root.remove();
    setTimeout(() => {
      if (stage.root.isConnected || stage.owner !== owner) return;
      stages.delete(data.pid);
      stage.leave();
    }, LEAVES_AFTER_MS);
  };
}
