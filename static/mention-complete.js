// "@ma" offers the people who can read this place (a listbox after the ARIA pattern). GET src with q answers with
// <li role="option" id="…" data-value="@mara"> elements; data-value is what is written.
const NAME_BEING_TYPED = /(?:^|[\s(])@([\p{L}\p{N}._-]{0,40})$/u;

customElements.define("mention-complete", class extends HTMLElement {
  connectedCallback() {
    this.text = this.querySelector("textarea");
    if (this.list || !this.hasAttribute("src") || !this.text) return;
    this.list = document.createElement("ul");
    this.list.className = "mention-list";
    this.list.id = `${this.text.id}-people`;
    this.list.hidden = true;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", this.getAttribute("label"));
    this.list.setAttribute("hx-sync", "this:replace");
    this.append(this.list);
    this.text.setAttribute("aria-autocomplete", "list");
    this.text.setAttribute("aria-controls", this.list.id);
    this.text.addEventListener("input", () => this.look());
    this.text.addEventListener("keydown", (event) => this.steer(event));
    this.text.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const option = event.target.closest("[role=option]");
      if (option) this.take(option);
    });
  }

  get options() {
    return [...this.list.querySelectorAll("[role=option]")];
  }

  async look() {
    const typed = NAME_BEING_TYPED.exec(this.text.value.slice(0, this.text.selectionStart));
    this.wanted = typed?.[1];
    if (!typed) return this.close();
    const address = new URL(this.getAttribute("src"), location.href);
    address.searchParams.set("q", this.wanted);
    const asked = this.wanted;
    await htmx.ajax("GET", address.pathname + address.search, { target: this.list, swap: "innerHTML", source: this.list });
    if (asked === this.wanted) this.open();
  }

  open() {
    this.list.hidden = this.options.length === 0;
    this.choose(0);
  }

  close() {
    this.wanted = undefined;
    this.list.hidden = true;
    this.text.removeAttribute("aria-activedescendant");
  }

  choose(index) {
    const options = this.options;
    if (this.list.hidden || !options.length) return;
    this.index = (index + options.length) % options.length;
    options.forEach((option, position) => option.setAttribute("aria-selected", position === this.index));
    options[this.index].scrollIntoView({ block: "nearest" });
    this.text.setAttribute("aria-activedescendant", options[this.index].id);
  }

  steer(event) {
    if (this.list.hidden) return;
    const act = {
      ArrowDown: () => this.choose(this.index + 1),
      ArrowUp: () => this.choose(this.index - 1),
      Enter: () => this.take(this.options[this.index]),
      Tab: () => this.take(this.options[this.index]),
      Escape: () => this.close(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  take(option) {
    const end = this.text.selectionStart;
    const start = this.text.value.slice(0, end).lastIndexOf("@");
    this.text.setRangeText(`${option.dataset.value} `, start, end, "end");
    this.close();
    this.text.dispatchEvent(new Event("input", { bubbles: true }));
  }
});
