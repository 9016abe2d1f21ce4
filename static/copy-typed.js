// Gives the copy button inside it what was typed in a field. Nothing typed: the link opens and the clipboard stays.
customElements.define("copy-typed", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => this.pass(event), { capture: true });
  }

  pass(event) {
    const button = event.target.closest("copy-button");
    const typed = document.getElementById(this.getAttribute("for"))?.value.trim();
    if (!button) return;
    if (typed) button.dataset.text = typed;
    else event.stopPropagation();
  }
});
