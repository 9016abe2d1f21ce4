// Copies data-text, and says so in the button for a moment without changing its width.
customElements.define("copy-button", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", () => this.copy());
  }

  async copy() {
    await navigator.clipboard.writeText(this.dataset.text);
    const words = this.querySelector(".button > span");
    const before = words.textContent;
    words.style.minInlineSize = `${words.offsetWidth}px`;
    words.textContent = this.dataset.done;
    setTimeout(() => (words.textContent = before), 2000);
  }
});
