// Two tabs over a text: write, and see it as others will. POSTs body to src, which answers with the rendered markup.
customElements.define("show-preview", class extends HTMLElement {
  connectedCallback() {
    if (this.firstElementChild) return;
    this.text = document.getElementById(this.getAttribute("for"));
    this.panel = document.getElementById(this.getAttribute("panel"));
    this.setAttribute("role", "tablist");
    this.write = this.choice(this.dataset.write, this.text, () => this.show(false));
    this.preview = this.choice(this.dataset.preview, this.panel, () => this.show(true));
    this.panel.setAttribute("role", "tabpanel");
    this.panel.setAttribute("aria-label", this.dataset.preview);
    this.append(this.write, this.preview);
    this.addEventListener("keydown", (event) => this.move(event));
    this.closest("form").addEventListener("submit", () => this.panel.removeAttribute("style"));
    this.mark(false);
  }

  choice(words, panel, choose) {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.className = "preview-choice";
    tab.textContent = words;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panel.id);
    tab.addEventListener("click", choose);
    return tab;
  }

  move(event) {
    if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const other = event.target === this.write ? this.preview : this.write;
    other.focus();
    other.click();
  }

  async show(isPreview) {
    const height = this.text.offsetHeight;
    if (isPreview) {
      if (height) this.panel.style.minBlockSize = `${height}px`;
      const values = { body: this.text.value };
      await htmx.ajax("POST", this.getAttribute("src"), { target: this.panel, swap: "innerHTML", source: document.body, values });
    }
    this.mark(isPreview);
    if (isPreview) return;
    this.panel.removeAttribute("style");
    this.text.focus();
  }

  mark(isPreview) {
    this.text.hidden = isPreview;
    this.panel.hidden = !isPreview;
    for (const [tab, isChosen] of [[this.write, !isPreview], [this.preview, isPreview]]) {
      tab.setAttribute("aria-selected", isChosen);
      tab.tabIndex = isChosen ? 0 : -1;
    }
  }
});
