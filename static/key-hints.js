// Single keys for what carries data-key, j and k for the lists, ? for all of them. Off while typing, and on wish.
const KEYS_OFF = "keys-off";
const LIST_LINKS = ".row-title a, .case-link";

customElements.define("key-hints", class extends HTMLElement {
  connectedCallback() {
    this.onKey = (event) => this.press(event);
    this.onClick = (event) => event.target.closest("[data-show-keys]") && this.show();
    document.addEventListener("keydown", this.onKey);
    document.addEventListener("click", this.onClick);
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.onKey);
    document.removeEventListener("click", this.onClick);
  }

  press(event) {
    const field = event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
    // The field of a dialog that was just closed keeps the focus until the page is drawn again.
    const isTyping = field?.checkVisibility();
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "?") return this.act(event, () => this.show());
    if (localStorage.getItem(KEYS_OFF)) return;
    if (event.key === "j") return this.act(event, () => this.step(1));
    if (event.key === "k") return this.act(event, () => this.step(-1));
    const wanted = this.targets().find((element) => element.dataset.key === event.key);
    if (wanted) this.act(event, () => this.use(wanted));
  }

  use(wanted) {
    if (wanted.matches("input, textarea, select")) return wanted.focus();
    const menu = wanted.popoverTargetElement;
    if (!menu) return wanted.click();
    // The browser gives the focus back to whatever had it when the menu opened.
    wanted.focus();
    wanted.click();
    [...menu.querySelectorAll("a, button, input, select")].find((item) => item.checkVisibility())?.focus();
  }

  act(event, deed) {
    event.preventDefault();
    deed();
  }

  targets() {
    return [...document.querySelectorAll("[data-key]")].filter((element) => element.checkVisibility() && !element.disabled);
  }

  step(distance) {
    const links = [...document.querySelectorAll(LIST_LINKS)].filter((link) => link.checkVisibility());
    const here = links.indexOf(document.activeElement);
    links[here < 0 ? (distance > 0 ? 0 : links.length - 1) : here + distance]?.focus();
  }

  show() {
    const dialog = this.make("dialog", "dialog");
    dialog.setAttribute("closedby", "any");
    dialog.setAttribute("aria-labelledby", "keys-title");
    const head = this.make("div", "dialog-head");
    const title = this.make("h2", "", this.dataset.title);
    title.id = "keys-title";
    const close = this.make("button", "dialog-close button button-quiet", this.dataset.close);
    close.addEventListener("click", () => dialog.close());
    head.append(title);
    const body = this.make("div", "dialog-body");
    body.append(this.keys(), this.choice());
    dialog.append(head, body, close);
    dialog.addEventListener("close", () => dialog.remove());
    this.append(dialog);
    dialog.showModal();
  }

  keys() {
    const list = this.make("dl", "keys-list");
    const words = (element) => element.getAttribute("aria-label") ?? element.querySelector("span")?.textContent ?? element.textContent;
    const known = new Map(this.targets().map((element) => [element.dataset.key, words(element).trim()]));
    if (document.querySelector(LIST_LINKS)) known.set("j", this.dataset.next).set("k", this.dataset.previous);
    known.set("?", this.dataset.help);
    for (const [key, meaning] of known) {
      const term = this.make("dt");
      term.append(this.make("kbd", "kbd", key));
      list.append(term, this.make("dd", "", meaning));
    }
    return list;
  }

  choice() {
    const label = this.make("label", "keys-off");
    const box = this.make("input", "check");
    box.type = "checkbox";
    box.checked = !localStorage.getItem(KEYS_OFF);
    box.addEventListener("change", () => (box.checked ? localStorage.removeItem(KEYS_OFF) : localStorage.setItem(KEYS_OFF, "1")));
    label.append(box, this.dataset.on);
    return label;
  }

  make(name, className = "", text = "") {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text) element.textContent = text;
    return element;
  }
});
